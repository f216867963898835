#ifndef ENTROPYD_DAEMON_SETTINGS_KEYS_H
#define ENTROPYD_DAEMON_SETTINGS_KEYS_H

/*
 * Every configuration key: its name, type, unit, range, default and help, and
 * where its value stands in struct config. This one table drives the file,
 * --set, --help, --print-config, reloads and the man page. Keys have places
 * 0..keys_count() - 1: first the fixed ones, then each collector's, in order.
 * Pure functions; any thread.
 */

#include "daemon/settings/config.h"

/* Room for the longest key name: "sources.", a collector's and a tunable's. */
#define KEY_NAME_MAX 96

/* Room for a value as JSON text, every byte of a path escaped. */
#define KEY_TEXT_MAX 1024

enum key_type {
    KEY_INTEGER, /* a whole number in min..max */
    KEY_POWER,   /* a power of two in min..max */
    KEY_BOOLEAN,
    KEY_LIST,  /* 1..TUNABLE_LIST_MAX whole numbers, each in min..max */
    KEY_BITS,  /* kept in thousandths, written with up to three decimals;
                * min..max in thousandths */
    KEY_MODE,  /* file mode, a string of octal digits; min..max */
    KEY_LEVEL, /* enum log_level by its name */
    KEY_PATH,  /* an absolute path of at most max bytes, or "" */
    KEY_GROUP, /* a group's name of at most max bytes, or "" */
    KEY_USER,  /* a user's, likewise */
};

/* A value of any key. */
struct key_value {
    int64_t numbers[TUNABLE_LIST_MAX]; /* of numbers of any kind */
    unsigned count;                    /* how many of them; 1 but for lists */
    bool is_set;                       /* a tunable: a person set it */
    char text[SOCKET_PATH_MAX];        /* KEY_PATH, _GROUP, _USER */
};

struct key {
    char name[KEY_NAME_MAX]; /* "sources.unix_ipc.num_ports" */
    enum key_type type;
    const char *unit; /* "bytes", "ms", "" */
    const char *help; /* one line, no full stop */
    int64_t min, max; /* inclusive, see enum key_type */
    struct key_value standard;
    bool changes_running; /* a reload applies it without a restart */
    int source;           /* its place in config.sources, or -1 */
    int tunable;          /* its place among the tunables, or -1 */
    size_t offset;        /* of its field in struct config or, with source
                           * >= 0, in struct source_config */
};

/* How many keys there are with these collectors, <= CONFIG_KEY_MAX. */
size_t keys_count(const struct config_collectors *collectors);

/* Describes the key at place i. */
void keys_get(const struct config_collectors *collectors, size_t i,
              struct key *key);

/* The place of the key `name`, described in *key; or -1. */
int keys_find(const struct config_collectors *collectors, const char *name,
              struct key *key);

/* Do keys begin with "name."? */
bool keys_have_section(const struct config_collectors *collectors,
                       const char *name);

/* The key, or section, that `name` was most likely meant to be: one that ends
 * in it or one few letters away. False where nothing comes near. */
bool keys_nearest(const struct config_collectors *collectors, const char *name,
                  char nearest[KEY_NAME_MAX]);

/* Reads the key's value out of config, or writes it there. A value to write
 * was checked by key_parse(). */
void key_read(const struct key *key, const struct config *config,
              struct key_value *value);
void key_write(const struct key *key, struct config *config,
               const struct key_value *value);

bool key_value_equal(const struct key_value *a, const struct key_value *b);

#endif
