/* SPDX-License-Identifier: MIT */
#include "daemon/server/users.h"

#include <assert.h>
#include <stdlib.h>

static struct user *user_of(struct list *node)
{
    return container_of(node, struct user, node);
}

void users_init(struct users *u)
{
    *u = (struct users){.count = 0};
    list_init(&u->all);
}

static struct user *find(const struct users *u, const struct peer *peer)
{
    struct list *node;
    struct list *following;
    list_for_each(node, following, &u->all)
    {
        struct user *user = user_of(node);
        if (user->uid == peer->uid && user->is_known == peer->is_known)
            return user;
    }
    return NULL;
}

static struct user *create(struct users *u, const struct peer *peer)
{
    struct user *user = calloc(1, sizeof(*user));
    if (user == NULL)
        return NULL;
    user->uid = peer->uid;
    user->is_known = peer->is_known;
    user->is_privileged = peer_is_privileged(peer);
    list_init(&user->connections);
    list_init(&user->waiting);
    round_user_init(&user->round);
    list_append(&u->all, &user->node);
    return user;
}

/* Frees those who have left. */
static void sweep(struct users *u)
{
    struct list *node;
    struct list *following;
    list_for_each(node, following, &u->all)
    {
        struct user *user = user_of(node);
        if (user->num_connections > 0)
            continue;
        list_remove(node);
        list_remove(&user->wait_node);
        free(user);
    }
}

void users_fini(struct users *u)
{
    assert(u->num_connections == 0);
    sweep(u);
}

struct user *users_join(struct users *u, const struct peer *peer)
{
    struct user *user = find(u, peer);
    if (user == NULL) {
        sweep(u);
        user = create(u, peer);
    }
    if (user == NULL)
        return NULL;
    u->count += user->num_connections++ == 0;
    u->num_connections++;
    return user;
}

void users_leave(struct users *u, struct user *user)
{
    assert(user->num_connections > 0);
    u->num_connections--;
    u->count -= --user->num_connections == 0;
}

unsigned users_count_of(const struct users *u, const struct peer *peer)
{
    const struct user *user = find(u, peer);
    return user != NULL ? user->num_connections : 0;
}

size_t users_list(const struct users *u, const struct user **list, size_t max)
{
    size_t count = 0;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &u->all)
    {
        const struct user *user = user_of(node);
        size_t at = count;
        if (user->num_connections == 0)
            continue;
        while (at > 0 && list[at - 1]->num_connections < user->num_connections)
            at--;
        if (at == max)
            continue;
        count += count < max;
        for (size_t i = count - 1; i > at; i--)
            list[i] = list[i - 1];
        list[at] = user;
    }
    return count;
}

struct user *users_largest(const struct users *u)
{
    struct user *largest = NULL;
    unsigned most = 0;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &u->all)
    {
        struct user *user = user_of(node);
        if (user->num_connections > most) {
            largest = user;
            most = user->num_connections;
        }
    }
    return largest;
}
