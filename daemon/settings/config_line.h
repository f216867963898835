#ifndef ENTROPYD_DAEMON_SETTINGS_CONFIG_LINE_H
#define ENTROPYD_DAEMON_SETTINGS_CONFIG_LINE_H

/* On which line of a JSON text a key stands: the JSON library forgets, and a
 * message without it sends people searching. Pure; any thread. */

/* The line, from 1, of the member whose name, joined by dots to those of the
 * objects around it, is `key`. text is valid JSON, terminated. 0 where there is
 * no such member. */
unsigned config_line(const char *text, const char *key);

#endif
