/* SPDX-License-Identifier: 0BSD */
/*
 * The order of locks, each test in an empty graph (graph_guard.h).
 */
#include "graph_guard.h"
#include <ossa/format.h>
#include <ossa/log_ring.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define MANY 40

struct pair {
    struct spinlock *first, *second;
};

static struct spinlock a = SPINLOCK("lock a"), b = SPINLOCK("lock b"), c = SPINLOCK("lock c");
static struct spinlock twins[2] = {SPINLOCK("twin"), SPINLOCK("twin")};
static struct panic_record record;

static bool knows(const struct spinlock *held, const struct spinlock *wanted)
{
    return lock_graph_knows(lock_debug_graph, held->lock.name, wanted->lock.name);
}

static void take_pair(void *argument)
{
    struct pair *pair = argument;
    GUARD(spinlock, pair->first);
    GUARD(spinlock, pair->second);
}

static bool refuses(struct spinlock *first, struct spinlock *second)
{
    bool refused = panic_catch(take_pair, &(struct pair){first, second}, &record);
    if (refused) { /* and the first is poisoned by that */
        spinlock_take_poisoned(first);
        spinlock_clear_poison(first);
        spinlock_release(first);
    }
    return refused;
}

/* Of locks of this file: the graph may hold others', of other CPUs and of interrupt handlers. */
static unsigned count_edges(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < lock_debug_graph->edge_count; i++) {
        const char *name = lock_debug_graph->names[lock_debug_graph->edges[i].from];
        count += name == a.lock.name || name == b.lock.name || name == c.lock.name;
    }
    return count;
}

TEST(lock_order_kept_is_fine)
{
    GUARD(graph);
    for (unsigned i = 0; i < 100; i++) {
        take_pair(&(struct pair){&a, &b});
        take_pair(&(struct pair){&b, &c});
        take_pair(&(struct pair){&a, &c});
    }
    CHECK(knows(&a, &b) && knows(&b, &c) && knows(&a, &c));
    CHECK(!knows(&b, &a) && !knows(&c, &b) && !knows(&c, &a));
    CHECK_EQUAL(count_edges(), 3);
    CHECK(thread_this()->newest_lock == NULL);
}

TEST(lock_order_broken_is_refused)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(graph);
    take_pair(&(struct pair){&a, &b});
    REQUIRE(refuses(&b, &a));
    unsigned line = record.place->line;
    static char words[PANIC_REASON_BYTES];
    snprintf(words, sizeof(words),
             "lock order: lock a is wanted at %s:%u while lock b is held, taken at %s:%u; "
             "before, lock b was taken at %s:%u while lock a was held",
             __FILE__, line, __FILE__, line - 1, __FILE__, line);
    CHECK(strcmp(record.reason, words) == 0);
    CHECK(strcmp(record.place->function, "take_pair") == 0);
    CHECK(a.raw.taken == 0 && b.raw.taken == 0); /* it has been refused before the lock was taken */
    CHECK(refuses(&b, &a));                      /* it stays refused, */
    CHECK(!refuses(&a, &b));                     /* and what was right stays so */
}

TEST(lock_order_of_three_is_refused)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(graph);
    take_pair(&(struct pair){&a, &b});
    take_pair(&(struct pair){&b, &c});
    REQUIRE(refuses(&c, &a));
    CHECK(strncmp(record.reason, "lock order: lock a is wanted at ", 32) == 0);
    const char *end = "while lock a was held";
    CHECK(strcmp(record.reason + strlen(record.reason) - strlen(end), end) == 0);
    CHECK(!refuses(&a, &c));
}

static void take_three(void *argument)
{
    (void)argument;
    GUARD(spinlock, &a);
    GUARD(spinlock, &b);
    GUARD(spinlock, &c);
}

TEST(lock_order_counts_all_that_are_held)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(graph);
    take_three(NULL);
    CHECK(knows(&a, &b) && knows(&b, &c) && knows(&a, &c));
    CHECK(refuses(&c, &a));
    CHECK(refuses(&c, &b));
    CHECK(refuses(&b, &a));
    CHECK(!knows(&c, &a) && !knows(&c, &b) && !knows(&b, &a)); /* what was refused is not noted */
}

TEST(lock_order_of_one_name_goes_up)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(graph);
    CHECK(!refuses(&twins[0], &twins[1]));
    REQUIRE(refuses(&twins[1], &twins[0]));
    CHECK(strncmp(record.reason, "lock order: twin at ", 20) == 0);
    CHECK(!refuses(&twins[0], &twins[1]));
}

/* Many locks with a name of their own each, taken one inside the other: more orders than there is room for. */
static void take_many(void)
{
    static char names[MANY][8];
    static struct spinlock many[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "many %u", i);
        many[i] = (struct spinlock)SPINLOCK(names[i]);
        spinlock_take(&many[i]);
    }
    for (unsigned i = MANY; i-- > 0;)
        spinlock_release(&many[i]);
}

TEST(lock_order_without_room_is_warned_of_once)
{
    GUARD(graph);
    take_many();
    CHECK_EQUAL(lock_debug_graph->edge_count, LOCK_EDGES);
    CHECK_EQUAL(lock_debug_is_full, 1);
    static char kept[201], again[201];
    kept[log_read_last(kept, 200)] = '\0';
    take_many();
    again[log_read_last(again, 200)] = '\0';
    CHECK(strcmp(kept, again) == 0);
}

FATAL_TEST(lock_order_broken,
           "panic: lock order: lock a is wanted at tests/ ... while lock b is held, taken at tests/ ... "
           "before, lock b was taken at tests/ ... while lock a was held")
{
    take_pair(&(struct pair){&a, &b});
    take_pair(&(struct pair){&b, &a});
}
