/* SPDX-License-Identifier: 0BSD */
/*
 * Doubly linked lists through their members: struct list stands for the list and lies in each member. The neighbours
 * are checked before anything is written, so that a broken list panics and nothing is written through a bad pointer.
 *
 *     static struct list queue = LIST(queue);
 *     list_add_last(&queue, &job->link);
 *     LIST_EACH(&queue, struct job, link, job) { }         a member may be removed only if the walk ends there
 *
 * No locks: whoever owns the list has one.
 */
#pragma once

#include <ossa/panic.h>
#include <stddef.h>

struct list {
    struct list *next, *previous; /* a list without members, or a link in no list, leads to itself */
};

#define LIST(name)       \
    {                    \
        &(name), &(name) \
    }

/* The structure whose member `field` is at `link`. */
#define LIST_MEMBER(link, type, field) ((type *)((char *)(link)-offsetof(type, field)))

#define LIST_EACH(list, type, field, member)                                              \
    for (type *member = LIST_MEMBER((list)->next, type, field); &member->field != (list); \
         member = LIST_MEMBER(member->field.next, type, field))

static inline void list_init(struct list *list)
{
    *list = (struct list){list, list};
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

/* Panics if the link is in a list, or the list is broken there. */
static inline void list_add_first(struct list *list, struct list *link)
{
    struct list *next = list->next;
    if (next->previous != list || link->next != link)
        panic("list corruption: adding %p between %p and %p, which leads back to %p", (void *)link, (void *)list,
              (void *)next, (void *)next->previous);
    *link = (struct list){next, list};
    next->previous = link;
    list->next = link;
}

static inline void list_add_last(struct list *list, struct list *link)
{
    list_add_first(list->previous, link);
}

/* Panics if the neighbours do not lead to the link. A link in no list stays as it is. */
static inline void list_remove(struct list *link)
{
    struct list *next = link->next, *previous = link->previous;
    if (next->previous != link || previous->next != link)
        panic("list corruption: removing %p, to which %p and %p lead as %p and %p", (void *)link, (void *)previous,
              (void *)next, (void *)previous->next, (void *)next->previous);
    next->previous = previous;
    previous->next = next;
    list_init(link);
}
