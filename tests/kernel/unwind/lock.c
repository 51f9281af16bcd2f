/* SPDX-License-Identifier: 0BSD */
/*
 * Locks and pools across a caught panic: given back, poisoned, counted; and what must stay fatal. The last test is
 * docs/panic.md's example.
 */
#include <ossa/pool.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>
#include <ossa/test.h>

struct message {
    struct message *next;
    char text[24];
};
POOL_DEFINE(message, struct message, 4)

static struct spinlock lock = SPINLOCK("driver lock");
static struct panic_record record;

static void take_and_panic(void *argument)
{
    GUARD(spinlock, &lock);
    panic("%s", (const char *)argument);
}

static void only_take(void *argument)
{
    (void)argument;
    GUARD(spinlock, &lock);
}

TEST(lock_is_released_and_poisoned)
{
    REQUIRE(panic_catch(take_and_panic, "half done", NULL));
    CHECK(thread_this()->newest_lock == NULL);
    REQUIRE(panic_catch(only_take, NULL, &record)); /* the next one is told */
    CHECK(strncmp(record.reason, "driver lock is poisoned by the panic at tests/kernel/unwind/lock.c:", 67) == 0);
    CHECK(spinlock_take_poisoned(&lock));
    spinlock_clear_poison(&lock);
    spinlock_release(&lock);
    CHECK(!panic_catch(only_take, NULL, NULL));
}

static void take_in_cleanup(void *argument)
{
    DEFER
    {
        only_take(NULL);
    };
    panic("%s", (const char *)argument);
}

TEST(lock_taken_by_a_cleanup_is_not_poisoned)
{
    REQUIRE(panic_catch(take_in_cleanup, "cleanup takes", NULL));
    CHECK(!spinlock_take_poisoned(&lock));
    spinlock_release(&lock);
}

static void take_twice(void *argument)
{
    (void)argument;
    GUARD(spinlock, &lock);
    spinlock_take(&lock);
}

TEST(lock_deadlock_is_reported)
{
    REQUIRE(panic_catch(take_twice, NULL, &record));
    CHECK(strncmp(record.reason, "deadlock: driver lock is held already, taken at tests/", 54) == 0);
    CHECK(spinlock_take_poisoned(&lock));
    spinlock_clear_poison(&lock);
    spinlock_release(&lock);
}

static void panic_outside_lock(void *argument)
{
    panic("%s", (const char *)argument);
}

TEST(lock_held_outside_the_catch_stays_held)
{
    spinlock_take(&lock);
    CHECK(panic_catch(panic_outside_lock, "inner", NULL));
    CHECK(thread_this()->newest_lock == &lock.lock);
    spinlock_release(&lock);
}

static void take_without_guard(void *argument)
{
    spinlock_take(&lock);
    panic("%s", (const char *)argument);
}

FATAL_TEST(lock_without_guard, "fatal   driver lock is held without a guard, taken at tests/kernel/unwind/lock.c:")
{
    panic_catch(take_without_guard, "no guard", NULL);
}

/* As a guard is that has nothing but inline assembly under it: GCC makes no landing pad for that. */
static void skip_guard(void *argument)
{
    spinlock_take(&lock);
    lock.lock.guarded = true;
    panic("%s", (const char *)argument);
}

FATAL_TEST(lock_of_a_skipped_guard, "panic: driver lock is still held, though the panic of its holder was caught")
{
    panic_catch(skip_guard, "skipped", NULL);
}

static struct spinlock core = CORE_SPINLOCK("run queue");

static void take_core(void *argument)
{
    GUARD(spinlock, &core);
    panic("%s", (const char *)argument);
}

FATAL_TEST(lock_core, "fatal   run queue is held and a core lock, taken at tests/kernel/unwind/lock.c:")
{
    panic_catch(take_core, "in the run queue", NULL);
}

TEST(pool_gives_each_object_once)
{
    struct message *taken[4];
    for (unsigned i = 0; i < 4; i++) {
        taken[i] = message_take();
        REQUIRE(taken[i] != NULL);
        for (unsigned j = 0; j < i; j++)
            CHECK(taken[i] != taken[j]);
    }
    CHECK(message_take() == NULL);
    for (unsigned i = 0; i < 4; i++)
        message_put(taken[i]);
    CHECK_EQUAL(message_pool.taken, 0);
    struct message *again = message_take();
    CHECK(again == taken[3] && again->next == NULL);
    message_put(again);
}

static void put_twice(void *argument)
{
    (void)argument;
    struct message *message = message_take();
    message_put(message);
    message_put(message);
}

static void put_foreign(void *argument)
{
    message_put(argument);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

TEST(pool_refuses_what_is_not_taken)
{
    CHECK(panic_catch(put_twice, NULL, &record));
    CHECK(ends_with(record.reason, "was put back before"));
    CHECK(panic_catch(put_foreign, &record, &record));
    CHECK(ends_with(record.reason, "is none of its objects"));
    CHECK_EQUAL(message_pool.taken, 0);
}

/* The demonstration: a driver panics by action, with a lock and two objects in hand. */
static void driver(void *argument)
{
    GUARD(spinlock, &lock);
    OWNED(message_put) struct message *request = message_take();
    OWNED(message_put) struct message *answer = message_take();
    memcpy(request->text, "read sector 0", 14);
    *(volatile uint32_t *)argument = 1; /* its registers are not there */
    answer->next = request;
}

TEST(panic_in_driver_is_survived)
{
    REQUIRE(panic_catch(driver, (void *)0x10, &record));
    CHECK(strncmp(record.reason, "null pointer write: ", 20) == 0);
    CHECK_EQUAL(message_pool.taken, 0);
    CHECK(thread_this()->newest_lock == NULL);
    CHECK(spinlock_take_poisoned(&lock));
    spinlock_clear_poison(&lock);
    spinlock_release(&lock);
    for (unsigned i = 0; i < 100; i++) {
        REQUIRE(panic_catch(driver, (void *)0x10, NULL));
        REQUIRE(spinlock_take_poisoned(&lock));
        spinlock_clear_poison(&lock);
        spinlock_release(&lock);
    }
    CHECK_EQUAL(message_pool.taken, 0);
}
