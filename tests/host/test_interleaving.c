/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/'s locks, threads, timers and calls in every interleaving of a bounded number of preemptions, and in random
 * ones: docs/testing.md, Interleavings.
 */
#include "host_test.h"

#include "interleaving/explore.h"
#include <ossa/interrupt.h>
#include <ossa/mutex.h>
#include <ossa/semaphore.h>
#include <ossa/smp.h>
#include <ossa/spinlock.h>
#include <ossa/timer.h>
#include <ossa/work.h>

/* A test that explores name_begin(), whose body follows. */
#define SCENARIO(scenario_name, cpu_total, preemption_bound, ...)                 \
    static void scenario_name##_begin(void);                                      \
    HOST_TEST(scenario_name)                                                      \
    {                                                                             \
        static const struct scenario scenario = {.name = #scenario_name,          \
                                                 .cpus = cpu_total,               \
                                                 .preemptions = preemption_bound, \
                                                 .begin = scenario_name##_begin,  \
                                                 __VA_ARGS__};                    \
        CHECK(explore(&scenario, host_random()));                                 \
    }                                                                             \
    static void scenario_name##_begin(void)

/* Plain: who changes one without the lock under test is found by access.c. */
static unsigned counter, calls[WORLD_CPUS_MAX];

static atomic_uint flag;
static struct thread *threads[WORLD_THREADS_MAX];

static void begin_three(void (*function)(void *argument), void *argument)
{
    counter = 0;
    for (unsigned i = 0; i < 3; i++)
        threads[i] = world_thread((const char *[]){"a", "b", "c"}[i], function, argument, NULL);
}

static void counted_to_3(void)
{
    HOLDS(counter == 3);
}

/* Who waits for a lock looks, without it, whether it holds it itself; nobody else can change the answer. */
static void allow_lock(const struct lock *lock)
{
    access_allow_race(&lock->thread, sizeof(lock->thread));
    access_allow_race(&lock->holder, sizeof(lock->holder));
}

/* == Spinlocks ===================================================================================================== */

static struct raw_spinlock raw;
static struct spinlock spinlock;

static void begin_spinlock(void)
{
    spinlock = (struct spinlock)SPINLOCK("spinlock");
    allow_lock(&spinlock.lock);
    counter = 0;
}

static void count_raw(void *unused)
{
    uint64_t interrupts = arch_interrupts_save();
    raw_spinlock_take(&raw);
    counter++;
    raw_spinlock_release(&raw);
    arch_interrupts_restore(interrupts);
    (void)unused;
}

SCENARIO(raw_spinlock_excludes, 3, 1, .end = counted_to_3)
{
    raw = (struct raw_spinlock){0};
    begin_three(count_raw, NULL);
}

static void count_spinlock(void *unused)
{
    spinlock_take(&spinlock);
    counter++;
    spinlock_release(&spinlock);
    (void)unused;
}

static void count_in_timer(struct timer *timer)
{
    count_spinlock(timer);
}

static void count_beside_timer(void *unused)
{
    static struct timer timer;
    timer = (struct timer){.function = count_in_timer};
    timer_start(&timer, 10);
    count_spinlock(unused);
    while (atomic_load(&timer.cpu) != NULL)
        cpu_wait();
}

SCENARIO(spinlock_masks_interrupts, 2, 2, .end = counted_to_3)
{
    begin_spinlock();
    world_thread("a", count_beside_timer, NULL, NULL);
    world_thread("b", count_spinlock, NULL, NULL);
}

/* == Calls ========================================================================================================= */

static void count_call(void *unused)
{
    HOLDS(arch_interrupts_save() == 0);
    calls[world_cpu()]++;
    (void)unused;
}

static void call_other(void *unused)
{
    struct cpu *other = cpus[1 - world_cpu()];
    cpu_call(other, count_call, NULL);
    HOLDS(calls[other->number] == 1);
    (void)unused;
}

SCENARIO(call_both_ways, 2, 2)
{
    memset(calls, 0, sizeof(calls));
    world_thread("a", call_other, NULL, cpus[0]);
    world_thread("b", call_other, NULL, cpus[1]);
}

