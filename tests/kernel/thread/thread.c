/* SPDX-License-Identifier: 0BSD */
/*
 * The life of threads: values, panics that the parent catches, what they leave behind, which is nothing; and what a
 * thread has of its own.
 */
#include <ossa/guard.h>
#include <ossa/heap.h>
#include <ossa/interrupt.h>
#include <ossa/log.h>
#include <ossa/mutex.h>
#include <ossa/page.h>
#include <ossa/pool.h>
#include <ossa/stack.h>
#include <ossa/string.h>
#include <ossa/test.h>
#include <ossa/thread.h>
#include <ossa/vrange.h>

static struct thread_end end; /* a record is too large for a test's frame */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static struct thread *run_thread(int (*function)(void *argument), void *argument)
{
    struct thread *thread = thread_create("child", function, argument, 0);
    if (thread != NULL)
        thread_start(thread);
    return thread;
}

/* Runs it to its end. */
static const struct thread_end *run_child(int (*function)(void *argument), void *argument)
{
    end = (struct thread_end){.value = -1};
    struct thread *thread = run_thread(function, argument);
    if (thread != NULL)
        thread_join(thread, &end);
    return &end;
}

static int add_one(void *argument)
{
    return *(int *)argument + 1;
}

TEST(thread_returns_a_value)
{
    int number = 41;
    run_child(add_one, &number);
    CHECK(!end.panicked);
    CHECK_EQUAL(end.value, 42);
}

static int look_around(void *argument)
{
    struct thread *self = thread_this();
    uint64_t here = (uintptr_t)__builtin_frame_address(0), low, high;
    bool right = strcmp(self->name, "child") == 0 && interrupts_enabled() && !interrupt_is_handled() &&
                 here >= self->stack_va && here < self->stack_va + STACK_SIZE && stack_find(here, &low, &high) &&
                 low == self->stack_va && high == low + STACK_SIZE && cpu_this()->thread == self &&
                 self->newest_lock == NULL && self->state == THREAD_RUNNING && self->raw_locks == 0;
    *(struct thread **)argument = self;
    return right;
}

TEST(thread_knows_itself)
{
    struct thread *self = NULL, *thread = run_thread(look_around, &self);
    thread_join(thread, &end);
    CHECK(self == thread);
    CHECK_EQUAL(end.value, 1);
}

static void exit_deep(unsigned depth)
{
    void (*volatile deeper)(unsigned) = exit_deep; /* the compiler warns of endless recursion */
    if (depth == 0)
        thread_exit(7);
    deeper(depth - 1);
}

static int call_exit(void *argument)
{
    exit_deep(*(unsigned *)argument);
    return 0;
}

TEST(thread_exits_at_any_depth)
{
    unsigned depth = 10;
    run_child(call_exit, &depth);
    CHECK(!end.panicked);
    CHECK_EQUAL(end.value, 7);
}

/* == The parent catches ============================================================================================ */

static int panic_by_call(void *argument)
{
    panic("the child says %s", (const char *)argument);
}

TEST(thread_panic_is_told_to_the_parent)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_child(panic_by_call, "goodbye");
    REQUIRE(end.panicked);
    CHECK(strcmp(end.record.reason, "the child says goodbye") == 0);
    CHECK(strcmp(end.record.thread, "child") == 0);
    CHECK(end.record.place != NULL && strcmp(end.record.place->function, "panic_by_call") == 0);
    CHECK(strcmp(end.record.calls_end, "end of stack") == 0);
}

struct message {
    struct message *next;
    uint64_t text[7];
};
POOL_DEFINE(message, struct message, 4)

static struct mutex mutex = MUTEX("child's mutex");
static struct spinlock spinlock = SPINLOCK("child's spinlock");

static int panic_by_action(void *argument)
{
    OWNED(heap_free) uint64_t *buffer = heap_alloc(1000);
    OWNED(vrange_free) uint64_t *range = vrange_alloc(3 * PAGE_SIZE);
    OWNED(message_put) struct message *message = message_take();
    GUARD(mutex, &mutex);
    GUARD(spinlock, &spinlock);
    *buffer = *range = *(volatile uint64_t *)argument;
    message->text[0] = *buffer;
    return 0;
}

static void clear_poison(void)
{
    if (mutex_take_poisoned(&mutex))
        mutex_clear_poison(&mutex);
    mutex_release(&mutex);
    if (spinlock_take_poisoned(&spinlock))
        spinlock_clear_poison(&spinlock);
    spinlock_release(&spinlock);
}

static int take_mutex(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    return 0;
}

