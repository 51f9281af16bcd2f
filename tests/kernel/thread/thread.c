/* SPDX-License-Identifier: 0BSD */
/*
 * The life of threads: values, panics that the parent catches, what they leave behind, which is nothing; and what a
 * thread has of its own.
 */
#include <ossa/guard.h>
#include <ossa/heap.h>
#include <ossa/interrupt.h>
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
