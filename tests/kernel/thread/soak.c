/* SPDX-License-Identifier: 0BSD */
/*
 * All of kernel/thread/ at once: threads that do random things to each other and end at random, by a panic too. What
 * mutexes, semaphores, conditions, timers and work promise holds meanwhile, and in the end nothing is left of them. In
 * `make test` some rounds of it; in `make soak` as many as there is time for. And timers beside threads that compute.
 */
#include <ossa/guard.h>
#include <ossa/heap.h>
#include <ossa/mutex.h>
#include <ossa/semaphore.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <ossa/thread.h>
#include <ossa/vrange.h>
#include <ossa/work.h>

#define THREADS  10
#define STEPS    30
#define UNITS    3
#define WAIT_MAX 200000 /* nanoseconds */

static struct mutex mutex = MUTEX("soak mutex"), fragile = MUTEX("soak fragile mutex");
static struct spinlock spinlock = SPINLOCK("soak spinlock");
static struct semaphore units = SEMAPHORE("soak units", UNITS);
static struct condition changed;
static struct work_queue queue = WORK_QUEUE("soak work");
static unsigned inside, spinning, tokens;
static atomic_uint users, wrong;

/* What one thread has for itself; another one's timer and work may run after its end, but not after it is joined. */
static struct wanderer {
    uint64_t random;
    struct timer timer;
    struct work work;
    struct thread *thread;
    bool panics;
} wanderers[THREADS];

static uint64_t pick(struct wanderer *self, uint64_t limit)
{
    return test_random(&self->random) % limit;
}

static uint64_t soon(struct wanderer *self)
{
    return clock_ns() + pick(self, WAIT_MAX);
}

static void expect(bool holds)
{
    if (!holds)
        atomic_fetch_add(&wrong, 1);
}

static void rest(struct wanderer *self)
{
    if (pick(self, 3) == 0)
        thread_yield();
    else if (pick(self, 3) == 0)
        thread_sleep_ns(pick(self, WAIT_MAX));
    else
        for (uint64_t turns = pick(self, 500); turns > 0; turns--)
            arch_cpu_relax();
}

/* == Steps ========================================================================================================= */

static void hold_mutex(struct wanderer *self)
{
    bool patient = pick(self, 2) == 0;
    if (patient)
        mutex_take(&mutex);
    else if (mutex_take_until(&mutex, soon(self)) != 0)
        return;
    expect(inside++ == 0 && mutex.lock.thread == thread_this());
    rest(self);
    expect(--inside == 0);
    mutex_release(&mutex);
}

static void hold_spinlock(struct wanderer *self)
{
    GUARD(spinlock, &spinlock);
    expect(spinning++ == 0);
    for (uint64_t turns = pick(self, 100); turns > 0; turns--)
        arch_cpu_relax();
    expect(--spinning == 0);
}

static void hold_unit(struct wanderer *self)
{
    if (semaphore_take_until(&units, pick(self, 2) == 0 ? WAIT_FOREVER : soon(self)) != 0)
        return;
    expect(atomic_fetch_add(&users, 1) < UNITS);
    rest(self);
    atomic_fetch_sub(&users, 1);
    semaphore_release(&units);
}

/* Tokens are put as often as they are taken, but for those that nobody waited for long enough. */
static void pass_token(struct wanderer *self)
{
    GUARD(mutex, &mutex);
    expect(inside == 0);
    if (pick(self, 2) == 0) {
        tokens++;
        pick(self, 2) == 0 ? condition_signal(&changed) : condition_broadcast(&changed);
        return;
    }
    uint64_t deadline_ns = soon(self);
    while (tokens == 0 && condition_wait_until(&changed, &mutex, deadline_ns) == 0)
        ;
    expect(inside == 0 && mutex.lock.thread == thread_this());
    tokens -= tokens > 0;
}

static void move(struct wanderer *self)
{
    struct cpu *cpu = CONFIG_CPU && pick(self, 3) > 0 ? cpus[pick(self, cpu_count)] : NULL;
    thread_set_cpu(thread_this(), cpu);
    GUARD(interrupts);
    expect(cpu == NULL || cpu_this() == cpu);
}

