/* Sentences rather than columns: each says something else. */

#include "client/ctl/status_head.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>

/* The integer at path, or 0. */
static int64_t integer(const struct tree *tree, const char *path)
{
    int64_t value = 0;
    tree_integer(tree, path, &value);
    return value;
}

void ctl_print_headline(const struct tree *status)
{
    char version[64];
    char platform[32];
    char word[32];
    char uptime[32];
    const char *health = tree_text(status, "health", "?");
    printf(
        "entropyd %s on %s, pid %" PRId64 ", up %s: %s%s%s\n",
        text_clean(tree_text(status, "version", "?"), version, sizeof(version)),
        text_clean(tree_text(status, "platform", "?"), platform,
                   sizeof(platform)),
        integer(status, "pid"),
        text_duration(integer(status, "uptime_ms"), uptime, sizeof(uptime)),
        text_colour(health), text_clean(health, word, sizeof(word)),
        text_plain());
}

static void print_generator(const struct tree *generator, bool is_seeded)
{
    char age[32];
    char bytes[32];
    int64_t age_ms = 0;
    if (!is_seeded || !tree_integer(generator, "last_reseed_age_ms", &age_ms)) {
        printf("generator  not seeded yet\n");
        return;
    }
    printf("generator  %" PRId64 " reseeds, %" PRId64
           " credited; the last %s ago; last credit %" PRId64 " bits\n",
           integer(generator, "reseeds"),
           integer(generator, "credited_reseeds"),
           text_duration(age_ms, age, sizeof(age)),
           integer(generator, "last_credited_bits"));
    printf("           %" PRId64 " requests, %s\n",
           integer(generator, "requests"),
           text_bytes((uint64_t)integer(generator, "bytes"), bytes,
                      sizeof(bytes)));
}

static int64_t error_count(const struct tree *status)
{
    int64_t sum = 0;
    void *cursor = NULL;
    const char *name;
    const struct tree *count;
    const struct tree *errors = tree_at(status, "server.errors_total");
    while (tree_member(errors, &cursor, &name, &count))
        sum += integer(count, "");
    return sum;
}

void ctl_print_parts(const struct tree *status)
{
    print_generator(tree_at(status, "generator"),
                    tree_is_true(status, "seeded"));
    printf("pool       %" PRId64 " credited bits; %" PRId64
           " conditioned blocks made, %" PRId64 " ready\n",
           integer(status, "pool.credited_bits"),
           integer(status, "pool.conditioned_blocks"),
           integer(status, "pool.blocks_ready"));
    printf("server     %" PRId64 " connected, %" PRId64 " so far; %" PRId64
           " requests, %" PRId64 " errors, %" PRId64 " waiting\n",
           integer(status, "server.connections"),
           integer(status, "server.connections_total"),
           integer(status, "server.requests_total"), error_count(status),
           integer(status, "server.waiting"));
    printf("memory     %s\n", tree_is_true(status, "memory_locked")
                                  ? "locked"
                                  : "not locked: secrets could be swapped out");
}
