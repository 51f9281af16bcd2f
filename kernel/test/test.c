/* SPDX-License-Identifier: 0BSD */
/*
 * A test kernel's init(): owns the running of tests inside the kernel and what is printed of it. Result lines are
 * written whole; details of a failure come before its line as diagnostics. Judging the output is scripts/test's work.
 */
#include <ossa/clock.h>
#include <ossa/cmdline.h>
#include <ossa/errno.h>
#include <ossa/init.h>
#include <ossa/log_ring.h>
#include <ossa/option.h>
#include <ossa/string.h>
#include <ossa/test.h>

static bool test_failed;
static const char *test_skipped; /* the reason, or NULL */
static uint64_t test_begin;      /* of the test that runs, ns */

void test_fail(const char *file, int line, const char *condition)
{
    test_failed = true;
    console_printf("# %s:%d: does not hold: %s\n", file, line, condition);
}

void test_fail_equal(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
    test_failed = true;
    console_printf("# %s:%d: %s: got %#lx, want %#lx\n", file, line, what, got, want);
}

void test_skip(const char *reason)
{
    test_skipped = reason;
}

uint64_t test_seed(void)
{
    uint64_t seed = option_read_number(boot_info->command_line, "seed", UINT64_MAX, arch_ticks() % 1000000000);
    console_printf("# seed=%lu\n", seed);
    return seed;
}

bool test_was_logged(const char *words)
{
    static char text[4096];
    if (!CONFIG_LOG)
        return false;
    size_t length = log_read_last(text, sizeof(text)), words_length = strlen(words);
    for (size_t i = 0; i + words_length <= length; i++)
        if (memcmp(text + i, words, words_length) == 0)
            return true;
    return false;
}

/* Nanoseconds, or at 10^9 Hz what nobody knows the rate of. */
static uint64_t read_clock(void)
{
    if (CONFIG_TIME)
        return clock_ns();
    uint64_t ticks = arch_ticks(), hz = boot_info->ticks_hz == 0 ? NS_PER_S : boot_info->ticks_hz;
    return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

bool test_soak_goes_on(void)
{
    return read_clock() - test_begin <
           option_read_number(boot_info->command_line, "soak", UINT64_MAX / NS_PER_S, 1) * NS_PER_S;
}

static bool run_one(const struct test *test, unsigned number)
{
    test_failed = false;
    test_skipped = NULL;
    test_begin = read_clock();
    test->run();
    console_printf("%sok %u %s%s%s\n", test_failed ? "not " : "", number, test->name,
                   test_skipped == NULL ? "" : " # SKIP ", test_skipped == NULL ? "" : test_skipped);
    return !test_failed;
}

/* Whether one of the names, separated by commas, is `name`; one with a `*` at its end is all that begin so. */
static bool is_among(const char *name, const char *names)
{
    while (true) {
        const char *end = names;
        while (*end != '\0' && *end != ',')
            end++;
        size_t length = end - names;
        bool begins = length > 0 && end[-1] == '*';
        if (strncmp(name, names, length - begins) == 0 && (begins || name[length] == '\0'))
            return true;
        if (*end == '\0')
            return false;
        names = end + 1;
    }
}

/* names: what test= says, or NULL. */
static bool is_chosen(const struct test *test, const char *names)
{
    if (test->words != NULL)
        return false;
    return names == NULL ? strncmp(test->name, "soak_", 5) != 0 : is_among(test->name, names);
}

static int run_chosen(const char *names)
{
    unsigned count = 0, number = 0, failed = 0;
    SET_EACH (test, tests)
        count += is_chosen(test, names);
    console_printf("\nKTAP version 1\n1..%u\n", count);
    SET_EACH (test, tests) {
        if (is_chosen(test, names))
            failed += !run_one(test, ++number);
    }
    if (count == 0)
        console_printf("test=%s: no such test\n", names == NULL ? "" : names);
    return failed != 0 || count == 0;
}

/* For scripts/test, which boots the fatal ones by name and wants each of the others to have run. */
static int list_all(void)
{
    SET_EACH (test, tests) {
        if (test->words == NULL)
            console_printf("# test %s\n", test->name);
        else
            console_printf("# fatal %s %u %s\n", test->name, test->status, test->words);
    }
    return 0;
}

static int run_fatal(const struct test *test)
{
    console_printf("\nKTAP version 1\n1..1\n# fatal: status %u, words: %s\n", test->status, test->words);
    test_skipped = NULL;
    test->run();
    if (test_skipped != NULL)
        console_printf("ok 1 %s # SKIP %s\n", test->name, test_skipped);
    else
        console_printf("not ok 1 %s survived\n", test->name);
    return test_skipped == NULL;
}

int init(void)
{
    char names[128];
    int length = cmdline_find(boot_info->command_line, "test", names, sizeof(names));
    if (length == -E2BIG) {
        console_printf("test=: more than %zu characters\n", sizeof(names) - 1);
        return 1;
    }
    if (length < 0)
        return run_chosen(NULL);
    if (strcmp(names, "?") == 0)
        return list_all();
    SET_EACH (test, tests) {
        if (test->words != NULL && strcmp(test->name, names) == 0)
            return run_fatal(test);
    }
    return run_chosen(names);
}