static void called_twice_each(void)
{
    for (unsigned i = 0; i < 3; i++)
        HOLDS(calls[i] == 2);
}

static void call_others(void *unused)
{
    cpu_call_others(count_call, NULL);
    (void)unused;
}

SCENARIO(call_all_from_all, 3, 0, .end = called_twice_each)
{
    memset(calls, 0, sizeof(calls));
    begin_three(call_others, NULL);
}

static void call_with_lock(void *unused)
{
    spinlock_take(&spinlock);
    cpu_call_others(count_call, NULL);
    counter++;
    spinlock_release(&spinlock);
    (void)unused;
}

static void counted_and_called(void)
{
    HOLDS(counter == 2 && calls[0] + calls[1] == 1);
}

/* Who waits for the lock has interrupts masked, and serves the call of who holds it. */
SCENARIO(call_who_spins, 2, 2, .end = counted_and_called)
{
    begin_spinlock();
    memset(calls, 0, sizeof(calls));
    world_thread("a", call_with_lock, NULL, NULL);
    world_thread("b", count_spinlock, NULL, NULL);
}

/* == First come, first served ====================================================================================== */

static struct thread *line[WORLD_THREADS_MAX];
static unsigned line_count;

UNSEEN static void begin_line(void)
{
    line_count = 0;
}

UNSEEN static void watch(struct thread *thread, const char *what)
{
    bool waits = thread->state == THREAD_WAITING && thread->waits_for == what, waited = false;
    for (unsigned i = 0; i < line_count; i++)
        waited = waited || line[i] == thread;
    if (waits && !waited)
        line[line_count++] = thread;
    if (waits || !waited)
        return;
    HOLDS(line[0] == thread);
    line_count--;
    for (unsigned i = 0; i < line_count; i++)
        line[i] = line[i + 1];
}

/* The one that has waited longest is the first that waits no more. */
UNSEEN static void watch_line(const char *what)
{
    for (unsigned i = 0; i < 3; i++)
        watch(threads[i], what);
}

static struct mutex mutex;
static struct semaphore semaphore;

static void begin_mutex(void)
{
    mutex = (struct mutex)MUTEX("mutex");
    allow_lock(&mutex.lock);
}

static void count_mutex(void *unused)
{
    mutex_take(&mutex);
    counter++;
    mutex_release(&mutex);
    (void)unused;
}

/* It is not free while somebody waits. */
UNSEEN static void watch_mutex(void)
{
    watch_line(mutex.lock.name);
    HOLDS(mutex.queue.raw.taken != 0 || mutex.queue.first == NULL || mutex.state != 0);
}

static void mutex_is_free(void)
{
    HOLDS(counter == 3 && mutex.state == 0 && mutex.lock.thread == NULL && mutex.queue.first == NULL);
}

SCENARIO(mutex_hands_over, 2, 2, .step = watch_mutex, .end = mutex_is_free)
{
    begin_mutex();
    begin_line();
    begin_three(count_mutex, NULL);
}

static void count_semaphore(void *unused)
{
    semaphore_take(&semaphore);
    counter++;
    semaphore_release(&semaphore);
    (void)unused;
}

UNSEEN static void watch_semaphore(void)
{
    watch_line(semaphore.lock.name);
    HOLDS(semaphore.queue.raw.taken != 0 || semaphore.queue.first == NULL || semaphore.units == 0);
}

static void semaphore_is_full(void)
{
    HOLDS(counter == 3 && semaphore.units == 1 && semaphore.queue.first == NULL);
}

SCENARIO(semaphore_hands_over, 2, 2, .step = watch_semaphore, .end = semaphore_is_full)
{
    semaphore = (struct semaphore)SEMAPHORE("semaphore", 1);
    begin_line();
    begin_three(count_semaphore, NULL);
}

/* == Waiting ======================================================================================================= */

static struct wait_queue queue;
static struct condition condition;

static void wait_for_flag(void *unused)
{
    WAIT_UNTIL(&queue, "flag", atomic_load_explicit(&flag, memory_order_relaxed) != 0);
    (void)unused;
}

