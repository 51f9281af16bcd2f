/* SPDX-License-Identifier: 0BSD */
/*
 * Reference counts that cannot wrap: one that overflows, is taken from zero or given back below it stays at
 * REFCOUNT_SATURATED, with a warning. The object then leaks, which is better than memory that is used and free at once.
 * Any context but NMI, for the warning is logged.
 */
#pragma once

#include <ossa/warn.h>
#include <stdatomic.h>

struct refcount {
    atomic_uint count;
};

/* Half way to the other end: concurrent changes of a saturated count, which all put it back, cannot reach 0. */
#define REFCOUNT_SATURATED 0xc0000000
#define REFCOUNT_MAX       0x7fffffff

#define REFCOUNT(references) \
    {                        \
        references           \
    }

static inline unsigned refcount_read(const struct refcount *refcount)
{
    return atomic_load_explicit(&refcount->count, memory_order_relaxed);
}

/* Takes one more reference; the caller holds one already. */
static inline void refcount_take(struct refcount *refcount)
{
    unsigned count = atomic_fetch_add_explicit(&refcount->count, 1, memory_order_relaxed);
    if (count == 0 || count >= REFCOUNT_MAX) {
        atomic_store_explicit(&refcount->count, REFCOUNT_SATURATED, memory_order_relaxed);
        WARN(count == 0);            /* nobody holds it: it is free */
        WARN(count == REFCOUNT_MAX); /* once, not for every one that comes later */
    }
}

/* Takes a reference unless there is none left: false then. For finding objects that others may be giving back. */
static inline bool refcount_try_take(struct refcount *refcount)
{
    unsigned count = refcount_read(refcount);
    while (count != 0 && count < REFCOUNT_MAX)
        if (atomic_compare_exchange_weak_explicit(&refcount->count, &count, count + 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    if (count == REFCOUNT_MAX)
        refcount_take(refcount);
    return count != 0;
}

/* Gives one back. True if it was the last: then the object is the caller's to free. */
static inline bool refcount_put(struct refcount *refcount)
{
    unsigned count = atomic_fetch_sub_explicit(&refcount->count, 1, memory_order_acq_rel);
    if (count == 0 || count > REFCOUNT_MAX) {
        atomic_store_explicit(&refcount->count, REFCOUNT_SATURATED, memory_order_relaxed);
        WARN(count == 0); /* given back more often than taken */
    }
    return count == 1;
}
