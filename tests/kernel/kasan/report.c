/* SPDX-License-Identifier: 0BSD */
/*
 * What is found ends the machine, in these words, and no panic_catch() catches it.
 */
#include "found.h"

#define FINAL CONFORMANCE_OBJECTION("a panic of this kind cannot be caught")
#include <ossa/conformance.h>

static __attribute__((noinline)) void write_behind(void *argument)
{
    uint32_t array[5];
    (void)argument;
    HIDDEN(&array[0])[HIDDEN(5)] = 1;
}

FATAL_TEST(kasan_report_stack,
           "variables 1 32 20 8 array: ... panic: kasan: stack out of bounds: write of 4 bytes at 0x" FINAL
               CONFORMANCE_CALL(write_behind))
{
    panic_catch(write_behind, NULL, NULL);
}

static char global[10];

FATAL_TEST(kasan_report_global,
           "00[02]f9 ... panic: kasan: global out of bounds: read of 1 byte at 0x" CONFORMANCE_CALL(
               test_run_kasan_report_global))
{
    READ(global + 10);
}

/* A size below zero is the most there can be. */
FATAL_TEST(
    kasan_report_memmove,
    "panic: kasan: out of bounds: write of 18446744073709551614 bytes at 0x ... calls, newest first ... memmove+")
{
    memmove(HIDDEN(global), HIDDEN(global) + 4, HIDDEN(-2ul));
}

/* In a function that the panic calls: it is fatal there too, without a word of the first. */
FATAL_TEST_STATUS(kasan_report_in_panic, "kasan: the shadow ... panic: again while reporting", MACHINE_NESTED)
{
    panic("%s", HIDDEN(global) + 10);
}
