/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SETTINGS_KEYS_H
#define ENTROPYD_DAEMON_SETTINGS_KEYS_H

/*
 * Every configuration key: its name, type, unit, range, default and help, and
 * where its value is in struct config. This one table drives the file, --set,
 * --help, --print-config, reloads and the man page. Keys have places
 * 0..keys_count() - 1: first the fixed ones, then each collector's, in order.
 * Pure functions; any thread.
 */

#include "daemon/settings/config.h"

#include <jansson.h>

/* Room for the longest key name: "sources.", a collector's and a tunable's. */
#define KEY_NAME_MAX 96

/* Room for what a key allows, and for a value as JSON text. */
#define KEY_TEXT_MAX 1024

enum key_type {
    KEY_INTEGER, /* a whole number in min..max */
    KEY_POWER,   /* a power of two in min..max */
    KEY_BOOLEAN,
    KEY_LIST,   /* 1..TUNABLE_LIST_MAX whole numbers, each in min..max */
    KEY_BITS,   /* kept in thousandths, written with up to three decimals;
                 * min..max in thousandths */
    KEY_MODE,   /* file mode, a string of octal digits; min..max */
    KEY_CHOICE, /* one of `choices`; kept as its place, min..max */
    KEY_PATH,   /* an absolute path of at most max bytes, or "" */
    KEY_GROUP,  /* a group's name of at most max bytes, or "" */
    KEY_USER,   /* a user's, likewise */
};

/* A value of any key. */
struct key_value {
    int64_t numbers[TUNABLE_LIST_MAX]; /* of all types but the last three */
    unsigned count;                    /* how many of them; 1 but for lists */
    bool is_set;                       /* a tunable: a person set it */
    char text[SOCKET_PATH_MAX];        /* KEY_PATH, _GROUP, _USER */
};

struct key {
    char name[KEY_NAME_MAX]; /* "sources.unix_ipc.num_ports" */
    enum key_type type;
    const char *unit;           /* "bytes", "ms", "" */
    const char *help;           /* one line, no full stop */
    int64_t min, max;           /* inclusive, see enum key_type */
    const char *const *choices; /* of KEY_CHOICE, NULL at the end */
    struct key_value default_value;
    bool changes_running; /* a reload applies it without a restart */
    int source;           /* its place in config.sources, or -1 */
    int tunable;          /* its place among the tunables, or -1 */
    size_t offset;        /* of its field in struct config or, with source
                           * >= 0, in struct source_config */
};

/* keys.c: the table. */

/* How many keys there are with these collectors, <= CONFIG_KEY_MAX. */
size_t keys_count(const struct config_collectors *collectors);

/* Describes the key at place i. */
void keys_get(const struct config_collectors *collectors, size_t i,
              struct key *key);

/* The place of the key `name`, described in *key; or -1. */
int keys_find(const struct config_collectors *collectors, const char *name,
              struct key *key);

/* Are there keys that begin with "name."? */
bool keys_have_section(const struct config_collectors *collectors,
                       const char *name);

/* Says what is wrong with `name`, which is not a key: a section; or unknown,
 * with the key that was probably meant or the names of the sources. */
void keys_describe_unknown(const struct config_collectors *collectors,
                           const char *name, struct reason *why);

/* key_value.c: values as JSON and as text. */

/* What the key allows, for people: "a whole number from 1 to 65536". Returns
 * out. */
const char *key_allows(const struct key *key, char *out, size_t size);

/* The value of json; a value of another type ("32" for a number,
 * 1 for true) is refused. 0, or -EINVAL where it is malformed or out of range;
 * nothing is clamped. */
int key_from_json(const struct key *key, const json_t *json,
                  struct key_value *value);

/* The same from text as --set has it: JSON without the quotes of a string and
 * the brackets of a list. 0, -EINVAL, or -ENOMEM. */
int key_from_text(const struct key *key, const char *text,
                  struct key_value *value);

/* The value as JSON, new; NULL without memory. */
json_t *key_to_json(const struct key *key, const struct key_value *value);

/* The value as JSON text, "" without memory. Returns out. */
const char *key_format(const struct key *key, const struct key_value *value,
                       char out[KEY_TEXT_MAX]);

bool key_value_equal(const struct key_value *a, const struct key_value *b);

/* The value of a tunable's key, as its collector takes it. */
struct tunable_value key_tunable(const struct key_value *value);

/* Reads the key's value out of config, or writes it there. A value to write
 * came from one of the functions above. */
void key_read(const struct key *key, const struct config *config,
              struct key_value *value);
void key_write(const struct key *key, struct config *config,
               const struct key_value *value);

#endif