static void do_nothing(struct timer *timer)
{
    (void)timer;
}

static void use_timer(struct wanderer *self)
{
    self->timer.function = do_nothing;
    timer_start(&self->timer, soon(self));
    rest(self);
    if (pick(self, 2) == 0)
        timer_start(&self->timer, soon(self));
    timer_cancel(&self->timer);
    expect(atomic_load(&self->timer.cpu) == NULL);
}

static void do_work(struct work *work)
{
    (void)work;
    thread_yield();
}

static void use_work(struct wanderer *self)
{
    bool mine = pick(self, 2) == 0 ? work_submit(&queue, &self->work) : work_submit_at(&queue, &self->work, soon(self));
    rest(self);
    if (pick(self, 2) == 0)
        work_cancel(&self->work);
    else if (pick(self, 2) == 0)
        work_flush(&self->work);
    expect(mine || self->work.function == do_work);
    work_cancel(&self->work);
    expect(self->work.state == WORK_IDLE && queue.running != &self->work);
}

static int be_child(void *argument)
{
    if (argument != NULL && CONFIG_PANIC_UNWIND)
        panic("a child of a wanderer");
    return 1;
}

/* Few of those that nobody joins panic, for that is said on the console. */
static void have_child(struct wanderer *self)
{
    bool detached = pick(self, 3) == 0, forgotten = pick(self, 4) == 0;
    bool panics = pick(self, detached || forgotten ? 64 : 4) == 0;
    struct thread *child = thread_create("child", be_child, panics ? self : NULL, detached ? THREAD_DETACHED : 0);
    if (child == NULL)
        return;
    thread_start(child);
    if (detached)
        return;
    if (forgotten) {
        thread_detach(child);
        return;
    }
    while (thread_join_until(child, NULL, soon(self)) != 0)
        rest(self);
}

static __attribute__((noinline, no_sanitize_undefined)) void store_at(uint64_t va)
{
    *(volatile int *)va = 0;
}

/* A panic with all that guards can hold; who comes next mends what it has left. */
static void fall(struct wanderer *self)
{
    OWNED(heap_free) char *object = heap_alloc(1 + pick(self, 3000));
    OWNED(vrange_free) char *range = pick(self, 8) == 0 ? vrange_alloc(PAGE_SIZE) : NULL;
    self->panics = true; /* perhaps because of what another one has left meanwhile */
    if (mutex_take_poisoned(&fragile))
        mutex_clear_poison(&fragile);
    mutex_release(&fragile);
    GUARD(mutex, &fragile);
    rest(self);
    if (pick(self, 2) == 0)
        panic("a wanderer falls");
    store_at(pick(self, PAGE_SIZE) & -8);
}

static void (*const steps[])(struct wanderer *self) = {
    rest, hold_mutex, hold_spinlock, hold_unit, pass_token, move, use_timer, use_work, have_child,
};

/* == Rounds ======================================================================================================== */

static int wander(void *argument)
{
    struct wanderer *self = argument;
    for (unsigned step = 0; step < STEPS; step++)
        steps[pick(self, sizeof(steps) / sizeof(steps[0]))](self);
    if (CONFIG_PANIC_UNWIND && pick(self, 3) == 0)
        fall(self);
    if (pick(self, 3) == 0)
        thread_exit(7);
    return 7;
}

static void run_round(uint64_t *random)
{
    static struct thread_end end;
    for (unsigned i = 0; i < THREADS; i++) {
        struct wanderer *each = &wanderers[i];
        *each = (struct wanderer){.random = test_random(random), .work = WORK(do_work)};
        each->thread = thread_create("wanderer", wander, each, 0);
        expect(each->thread != NULL);
        if (each->thread != NULL)
            thread_start(each->thread);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        if (wanderers[i].thread == NULL)
            continue;
        thread_join(wanderers[i].thread, &end);
        expect(end.panicked == wanderers[i].panics && (end.panicked || end.value == 7));
    }
}

