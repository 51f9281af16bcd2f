/* SPDX-License-Identifier: 0BSD */
/*
 * Tests that run inside the kernel. A test is a function in any file of tests/kernel/ (or arch/<a>/tests/); nothing
 * else is edited to add one:
 *
 *     TEST(name)
 *     {
 *         CHECK(2 + 2 == 4);                  // says so and goes on if it does not hold
 *         REQUIRE(pointer != NULL);           // and leaves the test
 *         if (!arch_has_it())
 *             SKIP("why it cannot be tested here");
 *     }
 *
 *     FATAL_TEST(name, "words of the report") { ... }    // must end the machine with these words and MACHINE_PANIC
 *
 * The command line says what runs: nothing, every TEST but the soak_ ones in one boot; test=name,other,start*, those of
 * these names, where a `*` at the end stands for any ending; test=name of a FATAL_TEST, that one, which runs in no
 * other way; test=?, none, they are listed. " ... " in a FATAL_TEST's words stands for any text. Output is KTAP
 * version 1 (Linux, Documentation/dev-tools/ktap.rst). scripts/test starts them all and judges.
 *
 * What is random starts from test_seed(). A test soak_<name> repeats itself for as long as it is told to:
 *
 *     TEST(soak_name)
 *     {
 *         uint64_t random = test_seed();
 *         while (test_soak_goes_on())
 *             REQUIRE(works_with(test_random(&random)));
 *     }
 */
#pragma once

#include <ossa/arch.h>
#include <ossa/catch.h>
#include <ossa/console.h>
#include <ossa/image.h>
#include <ossa/machine.h>

struct test {
    const char *name;
    void (*run)(void);
    const char *words; /* for a fatal test: what the output must contain; NULL otherwise */
    unsigned status;   /* for a fatal test: what the machine must end with */
};
extern const struct test tests_start[], tests_end[];

#define TEST_DEFINE(test_name, test_words, test_status)                                                         \
    static void test_run_##test_name(void);                                                                     \
    static const struct test test_##test_name SET_MEMBER(tests, test_name) = {#test_name, test_run_##test_name, \
                                                                              test_words, test_status};         \
    static void test_run_##test_name(void)

#define TEST(name)              TEST_DEFINE(name, NULL, MACHINE_SUCCESS)
#define FATAL_TEST(name, words) TEST_DEFINE(name, words, MACHINE_PANIC)

/* Like FATAL_TEST, for those that end otherwise: with another MACHINE_ status, or MACHINE_VANISHED without any. */
#define MACHINE_VANISHED                       125 /* scripts/run says so */
#define FATAL_TEST_STATUS(name, words, status) TEST_DEFINE(name, words, status)

#define CHECK(condition)                               \
    do {                                               \
        if (!(condition))                              \
            test_fail(__FILE__, __LINE__, #condition); \
    } while (0)

#define REQUIRE(condition)                             \
    do {                                               \
        if (!(condition)) {                            \
            test_fail(__FILE__, __LINE__, #condition); \
            return;                                    \
        }                                              \
    } while (0)

#define SKIP(reason)       \
    do {                   \
        test_skip(reason); \
        return;            \
    } while (0)

/* Compares two numbers; says both if they differ. */
#define CHECK_EQUAL(got, want)                                                \
    do {                                                                      \
        uint64_t check_got = (uint64_t)(got), check_want = (uint64_t)(want);  \
        if (check_got != check_want)                                          \
            test_fail_equal(__FILE__, __LINE__, #got, check_got, check_want); \
    } while (0)

void test_fail(const char *file, int line, const char *condition);
void test_fail_equal(const char *file, int line, const char *what, uint64_t got, uint64_t want);
void test_skip(const char *reason);

/* seed= on the command line, or another number each time; printed, so that a run can be repeated. */
uint64_t test_seed(void);

/* The next of a series of random numbers (xorshift: Marsaglia, Journal of Statistical Software 8/14). */
static inline uint64_t test_random(uint64_t *series)
{
    uint64_t next = *series == 0 ? 1 : *series;
    next ^= next << 13;
    next ^= next >> 7;
    next ^= next << 17;
    *series = next;
    return next * 0x9e3779b97f4a7c15; /* the low bits are not random without */
}

/* Whether the last 4 KiB of the log have these words. Skip what asks where there is no CONFIG_LOG. */
bool test_was_logged(const char *words);

/* GUARD(test_catches): panics are caught without a limit, to the end of the scope. */
struct test_catches_guard {
    unsigned limit;
};

static inline struct test_catches_guard test_catches_guard_take(void)
{
    struct test_catches_guard guard = {0};
    if (CONFIG_PANIC_UNWIND) {
        guard.limit = panic_catch_limit;
        panic_catch_limit = UINT32_MAX;
    }
    return guard;
}

static inline void test_catches_guard_release(struct test_catches_guard *guard)
{
    if (CONFIG_PANIC_UNWIND)
        panic_catch_limit = guard->limit;
}

/* Whether the test that runs has not yet run for soak= seconds of the command line, or one. */
bool test_soak_goes_on(void);
