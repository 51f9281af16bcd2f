/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the pools' free lists. Invariant: an object is free if and only if its second word is POOL_FREE and it is below
 * never_taken, or it is not below it.
 */
#include <ossa/pool.h>
#include <ossa/string.h>

#define POOL_FREE 0x9a4c1e7b52d3f086 /* no pointer, no small number */

struct free_object {
    void *next;
    uint64_t mark;
};

void *pool_take(struct pool *pool)
{
    GUARD(spinlock, &pool->lock);
    struct free_object *object = pool->free;
    if (object != NULL)
        pool->free = object->next;
    else if (pool->never_taken < pool->count)
        object = (struct free_object *)(pool->objects + pool->object_bytes * pool->never_taken++);
    if (object == NULL)
        return NULL;
    pool->taken++;
    return memset(object, 0, pool->object_bytes);
}

void pool_put(struct pool *pool, void *object)
{
    size_t offset = (char *)object - pool->objects;
    struct free_object *free_object = object;
    if (offset % pool->object_bytes != 0 || offset / pool->object_bytes >= pool->count)
        panic("%s: %p is none of its objects", pool->lock.lock.name, object);
    if (offset / pool->object_bytes >= pool->never_taken || free_object->mark == POOL_FREE)
        panic("%s: %p was put back before", pool->lock.lock.name, object);
    GUARD(spinlock, &pool->lock);
    *free_object = (struct free_object){pool->free, POOL_FREE};
    pool->free = free_object;
    pool->taken--;
}
