/* SPDX-License-Identifier: 0BSD */
/*
 * Conformance cases: bad acts, each with the words it must end in (docs/conformance.md lists them). What is written
 * after the macro is the act. CONFORMANCE defines two tests of it: one uncaught, which must end the machine, and, where
 * panics unwind, <name>_caught, which must be caught. CONFORMANCE_FATAL is for acts that nothing may catch: inside a
 * panic_catch() they must end the machine all the same, and say why.
 */
#pragma once

#include <ossa/test.h>

/* The access itself must trap, not a sanitizer's check before it. */
#define PLAIN __attribute__((noinline, no_sanitize_undefined, no_sanitize("kernel-address")))

#define CONFORMANCE_ACT(name) act_##name(__attribute__((unused)) void *argument)

#define CONFORMANCE(name, words) CONFORMANCE_IF(true, "", name, words)

/* For what only some CPUs notice: where the condition does not hold both are skipped, for the reason given. */
#define CONFORMANCE_IF(condition, excuse, name, words)                                            \
    static void CONFORMANCE_ACT(name);                                                            \
    FATAL_TEST(conformance_##name, "panic: " words CONFORMANCE_CALL(test_run_conformance_##name)) \
    {                                                                                             \
        if (!(condition))                                                                         \
            SKIP(excuse);                                                                         \
        act_##name(NULL);                                                                         \
        __asm__ volatile("" ::: "memory"); /* no tail call */                                     \
    }                                                                                             \
    CONFORMANCE_CAUGHT(condition, excuse, name, words)                                            \
    static PLAIN void CONFORMANCE_ACT(name)

#define CONFORMANCE_FATAL(name, words, objection)                                    \
    static void CONFORMANCE_ACT(name);                                               \
    FATAL_TEST(conformance_##name, "panic: " words CONFORMANCE_OBJECTION(objection)) \
    {                                                                                \
        panic_catch(act_##name, NULL, NULL);                                         \
    }                                                                                \
    static PLAIN void CONFORMANCE_ACT(name)

/* An act that only a sanitizer sees, which is compiled into it. */
#define CONFORMANCE_UBSAN(name)                                                                              \
    static void CONFORMANCE_ACT(name);                                                                       \
    FATAL_TEST(conformance_##name, "panic: undefined behaviour or unreachable code: " CONFORMANCE_OBJECTION( \
                                       "a trap of this kind cannot be caught") CONFORMANCE_CALL(act_##name)) \
    {                                                                                                        \
        if (!CONFIG_UBSAN)                                                                                   \
            SKIP("needs CONFIG_UBSAN");                                                                      \
        panic_catch(act_##name, NULL, NULL);                                                                 \
    }                                                                                                        \
    static __attribute__((noinline)) void CONFORMANCE_ACT(name)

#if CONFIG_PANIC_UNWIND
#define CONFORMANCE_CAUGHT(condition, excuse, name, words)                     \
    TEST(conformance_##name##_caught)                                          \
    {                                                                          \
        static struct panic_record record;                                     \
        if (!(condition))                                                      \
            SKIP(excuse);                                                      \
        REQUIRE(panic_catch(act_##name, NULL, &record));                       \
        CHECK(__builtin_memcmp(record.reason, words, sizeof(words) - 1) == 0); \
        CHECK_EQUAL(panic_level(), 0);                                         \
    }
#define CONFORMANCE_OBJECTION(objection) " ... fatal   " objection
#else
#define CONFORMANCE_CAUGHT(condition, excuse, name, words)
#define CONFORMANCE_OBJECTION(objection)
#endif

/* What the report ends in, and the objection where the walk ended before the catch frame, for the reason given. */
#if CONFIG_PANIC_REPORT
#define CONFORMANCE_REST           " ... calls, newest first ... then "
#define CONFORMANCE_UNREACHED(end) "the panic_catch() in force cannot be reached ... (" end ")"
#else
#define CONFORMANCE_REST           " ... registers"
#define CONFORMANCE_UNREACHED(end) "the panic_catch() in force cannot be reached"
#endif

/* The backtrace must name the culprit. One that is guessed from the stack may miss who called a leaf. */
#if CONFIG_PANIC_REPORT && CONFIG_SYMBOLS && CONFIG_PANIC_UNWIND
#define CONFORMANCE_CALL(function) " ... calls, newest first ... " #function "+0x"
#else
#define CONFORMANCE_CALL(function)
#endif
