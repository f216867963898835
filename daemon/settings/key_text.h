#ifndef ENTROPYD_DAEMON_SETTINGS_KEY_TEXT_H
#define ENTROPYD_DAEMON_SETTINGS_KEY_TEXT_H

/* Values of configuration keys as text, and text as values. Pure functions;
 * any thread. */

#include "daemon/settings/keys.h"

/* What the key allows, for people: "a whole number from 1 to 65536". Returns
 * out. */
const char *key_allows(const struct key *key, char *out, size_t size);

/* Understands text (as --set has it: no quotes, lists as 1,2,3) as a value of
 * the key. 0, or -EINVAL where it is malformed or out of range; nothing is
 * clamped. */
int key_parse(const struct key *key, const char *text, struct key_value *value);

/* The value as JSON text. Returns out. */
const char *key_format(const struct key *key, const struct key_value *value,
                       char out[KEY_TEXT_MAX]);

/* Room for n bytes of text as key_quote() may have to write them. */
#define KEY_QUOTE_SIZE(n) (6 * (n) + 8)

/* text with quotes, escaped as JSON wants it; bytes above 127 stay as they are.
 * What does not fit (size >= 8) is left out. Returns out. */
const char *key_quote(const char *text, char *out, size_t size);

#endif
