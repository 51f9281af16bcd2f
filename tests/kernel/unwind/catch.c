/* SPDX-License-Identifier: 0BSD */
/*
 * panic_catch(): what is caught, what the record says, nesting, and what is left behind: nothing.
 */
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define PLAIN __attribute__((noinline, no_sanitize_undefined))

static struct panic_record record;

static void do_nothing(void *argument)
{
    *(int *)argument += 1;
}

TEST(catch_returns_false_without_panic)
{
    int calls = 0;
    CHECK(!panic_catch(do_nothing, &calls, &record));
    CHECK_EQUAL(calls, 1);
}

static void do_panic(void *argument)
{
    panic("caught with %d", *(int *)argument);
}

TEST(catch_call)
{
    int number = 4711;
    REQUIRE(panic_catch(do_panic, &number, &record));
    CHECK(strcmp(record.reason, "caught with 4711") == 0);
    REQUIRE(record.place != NULL);
    CHECK(strcmp(record.place->function, "do_panic") == 0);
    CHECK_EQUAL(record.cpu, cpu_this()->number);
    CHECK(strcmp(record.thread, thread_this()->name) == 0);
    REQUIRE(record.call_count > 4);
    CHECK(record.calls[0] > (uintptr_t)do_panic && record.calls[0] < (uintptr_t)do_panic + 128);
    CHECK(strcmp(record.calls_end, "end of stack") == 0);
}

static void do_assert(void *argument)
{
    ASSERT(argument == NULL);
}

TEST(catch_assert)
{
    REQUIRE(panic_catch(do_assert, &record, &record));
    CHECK(strcmp(record.reason, "assertion failed: argument == NULL") == 0);
}

static void do_bug(void *argument)
{
    (void)argument;
    BUG();
}

TEST(catch_bug)
{
    CHECK(panic_catch(do_bug, NULL, NULL));
}

static PLAIN void do_write(void *argument)
{
    *(volatile int *)argument = 1;
}

static PLAIN void do_read(void *argument)
{
    (void)*(volatile int *)argument;
}

static PLAIN void do_call(void *argument)
{
    void (*volatile function)(void) = (void (*)(void))(uintptr_t)argument;
    function();
    __asm__ volatile("" : : : "memory");
}

static void check_action(const char *words, enum trap_kind kind, uint64_t va)
{
    CHECK(strncmp(record.reason, words, strlen(words)) == 0);
    CHECK(record.place == NULL);
    CHECK_EQUAL(record.trap.kind, kind);
    if (record.trap.has_va)
        CHECK_EQUAL(record.trap.va, va);
}

TEST(catch_write_fault)
{
    REQUIRE(panic_catch(do_write, (void *)8, &record));
    check_action("null pointer write: ", TRAP_MEMORY, 8);
    CHECK_EQUAL(record.calls[0], arch_frame_pc(&record.frame));
}

TEST(catch_read_fault)
{
    REQUIRE(panic_catch(do_read, (void *)16, &record));
    check_action("null pointer read: ", TRAP_MEMORY, 16);
}

TEST(catch_bad_call)
{
    REQUIRE(panic_catch(do_call, NULL, &record));
    check_action("call of null pointer: ", TRAP_MEMORY, 0);
    REQUIRE(record.call_count > 2);
    CHECK(record.calls[1] > (uintptr_t)do_call && record.calls[1] < (uintptr_t)do_call + 128);
}

TEST(catch_write_rodata)
{
    REQUIRE(panic_catch(do_write, (void *)(uintptr_t)rodata_start, &record));
    check_action("write to read-only data: ", TRAP_MEMORY, (uintptr_t)rodata_start);
}

TEST(catch_write_text)
{
    REQUIRE(panic_catch(do_write, (void *)(uintptr_t)text_start, &record));
    check_action("write to code: ", TRAP_MEMORY, (uintptr_t)text_start);
}

TEST(catch_execute_data)
{
    REQUIRE(panic_catch(do_call, &record, &record));
    check_action("execution of data: ", TRAP_MEMORY, (uintptr_t)&record);
}

