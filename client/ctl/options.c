/* --name value, --name=value, -l value, -lvalue, -- : as people expect it.
 * getopt_long() is no part of POSIX and prints what it likes. */

#include "client/ctl/options.h"

#include "base/nearest.h"
#include "base/reason.h"

#include <stdio.h>
#include <string.h>

const struct ctl_option_info ctl_options[OPTION_COUNT_OF] = {
#define X(enumerator, letter, name, value, choices, help)                      \
    [enumerator] = {letter, name, value, choices, help},
    CTL_OPTIONS(X)
#undef X
};

/* Where the reading of a command line stands. */
struct reading {
    int argc;
    char **argv;
    int at;
    uint32_t allowed;
    struct reason *why;
};

/* The allowed option of this name, or of this letter where name is NULL; -1 if
 * there is none. */
static int find(uint32_t allowed, const char *name, size_t length, char letter)
{
    for (int i = 0; i < OPTION_COUNT_OF; i++) {
        const struct ctl_option_info *option = &ctl_options[i];
        if ((allowed & OPTION_BIT(i)) == 0)
            continue;
        if (name != NULL ? strlen(option->name) == length &&
                               memcmp(option->name, name, length) == 0
                         : letter != '\0' && option->letter == letter)
            return i;
    }
    return -1;
}

static bool refuse_unknown(struct reading *r, const char *name)
{
    const char *names[OPTION_COUNT_OF];
    size_t count = 0;
    for (int i = 0; i < OPTION_COUNT_OF; i++) {
        if ((r->allowed & OPTION_BIT(i)) != 0)
            names[count++] = ctl_options[i].name;
    }
    const char *nearest = nearest_name(name, names, count);
    if (nearest != NULL)
        reason_set(r->why, "no option --%s here; did you mean --%s?", name,
                   nearest);
    else
        reason_set(r->why, "no option --%s here", name);
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; length > 0;) {
        size_t one = strcspn(at, "|");
        if (one == length && memcmp(at, value, length) == 0)
            return true;
        if (at[one] == '\0')
            break;
        at += one + 1;
    }
    return false;
}

/* Takes one option; value is what stands in the same word, or NULL. */
static bool take(struct reading *r, struct ctl_arguments *arguments, int found,
                 const char *value)
{
    const struct ctl_option_info *option = &ctl_options[found];
    if (arguments->values[found] != NULL) {
        reason_set(r->why, "--%s is given twice", option->name);
        return false;
    }
    if (option->value == NULL) {
        if (value != NULL) {
            reason_set(r->why, "--%s takes no value", option->name);
            return false;
        }
        arguments->values[found] = "";
        return true;
    }
    if (value == NULL && r->at < r->argc)
        value = r->argv[r->at++];
    if (value == NULL) {
        reason_set(r->why, "--%s needs a value: %s", option->name,
                   option->value);
        return false;
    }
    if (option->choices != NULL && !is_choice(option->choices, value)) {
        reason_set(r->why, "--%s must be %s, not \"%s\"", option->name,
                   option->choices, value);
        return false;
    }
    arguments->values[found] = value;
    return true;
}

static bool take_long(struct reading *r, struct ctl_arguments *arguments,
                      const char *name)
{
    size_t length = strcspn(name, "=");
    int found = find(r->allowed, name, length, '\0');
    if (found < 0)
        return refuse_unknown(r, name);
    return take(r, arguments, found,
                name[length] == '=' ? name + length + 1 : NULL);
}

static bool take_letters(struct reading *r, struct ctl_arguments *arguments,
                         const char *letters)
{
    while (*letters != '\0') {
        int found = find(r->allowed, NULL, 0, *letters);
        if (found < 0) {
            reason_set(r->why, "no option -%c here", *letters);
            return false;
        }
        letters++;
        if (ctl_options[found].value == NULL) {
            if (!take(r, arguments, found, NULL))
                return false;
            continue;
        }
        return take(r, arguments, found, *letters != '\0' ? letters : NULL);
    }
    return true;
}

static bool take_word(struct reading *r, struct ctl_arguments *arguments,
                      const char *word)
{
    if (arguments->word_count == CTL_WORDS_MAX) {
        reason_set(r->why, "too many words: \"%s\"", word);
        return false;
    }
    arguments->words[arguments->word_count++] = word;
    return true;
}

const char *ctl_find_command(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--socket") == 0 || strcmp(argv[i], "-s") == 0) {
            i++;
            continue;
        }
        if (argv[i][0] != '-')
            return argv[i];
    }
    return NULL;
}

bool ctl_arguments_read(struct ctl_arguments *arguments, int argc, char **argv,
                        uint32_t allowed, struct reason *why)
{
    *arguments = (struct ctl_arguments){.word_count = 0};
    struct reading r = {
        .argc = argc, .argv = argv, .at = 1, .allowed = allowed, .why = why};
    bool only_words = false;
    while (r.at < r.argc) {
        const char *word = argv[r.at++];
        bool is_right = true;
        if (only_words || word[0] != '-' || word[1] == '\0')
            is_right = take_word(&r, arguments, word);
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-')
            is_right = take_long(&r, arguments, word + 2);
        else
            is_right = take_letters(&r, arguments, word + 1);
        if (!is_right)
            return false;
    }
    return true;
}