static void set_flag(void *unused)
{
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    wait_queue_wake_all(&queue);
    (void)unused;
}

SCENARIO(wait_queue_loses_no_wakeup, 2, 2)
{
    flag = 0;
    queue = (struct wait_queue){0};
    world_thread("a", wait_for_flag, NULL, NULL);
    world_thread("b", wait_for_flag, NULL, NULL);
    world_thread("c", set_flag, NULL, NULL);
}

static void wait_for_condition(void *unused)
{
    mutex_take(&mutex);
    while (counter == 0)
        condition_wait(&condition, &mutex);
    counter--;
    mutex_release(&mutex);
    (void)unused;
}

static void signal_condition(void *unused)
{
    mutex_take(&mutex);
    counter++;
    condition_signal(&condition);
    mutex_release(&mutex);
    (void)unused;
}

SCENARIO(condition_loses_no_signal, 2, 2)
{
    counter = 0;
    begin_mutex();
    condition = (struct condition){0};
    world_thread("a", wait_for_condition, NULL, NULL);
    world_thread("b", signal_condition, NULL, NULL);
}

/* == Deadlines ===================================================================================================== */

static struct wait_queue timed_queue;
static bool was_woken, has_woken;

static void wait_until_10(void *unused)
{
    uint64_t interrupts = wait_queue_take(&timed_queue);
    was_woken = wait_queue_sleep(&timed_queue, "waker", 10);
    arch_interrupts_restore(interrupts);
    HOLDS(was_woken || clock_ns() >= 10);
    wait_for_flag(unused); /* in the memory that the first waiter lay in */
}

static void wake_and_set_flag(void *unused)
{
    uint64_t interrupts = wait_queue_take(&timed_queue);
    has_woken = wait_queue_wake_first(&timed_queue);
    wait_queue_release(&timed_queue, interrupts);
    set_flag(unused);
}

static void woken_as_told(void)
{
    HOLDS(was_woken == has_woken);
}

SCENARIO(deadline_wakes_once, 2, 2, .end = woken_as_told)
{
    flag = 0;
    queue = timed_queue = (struct wait_queue){0};
    world_thread("a", wait_until_10, NULL, NULL);
    world_thread("b", wake_and_set_flag, NULL, NULL);
}

static void count_and_tell(void *unused)
{
    count_mutex(unused);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
}

/* Who is too late comes again when the mutex is free, by no order but the mutex's own. */
static void count_in_time(void *unused)
{
    if (mutex_take_until(&mutex, 10) != 0) {
        HOLDS(clock_ns() >= 10);
        while (atomic_load_explicit(&flag, memory_order_relaxed) == 0)
            cpu_wait();
        mutex_take(&mutex);
    }
    counter++;
    mutex_release(&mutex);
    (void)unused;
}

SCENARIO(deadline_leaves_mutex_whole, 2, 2, .end = mutex_is_free)
{
    begin_mutex();
    flag = counter = 0;
    world_thread("a", count_and_tell, NULL, NULL);
    world_thread("b", count_in_time, NULL, NULL);
    world_thread("c", count_in_time, NULL, NULL);
}

static void sleep_until_10(void *unused)
{
    thread_sleep_until(10);
    HOLDS(clock_ns() >= 10);
    (void)unused;
}

SCENARIO(sleep_ends, 2, 2)
{
    world_thread("a", sleep_until_10, NULL, NULL);
    world_thread("b", sleep_until_10, NULL, NULL);
}

/* == Timers ======================================================================================================== */

static struct timer timer;
static bool cancelled, gone;

static void ring(struct timer *unused)
{
    HOLDS(!gone);
    calls[world_cpu()]++;
    (void)unused;
}

static void start_timer(void *unused)
{
    timer_start(&timer, 10);
    atomic_store_explicit(&flag, 1, memory_order_release);
    (void)unused;
}

static void cancel_timer(void *unused)
{
    while (atomic_load_explicit(&flag, memory_order_acquire) == 0)
        cpu_wait();
    cancelled = timer_cancel(&timer);
    gone = true; /* its function does not run now, nor later */
    (void)unused;
}

