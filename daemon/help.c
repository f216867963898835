/* --help and --version. */

#include "daemon/help.h"

#include "base/commit.h"
#include "daemon/host/process.h"
#include "daemon/settings/key_text.h"
#include "daemon/settings/keys.h"
#include "protocol/version.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/utsname.h>
#include <uv.h>

static const char options_text[] =
    "Usage: entropyd [OPTION]...\n"
    "Collects timing jitter from the kernel, tests it, and serves random "
    "bytes\n"
    "on a Unix socket. Runs in the foreground; SIGTERM ends it.\n"
    "\n"
    "  --socket PATH       where to listen (socket.path)\n"
    "  --mode MODE         who may connect, octal (socket.mode)\n"
    "  --group GROUP       group of the socket (socket.group)\n"
    "  --user USER         started as root: become USER (process.user)\n"
    "  --config FILE       read this file and look for no other\n"
    "  --set KEY=VALUE     set a key, over what the file says; repeatable\n"
    "  --log-level LEVEL   error, warning, info or debug (log.level)\n"
    "  --check-config      say whether the configuration is good, and end\n"
    "  --print-config      print the configuration in force, and end\n"
    "  --record SOURCE     record a source alone: no socket, no daemon\n"
    "  -n, --samples N     of --record: how many samples (1000000)\n"
    "  --restarts RxC      of --record: reopen R times, C samples after each\n"
    "  -o, --output DIR    of --record: a directory for its files\n"
    "  --assess DIR        say what speaks against a recording, and end\n"
    "  --version           print version, commit, libraries, platform\n"
    "  --help              print this\n";

static void print_key(FILE *out, const struct key *key)
{
    char allows[KEY_TEXT_MAX];
    char standard[KEY_TEXT_MAX];
    fprintf(out, "  %s\n      %s%s%s%s\n      %s; default %s\n", key->name,
            key->help, key->unit[0] != '\0' ? " (" : "", key->unit,
            key->unit[0] != '\0' ? ")" : "",
            key_allows(key, allows, sizeof(allows)),
            key_format(key, &key->standard, standard));
}

void help_print(FILE *out, const struct config_collectors *collectors)
{
    fprintf(out, "%s\nWithout --config the first of these is read:\n",
            options_text);
    char path[CONFIG_PATH_MAX];
    for (unsigned i = 0;; i++) {
        int result = config_candidate(i, path);
        if (result == 1)
            fprintf(out, "  %s\n", path);
        else if (result < 0)
            break;
    }
    fprintf(out, "\nKeys of the file and of --set; a list is written 1,2,3 "
                 "with --set:\n\n");
    size_t count = keys_count(collectors);
    for (size_t i = 0; i < count; i++) {
        struct key key;
        keys_get(collectors, i, &key);
        print_key(out, &key);
    }
}

void version_print(FILE *out)
{
    fprintf(out, "entropyd %s%s%s%s\n", ENTROPYD_VERSION,
            ENTROPYD_COMMIT[0] != '\0' ? " (" : "", ENTROPYD_COMMIT,
            ENTROPYD_COMMIT[0] != '\0' ? ")" : "");
    fprintf(out, "libuv %s, jansson %s, libsodium %s\n", uv_version_string(),
            jansson_version_str(), sodium_version_string());
    struct utsname system;
    if (uname(&system) == 0)
        fprintf(out, "%s, %s %s %s\n", process_platform(), system.sysname,
                system.release, system.machine);
    else
        fprintf(out, "%s\n", process_platform());
}