TEST(thread_panic_gives_back_what_guards_held)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    struct heap_usage before = heap_read_usage();
    uint64_t ranges = vrange_count();
    unsigned threads = thread_count(), cached = thread_stacks_cached();
    run_child(panic_by_action, (void *)16);
    REQUIRE(end.panicked);
    CHECK(starts_with(end.record.reason, "null pointer read: "));
    CHECK_EQUAL(end.record.trap.va, 16);
    CHECK_EQUAL(heap_read_usage().objects, before.objects);
    CHECK_EQUAL(vrange_count() - thread_stacks_cached(), ranges - cached);
    CHECK_EQUAL(thread_count(), threads);
    CHECK_EQUAL(message_pool.taken, 0);
    CHECK(mutex.lock.thread == NULL && spinlock.lock.thread == NULL);
    run_child(take_mutex, NULL);
    REQUIRE(end.panicked);
    CHECK(starts_with(end.record.reason, "child's mutex is poisoned by the trap at "));
    clear_poison();
    run_child(take_mutex, NULL);
    CHECK(!end.panicked);
}

/* == Many ========================================================================================================== */

#define MANY      2000
#define AT_A_TIME 16
#define SEED      0x5eedf00d

static __attribute__((noinline, no_sanitize_undefined)) void store_at(uint64_t va)
{
    *(volatile int *)va = 0;
}

static int end_somehow(void *argument)
{
    uint64_t random = (uintptr_t)argument;
    OWNED(heap_free) char *object = heap_alloc(random % 3000 + 1);
    OWNED(vrange_free) char *range = random % 64 == 0 ? vrange_alloc(PAGE_SIZE) : NULL;
    if (random % 8 == 0)
        panic("one of many");
    if (random % 8 == 1)
        store_at(random % PAGE_SIZE & -8);
    if (random % 8 == 2)
        thread_yield();
    *object = 1;
    return random % 1000;
}

static unsigned run_some(uint64_t *random)
{
    struct thread *threads[AT_A_TIME];
    uint64_t seeds[AT_A_TIME];
    unsigned wrong = 0;
    for (unsigned i = 0; i < AT_A_TIME; i++) {
        *random = *random * 6364136223846793005 + 1442695040888963407; /* Knuth, TAOCP 2, 3.3.4 */
        seeds[i] = *random >> 33;
        threads[i] = run_thread(end_somehow, (void *)seeds[i]);
        wrong += threads[i] == NULL;
    }
    for (unsigned i = 0; i < AT_A_TIME; i++) {
        if (threads[i] != NULL)
            thread_join(threads[i], &end);
        wrong += end.panicked != (seeds[i] % 8 < 2) || (!end.panicked && end.value != (int)(seeds[i] % 1000));
    }
    return wrong;
}

TEST(threads_in_thousands_leave_nothing)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    uint64_t random = SEED;
    GUARD(test_catches);
    unsigned wrong = run_some(&random); /* the first fill the caches */
    thread_trim();
    uint64_t ranges = vrange_count(), objects = heap_read_usage().objects;
    unsigned threads = thread_count();
    for (unsigned i = 0; i < MANY / AT_A_TIME; i++)
        wrong += run_some(&random);
    console_printf("# %u threads, seed %#x\n", MANY, SEED);
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(thread_count(), threads);
    CHECK_EQUAL(heap_read_usage().objects, objects);
    CHECK(thread_stacks_cached() > 0 && thread_stacks_cached() <= 2 * AT_A_TIME);
    thread_trim();
    CHECK_EQUAL(thread_stacks_cached(), 0);
    CHECK_EQUAL(vrange_count(), ranges);
}

#define TABLE_BYTES (3 * PAGE_SIZE) /* what mapping one stack may need besides */

/* What is free and the stack that is cached are what was free before. */
TEST(thread_memory_comes_back)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_child(panic_by_call, "I take memory along");
    thread_trim();
    heap_trim(); /* what CPUs keep at hand, of which the child's may be another one each time */
    uint64_t free_bytes = page_free_bytes();
    run_child(panic_by_call, "I give it back");
    heap_trim();
    CHECK(page_free_bytes() + thread_stacks_cached() * STACK_SIZE + TABLE_BYTES >= free_bytes);
    thread_trim();
    heap_trim();
    CHECK_EQUAL(page_free_bytes(), free_bytes);
}

/* == What a thread has of its own ================================================================================== */

static int own THREAD_LOCAL = 5;
static char own_text[24] THREAD_LOCAL = "as it was";

static int change_own(void *argument)
{
    int before = *MY_THREAD(own);
    bool right = strcmp(*MY_THREAD(own_text), "as it was") == 0;
    *MY_THREAD(own) = *(int *)argument;
    strlcpy(*MY_THREAD(own_text), "changed", sizeof(own_text));
    thread_yield();
    return right && *MY_THREAD(own) == *(int *)argument ? before : -1;
}

