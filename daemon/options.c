/*
 * Long options from one table that drives --help as well. Not getopt_long():
 * its state is global, and its complaints go to stderr in its own words.
 */

#include "daemon/options.h"

#include "base/nearest.h"
#include "base/quote.h"
#include "base/reason.h"
#include "daemon/help.h"
#include "lab/assess.h"
#include "lab/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Options with arguments that a mode word does not cover. */
enum option_kind { IS_MODE, IS_SETTING, IS_SET, IS_CONFIG, IS_EVIDENCE };

struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    enum options_mode mode; /* of IS_MODE and, unless OPTIONS_RUN, of
                             * IS_EVIDENCE */
    const char *key;        /* of IS_SETTING */
};

static const struct option known_options[] = {
    {"socket", IS_SETTING, OPTIONS_RUN, "socket.path"},
    {"mode", IS_SETTING, OPTIONS_RUN, "socket.mode"},
    {"group", IS_SETTING, OPTIONS_RUN, "socket.group"},
    {"config", IS_CONFIG, OPTIONS_RUN, NULL},
    {"set", IS_SET, OPTIONS_RUN, NULL},
    {"user", IS_SETTING, OPTIONS_RUN, "process.user"},
    {"log-level", IS_SETTING, OPTIONS_RUN, "log.level"},
    {"check-config", IS_MODE, OPTIONS_CHECK_CONFIG, NULL},
    {"print-config", IS_MODE, OPTIONS_PRINT_CONFIG, NULL},
    {"record", IS_EVIDENCE, OPTIONS_RECORD, NULL},
    {"samples", IS_EVIDENCE, OPTIONS_RUN, NULL},
    {"restarts", IS_EVIDENCE, OPTIONS_RUN, NULL},
    {"output", IS_EVIDENCE, OPTIONS_RUN, NULL},
    {"assess", IS_EVIDENCE, OPTIONS_ASSESS, NULL},
    {"version", IS_MODE, OPTIONS_VERSION, NULL},
    {"help", IS_MODE, OPTIONS_HELP, NULL},
};

#define KNOWN_COUNT (sizeof(known_options) / sizeof(known_options[0]))

/* The long form of a short option, or the argument as it is. */
static const char *long_form(const char *argument)
{
    static const char *const forms[][2] = {
        {"-h", "--help"}, {"-n", "--samples"}, {"-o", "--output"}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(argument, forms[i][0]) == 0)
            return forms[i][1];
    }
    return argument;
}

/* Whose name is the first `length` bytes of text, or NULL. */
static const struct option *find_option(const char *text, size_t length)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (strlen(known_options[i].name) == length &&
            strncmp(known_options[i].name, text, length) == 0)
            return &known_options[i];
    }
    return NULL;
}

static int refuse_unknown(const char *argument, struct reason *why)
{
    char quoted[80];
    quote_text(argument, quoted, sizeof(quoted));
    if (argument[0] != '-') {
        reason_set(why, "%s is no option; entropyd takes nothing else", quoted);
        return -EINVAL;
    }
    const char *names[KNOWN_COUNT];
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        names[i] = known_options[i].name;
    const char *nearest =
        nearest_name(argument + strspn(argument, "-"), names, KNOWN_COUNT);
    if (nearest != NULL)
        reason_set(why, "there is no option %s; did you mean --%s?", quoted,
                   nearest);
    else
        reason_set(why, "there is no option %s; --help lists them", quoted);
    return -EINVAL;
}

static int enter_mode(struct options *options, const struct option *option,
                      struct reason *why)
{
    if (options->mode != OPTIONS_RUN && options->mode != option->mode) {
        reason_set(why,
                   "--%s cannot be together with another of --help, "
                   "--version, --check-config, --print-config, --record "
                   "and --assess",
                   option->name);
        return -EINVAL;
    }
    options->mode = option->mode;
    return 0;
}

static int apply(struct options *options, const struct option *option,
                 const char *value, struct reason *why)
{
    if (option->kind == IS_CONFIG && value[0] == '\0') {
        reason_set(why, "--%s needs a path, not \"\"", option->name);
        return -EINVAL;
    }
    if (option->kind == IS_CONFIG) {
        options->config_path = value;
        return 0;
    }
    if (option->kind == IS_MODE)
        return enter_mode(options, option, why);
    if (option->kind == IS_EVIDENCE) {
        int result =
            option->mode != OPTIONS_RUN ? enter_mode(options, option, why) : 0;
        return result < 0 ? result
                          : evidence_option(&options->evidence, option->name,
                                            value, why);
    }
    if (options->setting_count == OPTIONS_SETTINGS_MAX) {
        reason_set(why,
                   "at most %d settings fit a command line; a file takes "
                   "more",
                   OPTIONS_SETTINGS_MAX);
        return -EINVAL;
    }
    options->settings[options->setting_count++] = (struct options_setting){
        .key = option->key, .value = value, .option = option->name};
    return 0;
}

