/* SPDX-License-Identifier: MIT */
/* A user without a name on this machine is shown by his number. */

#include "client/ctl/users.h"

#include "client/ctl/text.h"

#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>

static const char *name_of(struct user_names *names, int64_t uid)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->list[i].uid == uid)
            return names->list[i].name;
    }
    size_t at = names->next++ % USER_NAMES_MAX;
    if (names->count < USER_NAMES_MAX)
        names->count++;
    /* entropyctl has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct passwd *entry = getpwuid((uid_t)uid);
    names->list[at].uid = uid;
    if (entry != NULL)
        text_clean(entry->pw_name, names->list[at].name,
                   sizeof(names->list[at].name));
    else
        snprintf(names->list[at].name, sizeof(names->list[at].name),
                 "uid %" PRId64, uid);
    return names->list[at].name;
}

static void print_user(FILE *out, struct user_names *names, const json_t *user)
{
    char text[48];
    int64_t waiting = integer_at(user, "waiting");
    const json_t *uid = json_object_get(user, "uid");

    fprintf(out, "%s %s",
            json_is_integer(uid) ? name_of(names, json_integer_value(uid))
                                 : "unknown",
            text_count(integer_at(user, "connections"), "connection", text,
                       sizeof(text)));
    if (waiting > 0)
        fprintf(out, " (%" PRId64 " waiting)", waiting);
}

void users_print(FILE *out, struct user_names *names, const json_t *status)
{
    const json_t *server = json_object_get(status, "server");
    const json_t *users = json_object_get(server, "users");
    size_t i;
    const json_t *user;
    char text[48];

    json_array_foreach(users, i, user)
    {
        fprintf(out, "%s", i == 0 ? "users      " : ", ");
        print_user(out, names, user);
    }
    if (json_array_size(users) == 0)
        return;
    int64_t others =
        integer_at(server, "users_total") - (int64_t)json_array_size(users);
    if (others > 0)
        fprintf(out, ", %s",
                text_count(others, "more user", text, sizeof(text)));
    fprintf(out, "\n");
}
