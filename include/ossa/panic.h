/* SPDX-License-Identifier: 0BSD */
/*
 * Panic: the kernel found itself broken and says so. By call (panic, ASSERT, BUG) or by action (a trap); the report is
 * the same. Takes no lock, allocates nothing, works in any context, inside itself too. The final action is the option
 * panic= on the command line: halt, poweroff (the default) or reboot.
 */
#pragma once

#include <ossa/trap.h>
#include <stdbool.h>

struct boot_info;

/* Where a call stands in the source. */
struct panic_place {
    const char *file;
    const char *function;
    unsigned line;
};

#define PANIC_PLACE                                                                        \
    __extension__({                                                                        \
        static const struct panic_place panic_place_here = {__FILE__, __func__, __LINE__}; \
        &panic_place_here;                                                                 \
    })

/* Reports and ends the machine. The arguments are lib/format's; one line, no newline at its end. */
#define panic(...) panic_at(PANIC_PLACE, __VA_ARGS__)

/* Panics unless the condition holds. Always compiled in; evaluates the condition once. */
#define ASSERT(condition) ((condition) ? (void)0 : panic("assertion failed: %s", #condition))

/* For a place that cannot be reached. */
#define BUG() panic("bug: reached what cannot be reached")

/* Reports a condition that should not hold, and goes on. Gives the condition, so that it can stand in an if. */
#define WARN(condition)                          \
    __extension__({                              \
        bool warn_condition = (condition);       \
        if (warn_condition)                      \
            panic_warn(PANIC_PLACE, #condition); \
        warn_condition;                          \
    })

_Noreturn void panic_at(const struct panic_place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/* Panic by action: a trap that nobody handles. */
_Noreturn void panic_trap(struct arch_frame *frame, const struct trap *trap) __attribute__((cold));

/* The report behind WARN, counted in panic_warn_count. */
void panic_warn(const struct panic_place *place, const char *condition) __attribute__((cold));
extern unsigned panic_warn_count;

/* A report without end: for breakpoints. Goes on when it has printed the frame. */
void panic_report_frame(const struct arch_frame *frame, const struct trap *trap);

/* Reads panic= from the command line. */
void panic_init(const struct boot_info *info);

/* True while a panic is being reported: then nothing may wait or recurse. */
bool panic_in_progress(void);
