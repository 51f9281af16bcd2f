/* SPDX-License-Identifier: 0BSD */
/*
 * The order of mutexes, and orders that many threads note at once.
 */
#include "graph_guard.h"
#include <ossa/mutex.h>
#include <ossa/spinlock.h>
#include <ossa/test.h>
#include <ossa/thread.h>

enum { THREADS = 4, LOCKS = 8, ROUNDS = 20 };

static struct mutex a = MUTEX("mutex a"), b = MUTEX("mutex b");
static struct panic_record record;

static void take_in_order(void *argument)
{
    (void)argument;
    GUARD(mutex, &a);
    GUARD(mutex, &b);
}

static void take_out_of_order(void *argument)
{
    (void)argument;
    GUARD(mutex, &b);
    GUARD(mutex, &a);
}

static int take_in_time(void *argument)
{
    (void)argument;
    GUARD(mutex, &b);
    int error = mutex_take_until(&a, 0);
    if (error == 0)
        mutex_release(&a);
    return error;
}

TEST(lock_order_of_mutexes)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(graph);
    take_in_order(NULL);
    CHECK_EQUAL(take_in_time(NULL), 0); /* no deadlock can come of that */
    REQUIRE(panic_catch(take_out_of_order, NULL, &record));
    CHECK(strncmp(record.reason, "lock order: mutex a is wanted at tests/", 39) == 0);
    CHECK(mutex_take_poisoned(&b));
    mutex_clear_poison(&b);
    mutex_release(&b);
    take_in_order(NULL);
}

static struct spinlock locks[LOCKS] = {SPINLOCK("lock 0"), SPINLOCK("lock 1"), SPINLOCK("lock 2"), SPINLOCK("lock 3"),
                                       SPINLOCK("lock 4"), SPINLOCK("lock 5"), SPINLOCK("lock 6"), SPINLOCK("lock 7")};

static int take_all_pairs(void *argument)
{
    (void)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < LOCKS; i++) {
            for (unsigned j = i + 1; j < LOCKS; j++) {
                GUARD(spinlock, &locks[i]);
                GUARD(spinlock, &locks[j]);
            }
        }
    }
    return 0;
}

static unsigned count_edges(const struct spinlock *held, const struct spinlock *wanted)
{
    const struct lock_graph *graph = lock_debug_graph;
    unsigned count = 0;
    for (unsigned i = 0; i < graph->edge_count; i++)
        count += graph->names[graph->edges[i].from] == held->lock.name &&
                 graph->names[graph->edges[i].to] == wanted->lock.name;
    return count;
}

TEST(lock_order_is_noted_once)
{
    struct thread *threads[THREADS];
    GUARD(graph);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = thread_create("taker", take_all_pairs, NULL, THREAD_NO_CATCH);
        REQUIRE(threads[i] != NULL);
        thread_start(threads[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        thread_join(threads[i], NULL);
    for (unsigned i = 0; i < LOCKS; i++)
        for (unsigned j = 0; j < LOCKS; j++)
            CHECK_EQUAL(count_edges(&locks[i], &locks[j]), i < j);
}