TEST(thread_local_variables)
{
    int values[] = {7, 8};
    CHECK_EQUAL(*MY_THREAD(own), 5);
    *MY_THREAD(own) = 6;
    struct thread *one = run_thread(change_own, &values[0]), *other = run_thread(change_own, &values[1]);
    thread_join(one, &end);
    CHECK_EQUAL(end.value, 5);
    thread_join(other, &end);
    CHECK_EQUAL(end.value, 5);
    CHECK_EQUAL(*MY_THREAD(own), 6);
    *MY_THREAD(own) = 5;
    run_child(change_own, &values[0]); /* on a stack that another one has left */
    CHECK_EQUAL(end.value, 5);
}

static int store_guard(void *argument)
{
    *(uint64_t *)argument = thread_this()->stack_guard;
    thread_yield();
    return *(uint64_t *)argument == thread_this()->stack_guard;
}

TEST(thread_has_a_stack_guard_of_its_own)
{
    uint64_t guards[2];
    if (!CONFIG_STACK_PROTECTOR)
        SKIP("no stack protector");
    run_child(store_guard, &guards[0]);
    run_child(store_guard, &guards[1]);
    CHECK(guards[0] != guards[1] && guards[0] != thread_this()->stack_guard && guards[0] % 256 == 0);
}

/* == Ends that are fatal =========================================================================================== */

static __attribute__((noinline)) unsigned recurse(unsigned depth)
{
    volatile char frame[256];
    unsigned (*volatile deeper)(unsigned) = recurse;
    frame[depth % sizeof(frame)] = 1;
    return deeper(depth + 1) + frame[0];
}

static int overflow(void *unused)
{
    (void)unused;
    return recurse(0);
}

FATAL_TEST(thread_stack_overflow, "panic: stack overflow: ... thread child")
{
    run_child(overflow, NULL);
}

FATAL_TEST(thread_without_catch, "panic: the child says I am important ... thread important")
{
    struct thread *thread = thread_create("important", panic_by_call, "I am important", THREAD_NO_CATCH);
    thread_start(thread);
    thread_join(thread, NULL);
}

static int end_with_lock(void *unused)
{
    (void)unused;
    mutex_take(&mutex);
    return 0;
}

FATAL_TEST(thread_ends_with_a_lock, "panic: thread child ends, but holds child's mutex")
{
    run_child(end_with_lock, NULL);
}

static int exit_with_lock(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    thread_exit(0);
}

TEST(thread_exit_with_a_lock_panics)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_child(exit_with_lock, NULL);
    CHECK(end.panicked && strcmp(end.record.reason, "thread_exit: thread child holds child's mutex") == 0);
    clear_poison();
}

/* == Detached ====================================================================================================== */

static atomic_uint detached_ended;

static int end_detached(void *argument)
{
    DEFER
    {
        atomic_fetch_add(&detached_ended, 1);
    };
    if (argument != NULL)
        panic("a detached thread says %s", (const char *)argument);
    return 0;
}

static void wait_for_threads(unsigned count)
{
    while (thread_count() > count)
        thread_yield();
}

TEST(thread_detached_is_freed_at_its_end)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    unsigned threads = thread_count();
    atomic_store(&detached_ended, 0);
    for (unsigned i = 0; i < 10; i++)
        thread_start(thread_create("detached", end_detached, i % 2 == 0 ? NULL : "nothing", THREAD_DETACHED));
    struct thread *thread = run_thread(end_detached, NULL);
    thread_detach(thread);
    wait_for_threads(threads);
    CHECK_EQUAL(atomic_load(&detached_ended), 11);
}

TEST(thread_detached_after_its_end)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    unsigned threads = thread_count();
    struct thread *thread = run_thread(end_detached, NULL);
    while (*(volatile enum thread_state *)&thread->state != THREAD_ENDED)
        thread_yield();
    thread_detach(thread);
    wait_for_threads(threads);
}

TEST(thread_killed_is_reported)
{
    if (!CONFIG_LOG || !CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_LOG and CONFIG_PANIC_UNWIND");
    unsigned threads = thread_count();
    thread_start(thread_create("victim", end_detached, "ouch", THREAD_DETACHED));
    wait_for_threads(threads);
    CHECK(test_was_logged("thread victim is killed: a detached thread says ouch"));
}

/* Its parent could have been told, but does not want to. */
TEST(thread_killed_is_reported_when_it_is_detached_later)
{
    if (!CONFIG_LOG || !CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_LOG and CONFIG_PANIC_UNWIND");
    struct thread *thread = run_thread(panic_by_call, "too late");
    while (*(volatile enum thread_state *)&thread->state != THREAD_ENDED)
        thread_yield();
    CHECK(!test_was_logged("thread child is killed: the child says too late"));
    unsigned threads = thread_count();
    thread_detach(thread);
    wait_for_threads(threads - 1);
    CHECK(test_was_logged("thread child is killed: the child says too late"));
}

FATAL_TEST(thread_detached_fatal, "panic: a detached thread says it matters ... thread detached")
{
    thread_detached_fatal = true;
    thread_start(thread_create("detached", end_detached, "it matters", THREAD_DETACHED));
    wait_for_threads(0);
}
