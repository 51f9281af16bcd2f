/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what is known of lock orders, and the bounds of waiting and holding. Works wherever a lock is taken: allocates
 * nothing, waits for nothing but a few searches of the graph by another CPU. Invariant: a lock is waited for only if no
 * order seen before goes from it to one that the thread holds, as far as the graph has room.
 */
#include "lock_debug.h"
#include <ossa/clock.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/spinlock.h>

#define WAIT_S  10
#define HELD_MS 1000

#define LOOKS_A_WAIT 8 /* at least: a pause of the whole machine, the holder's too, counts for one */

static struct lock_graph kernel_graph;
struct lock_graph *lock_debug_graph = &kernel_graph;
atomic_uint lock_debug_is_full;
static struct raw_spinlock graph_lock; /* interrupts are masked while it is held */

uint64_t (*lock_debug_clock)(void);
uint64_t lock_debug_wait_ns, lock_debug_held_ns;

static _Noreturn void refuse_order(const struct lock *held, const struct lock *wanted, const struct panic_place *place,
                                   const struct lock_graph *graph, const struct lock_cycle *cycle)
{
    const struct lock_edge *first = cycle->edges[0];
    for (unsigned i = 0; i < cycle->edge_count && i < LOCK_CYCLE_EDGES; i++) {
        const struct lock_edge *edge = cycle->edges[i];
        log_error("lock order: %s was taken at %s:%u while %s was held, taken at %s:%u", graph->names[edge->to],
                  edge->taken_place->file, edge->taken_place->line, graph->names[edge->from], edge->held_place->file,
                  edge->held_place->line);
    }
    panic_at(place,
             "lock order: %s is wanted at %s:%u while %s is held, taken at %s:%u; "
             "before, %s was taken at %s:%u while %s was held",
             wanted->name, place->file, place->line, held->name, held->holder->file, held->holder->line,
             graph->names[first->to], first->taken_place->file, first->taken_place->line, wanted->name);
}

static void note_order(const struct lock *held, const struct lock *wanted, const struct panic_place *place)
{
    struct lock_graph *graph = lock_debug_graph;
    struct lock_cycle cycle;
    uint64_t interrupts = arch_interrupts_save();
    raw_spinlock_take(&graph_lock);
    enum lock_graph_result result = lock_graph_add(graph, held->name, held->holder, wanted->name, place, &cycle);
    raw_spinlock_release(&graph_lock);
    arch_interrupts_restore(interrupts);
    if (result == LOCK_GRAPH_CYCLE)
        refuse_order(held, wanted, place, graph, &cycle);
    if (result == LOCK_GRAPH_FULL && !atomic_exchange(&lock_debug_is_full, 1))
        log_warn("lock order: the tables are full, from %s on new orders are not checked", wanted->name);
}

static void check_order(const struct lock *held, const struct lock *wanted, const struct panic_place *place)
{
    if (held->name != wanted->name) {
        if (!lock_graph_knows(lock_debug_graph, held->name, wanted->name))
            note_order(held, wanted, place);
    } else if (held > wanted) {
        panic_at(place, "lock order: %s at %p is wanted while that at %p is held, taken at %s:%u: lower address first",
                 wanted->name, (const void *)wanted, (const void *)held, held->holder->file, held->holder->line);
    }
}

void lock_debug_want(const struct lock *lock, const struct panic_place *place)
{
    for (const struct lock *held = thread_this()->newest_lock; held != NULL; held = held->older) {
        if (held != lock && held->name != NULL && lock->name != NULL)
            check_order(held, lock, place);
    }
}

/* The holder may change meanwhile; it is named as it is now. */
static _Noreturn void refuse_wait(const struct lock *lock, uint64_t waited_ns, const struct panic_place *place)
{
    static const struct panic_place nowhere = {.file = "?"};
    const struct panic_place *holder = lock->holder == NULL ? &nowhere : lock->holder;
    const struct thread *thread = lock->thread;
    panic_at(place, "%s is waited for since %lu ns: thread %s on CPU %u holds it, taken at %s:%u", lock->name,
             waited_ns, thread == NULL ? "?" : thread->name, thread == NULL ? 0 : thread->cpu->number, holder->file,
             holder->line);
}

void lock_debug_wait(const struct spinlock *spinlock, uint64_t interrupts, const struct panic_place *place)
{
    if (lock_debug_clock == NULL || lock_debug_wait_ns == 0)
        return;
    struct clock_watch watch = {.looked_ns = lock_debug_clock()};
    while (atomic_load_explicit(&spinlock->raw.taken, memory_order_relaxed) != 0) {
        cpu_wait();
        if (clock_watch_at(&watch, lock_debug_clock(), lock_debug_wait_ns / LOOKS_A_WAIT) > lock_debug_wait_ns) {
            arch_interrupts_restore(interrupts);
            refuse_wait(&spinlock->lock, watch.watched_ns, place);
        }
    }
}

void lock_debug_enter(struct lock *lock)
{
    lock->taken_ns[0] = lock_debug_clock == NULL ? 0 : lock_debug_clock();
}

void lock_debug_leave(const struct lock *lock)
{
    uint64_t taken_ns = lock->taken_ns[0];
    if (lock_debug_clock == NULL || taken_ns == 0 || lock_debug_held_ns == 0)
        return;
    uint64_t now_ns = lock_debug_clock();
    if (now_ns > taken_ns + lock_debug_held_ns)
        log_warn("%s was held for %lu ns by thread %s, taken at %s:%u", lock->name, now_ns - taken_ns,
                 lock->thread->name, lock->holder->file, lock->holder->line);
}

void lock_debug_init(const struct boot_info *info)
{
    const char *line = info->command_line;
    lock_debug_wait_ns = NS_PER_S * option_read_number(line, "lock_wait_s", UINT64_MAX / NS_PER_S / 2, WAIT_S);
    lock_debug_held_ns = NS_PER_MS * option_read_number(line, "lock_held_ms", UINT64_MAX / NS_PER_MS / 2, HELD_MS);
    if (CONFIG_TIME)
        lock_debug_clock = clock_ns;
}
