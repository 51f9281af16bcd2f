/* SPDX-License-Identifier: 0BSD */
/*
 * A test kernel's init(): owns the running of tests inside the kernel and what is printed of it. Result lines are
 * written whole; details of a failure come before its line as diagnostics. Judging the output is scripts/test's work.
 */
#include <ossa/cmdline.h>
#include <ossa/errno.h>
#include <ossa/init.h>
#include <ossa/string.h>
#include <ossa/test.h>

static bool test_failed;
static const char *test_skipped; /* the reason, or NULL */

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

static bool run_one(const struct test *test, unsigned number)
{
    test_failed = false;
    test_skipped = NULL;
    test->run();
    console_printf("%sok %u %s%s%s\n", test_failed ? "not " : "", number, test->name,
                   test_skipped == NULL ? "" : " # SKIP ", test_skipped == NULL ? "" : test_skipped);
    return !test_failed;
}

static int run_all(void)
{
    unsigned count = 0, number = 0, failed = 0;
    SET_EACH (struct test, test, tests)
        count += test->words == NULL;
    console_printf("\nKTAP version 1\n1..%u\n", count);
    SET_EACH (struct test, test, tests) {
        if (test->words == NULL)
            failed += !run_one(test, ++number);
    }
    return failed != 0 || count == 0;
}

static int run_named(const char *name)
{
    SET_EACH (struct test, test, tests) {
        if (strcmp(test->name, name) != 0)
            continue;
        console_printf("\nKTAP version 1\n1..1\n");
        if (test->words == NULL)
            return !run_one(test, 1);
        console_printf("# fatal: status %u, words: %s\n", test->status, test->words);
        test->run();
        if (test_skipped != NULL)
            console_printf("ok 1 %s # SKIP %s\n", test->name, test_skipped);
        else
            console_printf("not ok 1 %s survived\n", test->name);
        return test_skipped == NULL;
    }
    console_printf("test=%s: no such test\n", name);
    return 1;
}

/* For scripts/test, which boots the fatal ones by name and wants each of the others to have run. */
static int list_all(void)
{
    SET_EACH (struct test, test, tests) {
        if (test->words == NULL)
            console_printf("# test %s\n", test->name);
        else
            console_printf("# fatal %s %u %s\n", test->name, test->status, test->words);
    }
    return 0;
}

int init(void)
{
    char name[64];
    if (cmdline_find(boot_info->command_line, "test", name, sizeof(name)) == -ENOENT)
        return run_all();
    return strcmp(name, "?") == 0 ? list_all() : run_named(name);
}