static void rang_or_cancelled(void)
{
    HOLDS(calls[0] + cancelled == 1);
}

static void begin_timer(void)
{
    flag = 0;
    gone = false;
    memset(calls, 0, sizeof(calls));
    timer = (struct timer){.function = ring};
    world_thread("a", start_timer, NULL, cpus[0]);
}

SCENARIO(timer_cancel_waits, 2, 2, .end = rang_or_cancelled)
{
    begin_timer();
    world_thread("b", cancel_timer, NULL, cpus[1]);
}

static void restart_and_cancel_timer(void *unused)
{
    while (atomic_load_explicit(&flag, memory_order_acquire) == 0)
        cpu_wait();
    timer_start(&timer, 20);
    cancel_timer(unused);
}

SCENARIO(timer_cancel_waits_for_another_cpu, 2, 2)
{
    begin_timer();
    world_thread("b", restart_and_cancel_timer, NULL, cpus[1]);
}

/* == Who runs where ================================================================================================ */

static void move(void *unused)
{
    for (unsigned i = 0; i < 2; i++) {
        thread_set_cpu(thread_this(), cpus[1 - i]);
        HOLDS(cpu_this() == cpus[1 - i]);
    }
    thread_set_cpu(thread_this(), NULL);
    (void)unused;
}

static void yield(void *unused)
{
    thread_yield();
    thread_yield();
    (void)unused;
}

SCENARIO(threads_move, 2, 2)
{
    world_thread("a", move, NULL, NULL);
    world_thread("b", yield, NULL, NULL);
    world_thread("c", yield, NULL, NULL);
}

static void spin_for_flag(void *unused)
{
    while (atomic_load(&flag) == 0)
        cpu_wait();
    (void)unused;
}

static void take_and_set_flag(void *unused)
{
    semaphore_take(&semaphore);
    atomic_store(&flag, 1);
    (void)unused;
}

static void give(void *unused)
{
    semaphore_release(&semaphore);
    (void)unused;
}

/* Nothing but ticks lets b run, which is woken to the queue of a CPU that never waits. */
SCENARIO(who_spins_is_preempted, 2, 2)
{
    flag = 0;
    semaphore = (struct semaphore)SEMAPHORE("semaphore", 0);
    world_thread("b", take_and_set_flag, NULL, cpus[0]);
    world_thread("a", spin_for_flag, NULL, cpus[0]);
    world_thread("c", give, NULL, cpus[1]);
}

static void wait_and_give(void *unused)
{
    semaphore_take(&semaphore);
    semaphore_release(&semaphore);
    thread_yield();
    (void)unused;
}

/* Waking, stealing, sleeping and ending at once. */
SCENARIO(threads_are_stolen, 2, 2)
{
    semaphore = (struct semaphore)SEMAPHORE("semaphore", 0);
    world_thread("a", wait_and_give, NULL, NULL);
    world_thread("b", give, NULL, NULL);
    world_thread("c", wait_and_give, NULL, NULL);
    world_thread("d", yield, NULL, NULL);
}

static atomic_uint is_masked;

static void spin_masked(void *unused)
{
    uint64_t interrupts = arch_interrupts_save();
    atomic_store(&is_masked, 1);
    spin_for_flag(unused);
    arch_interrupts_restore(interrupts);
}

static void spin_until_masked(void *unused)
{
    while (atomic_load(&is_masked) == 0)
        cpu_wait();
    (void)unused;
}

static void raise_flag(void *unused)
{
    atomic_store(&flag, 1);
    (void)unused;
}

/* Nothing but an idle CPU that looks for work lets e run: it stands behind b, which may not go there. */
SCENARIO(idle_cpu_steals, 2, 1)
{
    flag = is_masked = 0;
    world_thread("a", spin_masked, NULL, cpus[0]);
    world_thread("b", yield, NULL, cpus[0]);
    world_thread("c", spin_until_masked, NULL, NULL);
    world_thread("d", yield, NULL, NULL);
    world_thread("e", raise_flag, NULL, NULL);
}

/* == Lives ========================================================================================================= */