/* One option and, from the next argument, its value. Returns how many
 * arguments it took. */
static int parse_one(struct options *options, char *const argv[],
                     struct reason *why)
{
    const char *argument = long_form(argv[0]);
    if (strncmp(argument, "--", 2) != 0)
        return refuse_unknown(argument, why);
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    const struct option *option = find_option(name, length);
    if (option == NULL)
        return refuse_unknown(argument, why);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (option->kind == IS_MODE && value != NULL) {
        reason_set(why, "--%s takes no value", option->name);
        return -EINVAL;
    }
    int taken = 1;
    if (option->kind != IS_MODE && value == NULL) {
        value = argv[taken++];
        if (value == NULL) {
            reason_set(why, "--%s needs a value", option->name);
            return -EINVAL;
        }
    }
    int result = apply(options, option, value, why);
    return result < 0 ? result : taken;
}

int options_parse(struct options *options, int argc, char *const argv[],
                  struct reason *why)
{
    *options = (struct options){.mode = OPTIONS_RUN};
    for (int i = 1; i < argc;) {
        int taken = parse_one(options, argv + i, why);
        if (taken < 0)
            return taken;
        i += taken;
    }
    return evidence_check(&options->evidence, why);
}

static int load_file(const struct options *options,
                     const struct config_collectors *collectors,
                     struct config *config, struct config_origins *origins,
                     struct reason *why)
{
    if (options->config_path != NULL)
        return config_load_file(config, origins, collectors,
                                options->config_path, why);
    char path[CONFIG_PATH_MAX];
    int found = config_find_file(path, why);
    if (found <= 0)
        return found;
    return config_load_file(config, origins, collectors, path, why);
}

static int set(const struct options_setting *s,
               const struct config_collectors *collectors,
               struct config *config, struct config_origins *origins,
               struct reason *why)
{
    char option[32];
    if (s->key == NULL)
        return config_set(config, origins, collectors, s->value, why);
    (void)snprintf(option, sizeof(option), "--%s", s->option);
    return config_set_key(config, origins, collectors, option, s->key, s->value,
                          why);
}

int options_configure(const struct options *options,
                      const struct config_collectors *collectors,
                      struct config *config, struct config_origins *origins,
                      struct reason *why)
{
    config_defaults(config, origins, collectors);
    int result = load_file(options, collectors, config, origins, why);
    for (unsigned i = 0; result >= 0 && i < options->setting_count; i++)
        result = set(&options->settings[i], collectors, config, origins, why);
    if (result >= 0)
        result = config_check(config, collectors, why);
    return result;
}

/* The configuration that these options make. EX_OK; EX_CONFIG, said. */
static int configure(const struct options *options,
                     const struct config_collectors *collectors,
                     struct config *config, struct config_origins *origins)
{
    struct reason why;
    if (options_configure(options, collectors, config, origins, &why) >= 0)
        return EX_OK;
    fprintf(stderr, "entropyd: %s\n", why.text);
    return EX_CONFIG;
}

static int print_or_check(const struct options *options,
                          const struct config_collectors *collectors)
{
    struct config config;
    struct config_origins origins;
    int status = configure(options, collectors, &config, &origins);
    if (status != EX_OK)
        return status;
    if (options->mode == OPTIONS_PRINT_CONFIG)
        return config_print(stdout, &config, &origins, collectors) < 0
                   ? EX_IOERR
                   : EX_OK;
    if (origins.file[0] != '\0')
        printf("the configuration is good (%s)\n", origins.file);
    else
        printf("the configuration is good (no file)\n");
    return EX_OK;
}

static int record(const struct options *options,
                  const struct config_collectors *collectors)
{
    struct config config;
    struct config_origins origins;
    int status = configure(options, collectors, &config, &origins);
    return status == EX_OK ? record_run(&options->evidence, &config, collectors)
                           : status;
}

bool options_answer(const struct options *options,
                    const struct config_collectors *collectors, int *status)
{
    *status = EX_OK;
    switch (options->mode) {
    case OPTIONS_RUN:
        return false;
    case OPTIONS_HELP:
        help_print(stdout, collectors);
        break;
    case OPTIONS_VERSION:
        version_print(stdout);
        break;
    case OPTIONS_CHECK_CONFIG:
    case OPTIONS_PRINT_CONFIG:
        *status = print_or_check(options, collectors);
        break;
    case OPTIONS_RECORD:
        *status = record(options, collectors);
        break;
    case OPTIONS_ASSESS:
        *status =
            assess_run(options->evidence.assessed, stdout, assess_has_utf8());
        break;
    }
    if (fflush(stdout) != 0 && *status == EX_OK)
        *status = EX_IOERR;
    /* A recording's errors are those of other files, and it told them. */
    if (*status == EX_IOERR && options->mode != OPTIONS_RECORD)
        fprintf(stderr, "entropyd: stdout takes no more\n");
    return true;
}
