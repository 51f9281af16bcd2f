/* SPDX-License-Identifier: 0BSD */
/*
 * Pools: a fixed number of objects of one type, in .bss, taken and put back in constant time.
 *
 *     POOL_DEFINE(message, struct message, 32);
 *     OWNED(message_put) struct message *message = message_take();      NULL when all are taken
 *
 * message_take() and message_put() are defined by POOL_DEFINE, and OWNED(message_put), so a panic gives objects back.
 */
#pragma once

#include <ossa/guard.h>
#include <ossa/spinlock.h>

struct pool {
    struct spinlock lock;
    char *objects;
    size_t object_bytes, count;
    size_t taken;       /* how many */
    size_t never_taken; /* from this index on the objects have not been used yet */
    void *free;         /* the first free one, whose first word leads to the next; its second word is POOL_FREE */
};

#define POOL_DEFINE(name, type, object_count)                                            \
    static type name##_objects[object_count];                                            \
    static struct pool name##_pool = {.lock = CORE_SPINLOCK(#name " pool"),              \
                                      .objects = (char *)name##_objects,                 \
                                      .object_bytes = sizeof(type),                      \
                                      .count = object_count};                            \
    _Static_assert(sizeof(type) >= 2 * sizeof(void *), "a free object holds two words"); \
    static inline type *name##_take(void)                                                \
    {                                                                                    \
        return pool_take(&name##_pool);                                                  \
    }                                                                                    \
    static inline void name##_put(type *object)                                          \
    {                                                                                    \
        pool_put(&name##_pool, object);                                                  \
    }                                                                                    \
    OWNER_DEFINE(name##_put, type)

/* An object, zeroed; NULL when all are taken. */
void *pool_take(struct pool *pool);

/* Panics, before it takes the lock, if the object is none of the pool's or has been put back already. */
void pool_put(struct pool *pool, void *object);
