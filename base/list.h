/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_LIST_H
#define ENTROPYD_BASE_LIST_H

/*
 * A doubly linked list that is embedded in what it links: a ring of struct
 * list, of which the owner's is the head. No allocation, no failure; not
 * thread-safe.
 */

#include <stdbool.h>
#include <stddef.h>

/* The struct of `type` whose member `member` is at `pointer`. */
#define container_of(pointer, type, member)                                    \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct list {
    struct list *next, *prev; /* NULL while a zeroed node is in no list */
};

/* Makes an empty head, or a node that is in no list. */
static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

/* Is the head's list empty; is the node in no list? */
static inline bool list_is_empty(const struct list *l)
{
    return l->next == l || l->next == NULL;
}

/* Links node, which is in no list, behind the last of head's list. */
static inline void list_append(struct list *head, struct list *node)
{
    node->next = head;
    node->prev = head->prev;
    head->prev->next = node;
    head->prev = node;
}

/* Takes node out of its list; one that is in none is left as it is. */
static inline void list_remove(struct list *node)
{
    if (list_is_empty(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* The first node of head's list, still linked; NULL where it is empty. */
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

/* Walks head's list; `node` may be taken out of it meanwhile. */
#define list_for_each(node, following, head)                                   \
    for ((node) = (head)->next, (following) = (node)->next; (node) != (head);  \
         (node) = (following), (following) = (node)->next)

#endif
