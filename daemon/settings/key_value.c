/* SPDX-License-Identifier: MIT */
/* Values of keys: as JSON, as text, and in struct config. */

#include "daemon/settings/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const struct key *key)
{
    return key->type == KEY_PATH || key->type == KEY_GROUP ||
           key->type == KEY_USER;
}

/* "error", "warning", "info" or "debug", with the quotes. */
static void list_choices(const struct key *key, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (int64_t i = key->min; i <= key->max && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s\"%s\"",
                              i == key->min  ? ""
                              : i < key->max ? ", "
                                             : " or ",
                              key->choices[i]);
}

const char *key_allows(const struct key *key, char *out, size_t size)
{
    switch (key->type) {
    case KEY_INTEGER:
        (void)snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64,
                       key->min, key->max);
        break;
    case KEY_POWER:
        (void)snprintf(out, size, "a power of two from %" PRId64 " to %" PRId64,
                       key->min, key->max);
        break;
    case KEY_BOOLEAN:
        (void)snprintf(out, size, "true or false");
        break;
    case KEY_LIST:
        (void)snprintf(out, size,
                       "a list of 1 to %d whole numbers from %" PRId64
                       " to %" PRId64,
                       TUNABLE_LIST_MAX, key->min, key->max);
        break;
    case KEY_BITS:
        (void)snprintf(out, size,
                       "a number from %" PRId64 ".%03" PRId64 " to %" PRId64
                       " with at most three decimals",
                       key->min / 1000, key->min % 1000, key->max / 1000);
        break;
    case KEY_MODE:
        (void)snprintf(out, size,
                       "a string of octal digits from \"%04o\" to \"%04o\"",
                       (unsigned)key->min, (unsigned)key->max);
        break;
    case KEY_CHOICE:
        list_choices(key, out, size);
        break;
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        (void)snprintf(out, size,
                       "%s of at most %" PRId64 " bytes of UTF-8, or \"\"",
                       key->type == KEY_PATH    ? "an absolute path"
                       : key->type == KEY_GROUP ? "a group's name"
                                                : "a user's name",
                       key->max);
        break;
    }
    return out;
}

static bool in_range(const struct key *key, int64_t number)
{
    return number >= key->min && number <= key->max &&
           (key->type != KEY_POWER || (number & (number - 1)) == 0);
}

static bool take_integer(const struct key *key, const json_t *json,
                         int64_t *number)
{
    *number = json_integer_value(json);
    return json_is_integer(json) && in_range(key, *number);
}

static bool take_list(const struct key *key, const json_t *json,
                      struct key_value *value)
{
    value->count = (unsigned)json_array_size(json);
    if (value->count < 1 || json_array_size(json) > TUNABLE_LIST_MAX)
        return false;
    for (unsigned i = 0; i < value->count; i++) {
        if (!take_integer(key, json_array_get(json, i), &value->numbers[i]))
            return false;
    }
    return true;
}

/* 0.333 is not a binary fraction: the nearest number of thousandths must be
 * within a double's error of it. */
static bool take_thousandths(const struct key *key, const json_t *json,
                             int64_t *number)
{
    double thousandths = json_number_value(json) * 1000;

    if (!json_is_number(json) || !(thousandths >= (double)key->min) ||
        !(thousandths <= (double)key->max))
        return false;
    *number = (int64_t)(thousandths + 0.5);
    double error = thousandths - (double)*number;
    return error < 1e-9 && error > -1e-9;
}

/* Mode 0660 as "660" or "0660". */
static bool take_mode(const struct key *key, const char *text, int64_t *number)
{
    size_t length = strlen(text);

    if (length < 1 || length > 8 || strspn(text, "01234567") != length)
        return false;
    *number = strtol(text, NULL, 8);
    return in_range(key, *number);
}

static bool take_choice(const struct key *key, const char *text,
                        int64_t *number)
{
    for (*number = key->min; *number <= key->max; (*number)++) {
        if (strcmp(text, key->choices[*number]) == 0)
            return true;
    }
    return false;
}

static bool take_text(const struct key *key, const char *text,
                      struct key_value *value)
{
    size_t length = strlen(text);

    if (length > (size_t)key->max ||
        (key->type == KEY_PATH && length > 0 && text[0] != '/'))
        return false;
    memcpy(value->text, text, length + 1);
    return true;
}

int key_from_json(const struct key *key, const json_t *json,
                  struct key_value *value)
{
    const char *text = json_string_value(json);
    int64_t *number = &value->numbers[0];
    bool is_good = false;

