/* SPDX-License-Identifier: 0BSD */
/*
 * Cleanups of live variables run once each, in reverse order, in every shape of frame that GCC makes. Faults come from
 * a load that GCC cannot see through; the contract is that of GCC's own tests of cleanups and forced unwinding.
 */
#include <ossa/guard.h>
#include <ossa/test.h>

#define NOINLINE __attribute__((noinline))
#define PLAIN    __attribute__((noinline, no_sanitize_undefined))

static unsigned trace[512], trace_count;

static NOINLINE void note(const unsigned *value)
{
    if (trace_count < 512)
        trace[trace_count++] = *value;
}

#define NOTED __attribute__((cleanup(note))) const unsigned

static PLAIN int fault(void)
{
    return *(volatile int *)16;
}

static NOINLINE void stop(bool by_call)
{
    if (by_call)
        panic("stop");
    fault();
}

static bool run(void (*function)(void *), bool by_call)
{
    trace_count = 0;
    return panic_catch(function, &by_call, NULL);
}

/* Runs both ways of ending; the trace must be these numbers. */
#define CHECK_TRACE(function, ...)                                      \
    do {                                                                \
        static const unsigned want[] = {__VA_ARGS__};                   \
        for (unsigned by_call = 0; by_call < 2; by_call++) {            \
            CHECK(run(function, by_call));                              \
            CHECK_EQUAL(trace_count, sizeof(want) / sizeof(*want));     \
            for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++) \
                CHECK_EQUAL(trace[i], want[i]);                         \
        }                                                               \
    } while (0)

static void in_order(void *argument)
{
    NOTED a = 1;
    NOTED b = 2;
    {
        NOTED inner = 3;
        (void)inner;
    }
    NOTED c = 4;
    stop(*(bool *)argument);
    NOTED never = 5;
    (void)a, (void)b, (void)c, (void)never;
}

TEST(cleanup_reverse_order)
{
    CHECK_TRACE(in_order, 3, 4, 2, 1);
}

static void in_loop(void *argument)
{
    for (unsigned i = 0;; i++) {
        NOTED each = i;
        if (i == 2)
            stop(*(bool *)argument);
        (void)each;
    }
}

TEST(cleanup_in_loop)
{
    CHECK_TRACE(in_loop, 0, 1, 2);
}

static void with_goto(void *argument)
{
    unsigned round = 0;
    NOTED outer = 9;
again : {
    NOTED left = round;
    if (round++ == 0)
        goto again;
    stop(*(bool *)argument);
    (void)left;
}
    (void)outer;
}

TEST(cleanup_after_goto)
{
    CHECK_TRACE(with_goto, 0, 1, 9);
}

static NOINLINE void use(volatile char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++)
        memory[i] = (char)i;
}

static void with_alloca(void *argument)
{
    NOTED a = 1;
    volatile unsigned size = 100;
    use(__builtin_alloca(size), size);
    NOTED b = 2;
    use(__builtin_alloca(2 * size), size);
    stop(*(bool *)argument);
    (void)a, (void)b;
}

TEST(cleanup_with_alloca)
{
    CHECK_TRACE(with_alloca, 2, 1);
}

static void over_aligned(void *argument)
{
    NOTED a = 1;
    volatile char aligned[64] __attribute__((aligned(64)));
    use(aligned, sizeof(aligned));
    NOTED b = (uintptr_t)aligned % 64 == 0 ? 2 : 99;
    stop(*(bool *)argument);
    use(aligned, sizeof(aligned));
    (void)a, (void)b;
}

TEST(cleanup_in_over_aligned_frame)
{
    CHECK_TRACE(over_aligned, 2, 1);
}

static void large_frame(void *argument)
{
    volatile char large[6000];
    NOTED a = 1;
    use(large, sizeof(large));
    stop(*(bool *)argument);
    (void)a;
}

TEST(cleanup_in_large_frame)
{
    CHECK_TRACE(large_frame, 1);
}

static volatile unsigned deepest = 299;

static NOINLINE unsigned deep(unsigned depth, bool by_call)
{
    NOTED a = depth;
    if (depth == deepest)
        stop(by_call);
    return depth > deepest ? 0 : deep(depth + 1, by_call) + a;
}

static void three_hundred(void *argument)
{
    deep(0, *(bool *)argument);
}

TEST(cleanup_of_many_frames)
{
    CHECK(run(three_hundred, true));
    CHECK_EQUAL(trace_count, 300);
    for (unsigned i = 0; i < trace_count; i++)
        CHECK_EQUAL(trace[i], 299 - i);
}

static NOINLINE void tail(bool by_call)
{
    stop(by_call);
}

static void with_tail_call(void *argument)
{
    {
        NOTED a = 1;
        (void)a;
    }
    tail(*(bool *)argument);
}

TEST(cleanup_before_tail_call)
{
    CHECK_TRACE(with_tail_call, 1);
}

static NOINLINE __attribute__((cold)) void rarely(bool by_call)
{
    NOTED a = 2;
    stop(by_call);
    (void)a;
}

static void hot_and_cold(void *argument)
{
    NOTED a = 1;
    if (__builtin_expect(trace_count == 0, 0))
        rarely(*(bool *)argument);
    (void)a;
}

TEST(cleanup_of_cold_code)
{
    CHECK_TRACE(hot_and_cold, 2, 1);
}

static NOINLINE int nothrow_looking(const volatile int *va)
{
    return *va; /* GCC may think that a load cannot fail */
}

static PLAIN void callee_loads(void *argument)
{
    NOTED a = 1;
    if (!*(bool *)argument)
        nothrow_looking((const volatile int *)32);
    panic("stop");
    (void)a;
}

TEST(cleanup_when_callee_faults)
{
    CHECK_TRACE(callee_loads, 1);
}

static void defer_sees_locals(void *argument)
{
    unsigned local = 1;
    DEFER
    {
        note(&local);
    };
    local = 2;
    stop(*(bool *)argument);
}

TEST(cleanup_defer_sees_locals)
{
    CHECK_TRACE(defer_sees_locals, 2);
}

static void put(unsigned *value)
{
    note(value);
}
OWNER_DEFINE(put, unsigned)

static unsigned owned_values[] = {1, 2, 3};

static unsigned *hand_on(void)
{
    OWNED(put) unsigned *kept = &owned_values[0];
    return KEEP(kept);
}

static void owns(void *argument)
{
    OWNED(put) unsigned *first = hand_on();
    OWNED(put) unsigned *second = &owned_values[1];
    OWNED(put) unsigned *none = NULL;
    stop(*(bool *)argument);
    (void)first, (void)second, (void)none;
}

TEST(cleanup_owned_pointers)
{
    CHECK_TRACE(owns, 2, 1);
}

/* Values that live in callee-saved registers across a catch must be there afterwards. */
TEST(cleanup_keeps_callee_saved_registers)
{
    volatile uint64_t seed = 0x1234567890abcdef;
    uint64_t a = seed * 3, b = seed * 5, c = seed * 7, d = seed * 11, e = seed * 13, f = seed * 17, g = seed * 19;
    CHECK(run(in_order, true));
    CHECK(run(in_order, false));
    CHECK(a == seed * 3 && b == seed * 5 && c == seed * 7 && d == seed * 11);
    CHECK(e == seed * 13 && f == seed * 17 && g == seed * 19);
}