static void check_nothing_is_held(void)
{
    CHECK(mutex.lock.thread == NULL && mutex.queue.first == NULL && mutex.state == 0);
    CHECK(fragile.lock.thread == NULL && fragile.queue.first == NULL && fragile.state == 0);
    CHECK(spinlock.lock.thread == NULL && changed.queue.first == NULL);
    CHECK(units.units == UNITS && units.queue.first == NULL);
}

/* The first round fills caches. Detached children may still be on their way. */
static void wander_while(bool (*goes_on)(unsigned round))
{
    uint64_t random = test_seed();
    GUARD(test_catches);
    unsigned threads = thread_count();
    wrong = 0;
    REQUIRE(work_queue_start(&queue) == 0);
    uint64_t objects = 0, ranges = 0;
    for (unsigned round = 0; goes_on(round); round++) {
        run_round(&random);
        REQUIRE(wrong == 0);
        while (thread_count() > threads + 1)
            thread_yield();
        thread_trim();
        check_nothing_is_held();
        CHECK(round == 0 || heap_read_usage().objects == objects);
        CHECK(round == 0 || vrange_count() == ranges);
        objects = heap_read_usage().objects;
        ranges = vrange_count();
    }
    work_queue_stop(&queue);
}

static bool is_short(unsigned round)
{
    return round < 3;
}

TEST(threads_do_all_at_once)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    wander_while(is_short);
}

static bool soak_goes_on(unsigned round)
{
    (void)round;
    return test_soak_goes_on();
}

TEST(soak_threads)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    wander_while(soak_goes_on);
}

/* == Timers under load ============================================================================================= */

#define TIMERS 32

static struct ordered {
    struct timer timer;
    unsigned rank; /* how many had run before */
} ordered[TIMERS];
static atomic_uint ran, late;
static atomic_bool compute;

static void note_rank(struct timer *timer)
{
    struct ordered *each = (struct ordered *)timer;
    late += clock_ns() < timer->deadline_ns;
    each->rank = atomic_fetch_add(&ran, 1);
}

static int compute_until_told(void *unused)
{
    (void)unused;
    while (atomic_load(&compute))
        arch_cpu_relax();
    return 0;
}

static void start_timers(uint64_t *random)
{
    GUARD(interrupts);
    uint64_t base_ns = clock_ns() + 100 * NS_PER_US;
    atomic_store(&ran, 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        ordered[i] = (struct ordered){.timer = {.function = note_rank}};
        timer_start(&ordered[i].timer, base_ns + test_random(random) % 16 * 50 * NS_PER_US);
    }
}

/* One of each two that came in the wrong order: later than the other, but with an earlier deadline. */
static unsigned count_disorder(void)
{
    unsigned disorder = 0;
    for (unsigned i = 0; i < TIMERS; i++)
        for (unsigned j = 0; j < TIMERS; j++)
            disorder +=
                ordered[i].rank > ordered[j].rank && ordered[i].timer.deadline_ns < ordered[j].timer.deadline_ns;
    return disorder;
}

TEST(timers_keep_their_order_under_load)
{
    uint64_t random = test_seed();
    struct thread *threads[2 * 8];
    unsigned count = CPU_COUNT < 8 ? 2 * CPU_COUNT : 16;
    late = 0;
    atomic_store(&compute, true);
    for (unsigned i = 0; i < count; i++) {
        threads[i] = thread_create("computes", compute_until_told, NULL, 0);
        REQUIRE(threads[i] != NULL);
        thread_start(threads[i]);
    }
    for (unsigned round = 0; round < 10; round++) {
        start_timers(&random);
        while (atomic_load(&ran) < TIMERS)
            arch_cpu_relax(); /* who yields waits for the slices of two others */
        CHECK_EQUAL(count_disorder(), 0);
    }
    atomic_store(&compute, false);
    for (unsigned i = 0; i < count; i++)
        thread_join(threads[i], NULL);
    CHECK_EQUAL(late, 0);
}