    *value = (struct key_value){.count = 1, .is_set = key->tunable >= 0};
    switch (key->type) {
    case KEY_INTEGER:
    case KEY_POWER:
        is_good = take_integer(key, json, number);
        break;
    case KEY_BOOLEAN:
        *number = json_is_true(json);
        is_good = json_is_boolean(json);
        break;
    case KEY_LIST:
        is_good = take_list(key, json, value);
        break;
    case KEY_BITS:
        is_good = take_thousandths(key, json, number);
        break;
    case KEY_MODE:
        is_good = text != NULL && take_mode(key, text, number);
        break;
    case KEY_CHOICE:
        is_good = text != NULL && take_choice(key, text, number);
        break;
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        is_good = text != NULL && take_text(key, text, value);
        break;
    }
    return is_good ? 0 : -EINVAL;
}

/* What a file cannot say is not taken from the command line either, or
 * --print-config could not print it: text that is not UTF-8, say. */
static json_t *read_text(const struct key *key, const char *text)
{
    char list[KEY_TEXT_MAX];

    if (is_text(key) || key->type == KEY_MODE || key->type == KEY_CHOICE)
        return json_string(text);
    /* JSON allows blanks around a value, and people quote by mistake. */
    if (strpbrk(text, " \t\r\n") != NULL || strlen(text) > sizeof(list) - 3)
        return NULL;
    if (key->type != KEY_LIST)
        return json_loads(text, JSON_DECODE_ANY, NULL);
    (void)snprintf(list, sizeof(list), "[%s]", text);
    return json_loads(list, 0, NULL);
}

int key_from_text(const struct key *key, const char *text,
                  struct key_value *value)
{
    json_t *json = read_text(key, text);
    int rc = json != NULL ? key_from_json(key, json, value) : -EINVAL;

    json_decref(json);
    return rc;
}

static json_t *list_to_json(const struct key_value *value)
{
    json_t *list = json_array();

    for (unsigned i = 0; list != NULL && i < value->count; i++) {
        if (json_array_append_new(list, json_integer(value->numbers[i])) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

json_t *key_to_json(const struct key *key, const struct key_value *value)
{
    int64_t number = value->numbers[0];

    switch (key->type) {
    case KEY_INTEGER:
    case KEY_POWER:
        return json_integer(number);
    case KEY_BOOLEAN:
        return json_boolean(number);
    case KEY_LIST:
        return list_to_json(value);
    case KEY_BITS:
        return json_real((double)number / 1000);
    case KEY_MODE:
        return json_sprintf("%04o", (unsigned)number);
    case KEY_CHOICE:
        return json_string(key->choices[number]);
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        return json_string(value->text);
    }
    return NULL;
}

const char *key_format(const struct key *key, const struct key_value *value,
                       char out[KEY_TEXT_MAX])
{
    json_t *json = key_to_json(key, value);
    size_t n = json_dumpb(json, out, KEY_TEXT_MAX - 1,
                          JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

    out[n < KEY_TEXT_MAX ? n : 0] = '\0';
    json_decref(json);
    return out;
}

bool key_value_equal(const struct key_value *a, const struct key_value *b)
{
    return a->count == b->count && a->is_set == b->is_set &&
           memcmp(a->numbers, b->numbers, a->count * sizeof(a->numbers[0])) ==
               0 &&
           strcmp(a->text, b->text) == 0;
}

struct tunable_value key_tunable(const struct key_value *value)
{
    struct tunable_value tunable = {.count = value->count,
                                    .is_set = value->is_set};
    memcpy(tunable.values, value->numbers, sizeof(tunable.values));
    return tunable;
}

/* Where the key's value is in config, tunables aside. */
static void *field_of(const struct key *key, struct config *config)
{
    char *base = (char *)config;

    if (key->source >= 0)
        base = (char *)&config->sources[key->source];
    return base + key->offset;
}

void key_read(const struct key *key, const struct config *config,
              struct key_value *value)
{
    *value = (struct key_value){.count = 1};
    if (key->tunable >= 0) {
        const struct tunable_value *tunable =
            &config->sources[key->source].tunables[key->tunable];
        memcpy(value->numbers, tunable->values, sizeof(value->numbers));
        value->count = tunable->count;
        value->is_set = tunable->is_set;
        return;
    }
    const void *field = field_of(key, (struct config *)config);
    if (is_text(key))
        (void)snprintf(value->text, sizeof(value->text), "%s",
                       (const char *)field);
    else if (key->type == KEY_BOOLEAN)
        value->numbers[0] = *(const bool *)field;
    else
        value->numbers[0] = *(const unsigned *)field;
}

void key_write(const struct key *key, struct config *config,
               const struct key_value *value)
{
    if (key->tunable >= 0) {
        config->sources[key->source].tunables[key->tunable] =
            key_tunable(value);
        return;
    }
    void *field = field_of(key, config);
    if (is_text(key))
        memcpy(field, value->text, strlen(value->text) + 1);
    else if (key->type == KEY_BOOLEAN)
        *(bool *)field = value->numbers[0] != 0;
    else
        *(unsigned *)field = (unsigned)value->numbers[0];
}