static int return_7(void *unused)
{
    (void)unused;
    return 7;
}

/* thread_join() looks without a lock whether the thread was ever started. */
static void start(struct thread *thread)
{
    access_allow_race(&thread->state, sizeof(thread->state));
    thread_start(thread);
}

static void join_child(void *unused)
{
    struct thread_end end;
    struct thread *child = thread_create("child", return_7, NULL, 0);
    start(child);
    if (thread_join_until(child, &end, 10) != 0)
        thread_join(child, &end);
    HOLDS(!end.panicked && end.value == 7);
    (void)unused;
}

SCENARIO(join_waits_for_the_end, 2, 2)
{
    world_thread("a", join_child, NULL, NULL);
}

static void detach_child(void *unused)
{
    struct thread *child = thread_create("child", return_7, NULL, 0);
    start(child);
    thread_detach(child);
    (void)unused;
}

/* They get each other's stacks. */
SCENARIO(detached_threads_are_freed, 2, 1)
{
    world_thread("a", detach_child, NULL, NULL);
    world_thread("b", join_child, NULL, NULL);
}

/* == Work ========================================================================================================== */

static struct work_queue work_queue;
static struct work work;

static void do_work(struct work *unused)
{
    HOLDS(!gone);
    counter++;
    (void)unused;
}

static void cancel_work(void *unused)
{
    HOLDS(work_submit_at(&work_queue, &work, 10));
    unsigned cancelled_count = work_cancel(&work);
    gone = true; /* it is done, or never will be */
    HOLDS(counter + cancelled_count == 1);
    work_queue_stop(&work_queue);
    (void)unused;
}

static void flush_work(void *unused)
{
    HOLDS(work_submit(&work_queue, &work));
    work_flush(&work);
    HOLDS(counter == 1);
    work_queue_stop(&work_queue);
    (void)unused;
}

static void begin_work(void (*function)(void *argument))
{
    counter = 0;
    gone = false;
    work = (struct work)WORK(do_work);
    work_queue = (struct work_queue)WORK_QUEUE("work");
    access_allow_race(&work_queue.stopping, sizeof(work_queue.stopping)); /* written once, then the worker is woken */
    world_thread("a", function, NULL, NULL);
    HOLDS(work_queue_start(&work_queue) == 0);
    access_allow_race(&work_queue.worker->state, sizeof(work_queue.worker->state)); /* as start() does */
}

SCENARIO(work_is_cancelled, 2, 2)
{
    begin_work(cancel_work);
}

SCENARIO(work_is_flushed, 2, 1)
{
    begin_work(flush_work);
}

/* == Interrupt lines =============================================================================================== */

static void handle(void *unused)
{
    HOLDS(!gone);
    (void)unused;
}

static const struct interrupt_handler handler = {"handler", handle, NULL};

static void raise_line(void *unused)
{
    HOLDS(interrupt_register(0, &handler) == 0);
    world_raise_line(0);
    set_flag(unused);
}

static void unregister(void *unused)
{
    spin_for_flag(unused);
    interrupt_unregister(0);
    gone = true;
}

SCENARIO(interrupt_unregister_waits, 2, 2)
{
    flag = 0;
    gone = false;
    queue = (struct wait_queue){0};
    world_thread("a", raise_line, NULL, cpus[0]);
    world_thread("b", unregister, NULL, cpus[1]);
}

static void mask_line(void *unused)
{
    HOLDS(!gone);
    (void)unused;
    interrupt_mask(0);
    interrupt_unmask(0);
}

static const struct interrupt_handler masking = {"masking", mask_line, NULL};

static void raise_masking(void *unused)
{
    HOLDS(interrupt_register(0, &masking) == 0);
    world_raise_line(0);
    set_flag(unused);
}

static void line_is_masked(void)
{
    HOLDS(world_line_is_masked());
}

SCENARIO(interrupt_unregister_masks, 2, 2, .end = line_is_masked)
{
    flag = 0;
    gone = false;
    queue = (struct wait_queue){0};
    world_thread("a", raise_masking, NULL, cpus[0]);
    world_thread("b", unregister, NULL, cpus[1]);
}
