/* SPDX-License-Identifier: MIT */
/* Options, what they ask for, and the answers that need no daemon. */

#include "daemon/options.h"

#include "base/commit.h"
#include "base/options.h"
#include "base/quote.h"
#include "daemon/configuration.h"
#include "daemon/host/process.h"
#include "daemon/settings/keys.h"
#include "protocol/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>

#include <jansson.h>
#include <sodium.h>
#include <uv.h>

enum {
    OPTION_MODE = OPTION_LONG,
    OPTION_GROUP,
    OPTION_USER,
    OPTION_SET,
    OPTION_LOG_LEVEL,
    OPTION_CHECK_CONFIG,
    OPTION_PRINT_CONFIG,
};

static const struct option known_options[] = {
    {"socket", required_argument, NULL, 's'},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"user", required_argument, NULL, OPTION_USER},
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, OPTION_SET},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
    {"print-config", no_argument, NULL, OPTION_PRINT_CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static const char options_text[] =
    "Usage: entropyd [OPTION]...\n"
    "Collects timing jitter from the kernel, tests it, and serves random "
    "bytes\n"
    "on a Unix socket. Runs in the foreground; SIGTERM stops it.\n"
    "\n"
    "  -s, --socket PATH   listen on this socket (socket.path)\n"
    "  --mode MODE         file mode of the socket, octal (socket.mode)\n"
    "  --group GROUP       group of the socket (socket.group)\n"
    "  --user USER         if started as root, switch to USER (process.user)\n"
    "  -c, --config FILE   read FILE instead of searching for a file\n"
    "  --set KEY=VALUE     set a key, overriding the file; repeatable\n"
    "  --log-level LEVEL   error, warning, info or debug (log.level)\n"
    "  --check-config      check the configuration and exit\n"
    "  --print-config      print the configuration in force and exit\n"
    "  -h, --help          show this help\n"
    "  -V, --version       show version, commit, libraries and platform\n";

static int enter_mode(struct options *options, enum options_mode mode,
                      struct reason *why)
{
    if (options->mode != OPTIONS_RUN && options->mode != mode) {
        reason_set(why, "--help, --version, --check-config and "
                        "--print-config are mutually exclusive");
        return -EINVAL;
    }
    options->mode = mode;
    return 0;
}

static int add_setting(struct options *options, const char *option,
                       const char *key, struct reason *why)
{
    if (options->setting_count == OPTIONS_SETTINGS_MAX) {
        reason_set(why,
                   "more than %d settings on the command line; put them in a "
                   "configuration file",
                   OPTIONS_SETTINGS_MAX);
        return -EINVAL;
    }
    options->settings[options->setting_count++] =
        (struct options_setting){.key = key, .value = optarg, .option = option};
    return 0;
}

static int take_config(struct options *options, struct reason *why)
{
    if (optarg[0] == '\0') {
        reason_set(why, "--config needs a path, not \"\"");
        return -EINVAL;
    }
    options->config_path = optarg;
    return 0;
}

/* Takes over one option, whose argument is optarg. */
static int apply(struct options *o, int option, struct reason *why)
{
    switch (option) {
    case 's':
        return add_setting(o, "--socket", "socket.path", why);
    case OPTION_MODE:
        return add_setting(o, "--mode", "socket.mode", why);
    case OPTION_GROUP:
        return add_setting(o, "--group", "socket.group", why);
    case OPTION_USER:
        return add_setting(o, "--user", "process.user", why);
    case OPTION_LOG_LEVEL:
        return add_setting(o, "--log-level", "log.level", why);
    case OPTION_SET:
        return add_setting(o, "--set", NULL, why);
    case 'c':
        return take_config(o, why);
    case OPTION_CHECK_CONFIG:
        return enter_mode(o, OPTIONS_CHECK_CONFIG, why);
    case OPTION_PRINT_CONFIG:
        return enter_mode(o, OPTIONS_PRINT_CONFIG, why);
    case 'h':
        return enter_mode(o, OPTIONS_HELP, why);
    case 'V':
        return enter_mode(o, OPTIONS_VERSION, why);
    default: /* OPTION_REFUSED */
        return -EINVAL;
    }
}

int options_parse(struct options *options, int argc, char *const argv[],
                  struct reason *why)
{
    int option;

    *options = (struct options){.mode = OPTIONS_RUN};
    option_rewind();
    while ((option = option_next(argc, argv, known_options, why)) !=
           OPTION_END) {
        int rc = apply(options, option, why);
        if (rc < 0)
            return rc;
    }
    if (optind < argc) {
        char quoted[80];
        reason_set(why, "unexpected argument %s",
                   quote_text(argv[optind], quoted, sizeof(quoted)));
        return -EINVAL;
    }
    return 0;
}

static void print_key(const struct key *key)
{
    char allows[KEY_TEXT_MAX], value[KEY_TEXT_MAX];

    printf("  %s\n      %s%s%s%s\n      %s; default %s\n", key->name, key->help,
           key->unit[0] != '\0' ? " (" : "", key->unit,
           key->unit[0] != '\0' ? ")" : "",
           key_allows(key, allows, sizeof(allows)),
           key_format(key, &key->default_value, value));
}

static void print_help(const struct config_collectors *collectors)
{
    size_t count = keys_count(collectors);
    char path[CONFIG_PATH_MAX];
    int rc;

    printf("%s\nWithout --config the first of these is read:\n", options_text);
    for (unsigned i = 0; (rc = config_candidate(i, path)) >= 0; i++) {
        if (rc == 1)
            printf("  %s\n", path);
    }
    printf("\nKeys of the file and of --set; --set takes a list as 1,2,3:\n\n");
    for (size_t i = 0; i < count; i++) {
        struct key key;

        keys_get(collectors, i, &key);
        print_key(&key);
    }
}

static void print_version(void)
{
    struct utsname system;

    printf("entropyd %s%s%s%s\n", ENTROPYD_VERSION,
           ENTROPYD_COMMIT[0] != '\0' ? " (" : "", ENTROPYD_COMMIT,
           ENTROPYD_COMMIT[0] != '\0' ? ")" : "");
    printf("libuv %s, jansson %s, libsodium %s\n", uv_version_string(),
           jansson_version_str(), sodium_version_string());
    if (uname(&system) == 0)
        printf("%s, %s %s %s\n", process_platform(), system.sysname,
               system.release, system.machine);
    else
        printf("%s\n", process_platform());
}

/* What to do with the configuration that the options make. */
static int use_configuration(const struct options *options,
                             const struct config_collectors *collectors)
{
    struct config config;
    struct config_origins origins;
    struct config_loader loader = {.collectors = collectors,
                                   .config = &config,
                                   .origins = &origins,
                                   .problem = configuration_print_problem};

    if (configuration_load(options, &loader) < 0)
        return EX_CONFIG;
    if (options->mode == OPTIONS_PRINT_CONFIG)
        return config_print(stdout, &config, &origins, collectors) < 0
                   ? EX_IOERR
                   : EX_OK;
    printf("configuration OK: %s\n",
           origins.file[0] != '\0' ? origins.file : "no file");
    return EX_OK;
}

bool options_answer(const struct options *options,
                    const struct config_collectors *collectors, int *status)
{
    *status = EX_OK;
    switch (options->mode) {
    case OPTIONS_RUN:
        return false;
    case OPTIONS_HELP:
        print_help(collectors);
        break;
    case OPTIONS_VERSION:
        print_version();
        break;
    case OPTIONS_CHECK_CONFIG:
    case OPTIONS_PRINT_CONFIG:
        *status = use_configuration(options, collectors);
        break;
    }
    if ((fflush(stdout) != 0 || ferror(stdout)) && *status == EX_OK)
        *status = EX_IOERR;
    if (*status == EX_IOERR)
        perror("entropyd: cannot write to stdout");
    return true;
}
