/* SPDX-License-Identifier: MIT */
/* entropylab record SOURCE: options. */

#include "lab/command.h"

#include "base/nearest.h"
#include "base/options.h"
#include "base/quote.h"
#include "lab/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Room for a source's name in a message. */
#define NAME_SHOWN 64

/* Most --set options of a command line. */
#define SETTINGS_MAX 64

static const char help[] =
    "Usage: entropylab record SOURCE [OPTION]... -o DIR\n"
    "Records a noise source without the daemon, and the machine it ran on.\n"
    "\n"
    "  -o, --output DIR    directory for the files\n"
    "  -n, --samples N     number of samples, 1024 to 100000000 (1000000)\n"
    "      --restarts RxC  R restarts, C samples after each\n"
    "      --set KEY=VALUE set a tunable of the source, or claim_bits;\n"
    "                      repeatable\n"
    "  -h, --help          show this help\n"
    "\n"
    "SIGINT, SIGTERM and SIGHUP stop it early: the samples so far are kept "
    "and\n"
    "marked as incomplete.\n"
    "\n"
    "Sources:\n";

static void print_help(void)
{
    struct reason why;
    (void)fputs(help, stdout);
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        bool runs = collector_can_run(c, &why);
        (void)printf("  %-14s %s%s%s%s\n", c->name, c->info->summary,
                     runs ? "" : " (not here: ", runs ? "" : why.text,
                     runs ? "" : ")");
        for (const struct tunable *t = c->tunables; t->name != NULL; t++)
            (void)printf("    %-18s %s\n", t->name, t->help);
    }
}

static const struct collector *find_source(const char *name, struct reason *why)
{
    const char *names[32];
    char quoted[QUOTE_SIZE(NAME_SHOWN)];
    size_t count = 0;
    for (; count < collector_registry_count && count < 32; count++) {
        names[count] = collector_registry[count]->name;
        if (strcmp(names[count], name) == 0)
            return collector_registry[count];
    }
    const char *nearest = nearest_name(name, names, count);
    reason_set(why, "unknown source %s%s%s%s",
               quote_text(name, quoted, sizeof(quoted)),
               nearest != NULL ? " (did you mean " : "",
               nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "");
    return NULL;
}

/* Options before the source's name are known only once that is. */
struct words {
    const char *directory, *samples, *restarts;
    const char *settings[SETTINGS_MAX];
    size_t setting_count;
    bool is_help;
};

enum { OPTION_RESTARTS = OPTION_LONG, OPTION_SET };

static int read_words(struct words *words, int argc, char *argv[],
                      struct reason *why)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"samples", required_argument, NULL, 'n'},
        {"restarts", required_argument, NULL, OPTION_RESTARTS},
        {"set", required_argument, NULL, OPTION_SET},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    option_rewind();
    while ((option = option_next(argc, argv, options, why)) != OPTION_END) {
        if (option == OPTION_REFUSED)
            return -EINVAL;
        if (option == 'o')
            words->directory = optarg;
        else if (option == 'n')
            words->samples = optarg;
        else if (option == OPTION_RESTARTS)
            words->restarts = optarg;
        else if (option == 'h')
            words->is_help = true;
        else if (words->setting_count < SETTINGS_MAX)
            words->settings[words->setting_count++] = optarg;
        else
            return reason_set(why, "at most %d settings", SETTINGS_MAX),
                   -EINVAL;
    }
    return 0;
}

static int make_request(struct record_request *request,
                        const struct words *words, const char *source,
                        struct reason *why)
{
    const struct collector *c = find_source(source, why);
    if (c == NULL)
        return -EINVAL;
    record_request_init(request, c);
    request->directory = words->directory;
    int rc = 0;
    if (words->samples != NULL)
        rc = record_take_samples(request, words->samples, why);
    if (rc == 0 && words->restarts != NULL)
        rc = record_take_restarts(request, words->restarts, why);
    for (size_t i = 0; i < words->setting_count && rc == 0; i++)
        rc = record_take_setting(request, words->settings[i], why);
    return rc < 0 ? rc : record_check(request, why);
}

int command_record(int argc, char *argv[])
{
    struct words words = {0};
    struct record_request request;
    struct reason why;
    if (read_words(&words, argc, argv, &why) < 0)
        return command_refuse("record", &why);
    if (words.is_help) {
        print_help();
        return command_finish(EX_OK);
    }
    if (optind + 1 != argc) {
        reason_set(&why, "expected one source, got %d", argc - optind);
        return command_refuse("record", &why);
    }
    if (make_request(&request, &words, argv[optind], &why) < 0)
        return command_refuse("record", &why);
    return record_run(&request);
}