TEST(catch_many)
{
    for (unsigned i = 0; i < 100; i++)
        REQUIRE(panic_catch(do_write, (void *)8, NULL));
}

static unsigned order[8], order_count;

static void note(unsigned value)
{
    if (order_count < 8)
        order[order_count++] = value;
}

static void inner(void *argument)
{
    DEFER
    {
        note(1);
    };
    do_panic(argument);
}

static void outer(void *argument)
{
    DEFER
    {
        note(3);
    };
    if (panic_catch(inner, argument, &record)) {
        note(2);
        panic_again(&record);
    }
}

TEST(catch_nests_and_panics_again)
{
    int number = 7;
    struct panic_record second;
    order_count = 0;
    REQUIRE(panic_catch(outer, &number, &second));
    CHECK(strcmp(second.reason, "caught with 7") == 0);
    CHECK_EQUAL(order_count, 3);
    CHECK(order[0] == 1 && order[1] == 2 && order[2] == 3);
}

static void catch_in_cleanup(void *argument)
{
    DEFER
    {
        struct panic_record own;
        bool caught = panic_catch(do_write, (void *)24, &own);
        note(caught && own.trap.va == 24 ? 1 : 0);
    };
    do_panic(argument);
}

TEST(catch_inside_a_cleanup)
{
    int number = 8;
    order_count = 0;
    REQUIRE(panic_catch(catch_in_cleanup, &number, &record));
    CHECK_EQUAL(order_count, 1);
    CHECK_EQUAL(order[0], 1);
    CHECK(strcmp(record.reason, "caught with 8") == 0);
    CHECK_EQUAL(panic_level(), 0);
}

static void check_masked(void *argument)
{
    GUARD(interrupts);
    do_panic(argument);
}

TEST(catch_restores_interrupts)
{
    int number = 9;
    bool before = interrupts_enabled();
    REQUIRE(panic_catch(check_masked, &number, NULL));
    CHECK_EQUAL(interrupts_enabled(), before);
}

FATAL_TEST(catch_uncaught_runs_no_cleanup, "panic: uncaught")
{
    DEFER
    {
        console_printf("# survived\n");
    };
    panic("uncaught");
}

static void cleanup_panics(void *argument)
{
    DEFER
    {
        panic("in a cleanup");
    };
    do_panic(argument);
}

FATAL_TEST(catch_panic_in_cleanup, "fatal   inside a cleanup")
{
    int number = 1;
    panic_catch(cleanup_panics, &number, NULL);
}

static void do_builtin_trap(void *argument)
{
    (void)argument;
    __builtin_trap();
}

FATAL_TEST(catch_not_trap_instruction, "fatal   a trap of this kind cannot be caught")
{
    panic_catch(do_builtin_trap, NULL, NULL);
}

static void do_illegal(void *argument)
{
    (void)argument;
    arch_illegal_instruction();
}

FATAL_TEST(catch_not_illegal_instruction, "fatal   a trap of this kind cannot be caught")
{
    panic_catch(do_illegal, NULL, NULL);
}

static volatile unsigned stop_at = -1u;

static __attribute__((noinline)) unsigned recurse(unsigned depth)
{
    volatile char page[256];
    page[0] = (char)depth;
    return depth == stop_at ? 0 : recurse(depth + 1) + (unsigned)page[0];
}

static void do_overflow(void *argument)
{
    (void)argument;
    recurse(0);
}

FATAL_TEST(catch_not_stack_overflow, "panic: stack overflow")
{
    panic_catch(do_overflow, NULL, NULL);
}

static void do_hold_console(void *argument)
{
    console_take();
    do_panic(argument);
}

FATAL_TEST(catch_not_with_console_held, "fatal   the console is held")
{
    int number = 1;
    panic_catch(do_hold_console, &number, NULL);
}

FATAL_TEST(catch_limit, "fatal   too many panics were caught before")
{
    panic_catch_limit = 3;
    for (unsigned i = 0; i < 3; i++)
        REQUIRE(panic_catch(do_write, (void *)8, NULL));
    panic_catch(do_write, (void *)8, NULL);
}
