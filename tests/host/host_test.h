/* SPDX-License-Identifier: 0BSD */
/*
 * The harness of the host tests: one program a test file, KTAP version 1 on standard output, exit status 1 when a test
 * failed or there was none. HOST_TEST(name) { ... } registers itself; tests run in the order written.
 *
 * A test file includes this header first (it brings the C library, under the C library's names), then "prefix.h", then
 * the headers under test: from there on each name that lib/ defines means ours. What is needed of the C library under
 * such a name is kept before prefix.h is included: LIBC(memcpy); makes libc_memcpy. The macros below call no such name.
 */
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBC(function) static __typeof__(function) *const libc_##function = function

struct host_test {
    const char *name;
    void (*run)(void);
    struct host_test *next;
};

static struct host_test *host_test_first, **host_test_end = &host_test_first;
static unsigned host_test_failures;
static const char *host_test_skipped;
static uint64_t host_test_random;

#define HOST_TEST(test)                                            \
    static void test(void);                                        \
    __attribute__((constructor)) static void test##_register(void) \
    {                                                              \
        static struct host_test entry = {#test, test, NULL};       \
        *host_test_end = &entry;                                   \
        host_test_end = &entry.next;                               \
    }                                                              \
    static void test(void)

/* Each evaluates its arguments once, is true when they hold, and lets the test go on. CHECK_EQ: integers and pointers'
 * values. */
#define CHECK(condition)     host_test_check(condition, __FILE__, __LINE__, #condition)
#define CHECK_EQ(got, want)  host_test_check_eq((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) host_test_check_str(got, want, __FILE__, __LINE__, #got)

/* Leave the test: as a failure when the condition does not hold, or as skipped. */
#define REQUIRE(condition)     \
    do {                       \
        if (!CHECK(condition)) \
            return;            \
    } while (0)
#define SKIP(reason)                \
    do {                            \
        host_test_skipped = reason; \
        return;                     \
    } while (0)

/* Counts a failure and says it as a KTAP diagnostic; the first ten of a test are enough to read. */
__attribute__((format(printf, 3, 4), unused)) static void host_test_fail(const char *file, int line, const char *text,
                                                                         ...)
{
    va_list arguments;

    if (host_test_failures++ >= 10)
        return;
    printf("# %s:%d: ", file, line);
    va_start(arguments, text);
    vprintf(text, arguments);
    va_end(arguments);
    putchar('\n');
}

__attribute__((unused)) static bool host_test_check(bool held, const char *file, int line, const char *expression)
{
    if (!held)
        host_test_fail(file, line, "%s: got false want true", expression);
    return held;
}

__attribute__((unused)) static bool host_test_check_eq(intmax_t got, intmax_t want, const char *file, int line,
                                                       const char *expression)
{
    if (got != want)
        host_test_fail(file, line, "%s: got %jd (%#jx) want %jd (%#jx)", expression, got, (uintmax_t)got, want,
                       (uintmax_t)want);
    return got == want;
}

__attribute__((unused)) static bool host_test_check_str(const char *got, const char *want, const char *file, int line,
                                                        const char *expression)
{
    bool equal = got && want ? strcmp(got, want) == 0 : got == want;

    if (!equal)
        host_test_fail(file, line, "%s: got \"%s\" want \"%s\"", expression, got ? got : "(null)",
                       want ? want : "(null)");
    return equal;
}

/* The next of a sequence that OSSA_SEED in the environment decides, begun anew for each test (Marsaglia, "Xorshift
 * RNGs", 2003). */
__attribute__((unused)) static uint64_t host_random(void)
{
    host_test_random ^= host_test_random << 13;
    host_test_random ^= host_test_random >> 7;
    host_test_random ^= host_test_random << 17;
    return host_test_random;
}

/* How often to do at random what is done `times` times in make test; OSSA_TIMES in the environment multiplies that. */
__attribute__((unused)) static uint64_t host_times(uint64_t times)
{
    const char *text = getenv("OSSA_TIMES");

    return times * (text ? strtoull(text, NULL, 0) : 1);
}

int main(void)
{
    const char *text = getenv("OSSA_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 0x055a;
    unsigned count = 0, number = 0, failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct host_test *test = host_test_first; test; test = test->next)
        count++;
    printf("KTAP version 1\n1..%u\n# seed %#" PRIx64 "\n", count, seed);
    for (struct host_test *test = host_test_first; test; test = test->next) {
        host_test_failures = 0;
        host_test_skipped = NULL;
        host_test_random = seed ? seed : 1;
        test->run();
        if (host_test_failures > 10)
            printf("# and %u more\n", host_test_failures - 10);
        printf("%s %u %s%s%s\n", host_test_failures ? "not ok" : "ok", ++number, test->name,
               host_test_skipped ? " # SKIP " : "", host_test_skipped ? host_test_skipped : "");
        failed += host_test_failures > 0;
    }
    return failed || !count;
}
