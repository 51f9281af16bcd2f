/* SPDX-License-Identifier: 0BSD */
/*
 * Panic: the kernel found itself broken and says so. By call (panic, ASSERT, BUG) or by action (a trap); the record and
 * the report are the same. Takes no lock, allocates nothing, works in any context, inside itself too. Unless it is
 * caught (catch.h) no cleanup runs, and the end of the machine follows the report.
 */
#pragma once

#include <arch/frame.h>
#include <ossa/layout.h>
#include <ossa/trap.h>
#include <stdbool.h>

/* Where a call stands in the source. */
struct panic_place {
    const char *file;
    const char *function;
    unsigned line;
    bool is_final; /* a panic there is never caught */
};

#define PANIC_PLACE PANIC_PLACE_OF(false)

#define PANIC_PLACE_OF(is_final)                                                                     \
    __extension__({                                                                                  \
        static const struct panic_place panic_place_here = {__FILE__, __func__, __LINE__, is_final}; \
        &panic_place_here;                                                                           \
    })

#define PANIC_REASON_BYTES 256
#define PANIC_CALLS_MAX    32

/* All that is known of a panic. Complete before the first cleanup runs; a copy stays valid for ever. */
struct panic_record {
    char reason[PANIC_REASON_BYTES];
    const struct panic_place *place; /* by call; NULL: by action */
    struct trap trap;                /* by action */
    struct arch_frame frame;         /* registers, at the call or the trap */
    unsigned cpu;                    /* its number */
    char thread[THREAD_NAME_MAX];
    uint64_t ticks; /* arch_ticks() */
    size_t call_count;
    uint64_t calls[PANIC_CALLS_MAX]; /* pc, then return addresses, newest first */
    const char *calls_end;           /* why there are no more: "end of stack", ... */
};

/* Reports and ends the machine, or unwinds. The arguments are lib/format's; one line, no newline at its end. */
#define panic(...) panic_at(PANIC_PLACE, __VA_ARGS__)

/* The same, but no panic_catch() catches it: for what has gone too far for cleanups to run. */
#define panic_final(...) panic_at(PANIC_PLACE_OF(true), __VA_ARGS__)

/* Panics unless the condition holds. Always compiled in; evaluates the condition once. */
#define ASSERT(condition) ((condition) ? (void)0 : panic("assertion failed: %s", #condition))

/* For a place that cannot be reached. */
#define BUG() panic("bug: reached what cannot be reached")

_Noreturn void panic_at(const struct panic_place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/* Panic by action: a trap that nobody handles. */
_Noreturn void panic_trap(struct arch_frame *frame, const struct trap *trap) __attribute__((cold));

/* A report without end: for breakpoints. Goes on when it has printed the frame. */
void panic_report_frame(const struct arch_frame *frame, const struct trap *trap);

/*
 * The steps of a panic, for those parts below. panic_begin() refuses it if one is under way already, else gives the
 * record, in which reason, place or trap, and frame are then filled in. panic_finish() reports it and ends the machine.
 */
struct panic_record *panic_begin(const char *what, uint64_t pc);
_Noreturn void panic_finish(struct panic_record *record, uint64_t interrupts);

/*
 * kernel/unwind/: fills in the record's calls and, if the panic may be caught, unwinds; if not, returns why in words,
 * NULL if just nobody catches.
 */
const char *panic_unwind(struct panic_record *record, uint64_t interrupts);

/* Fills in a record's CPU, thread and time; kernel/unwind/: its calls, from its frame, which is as a trap left it
 * (exact) or as arch_frame_capture() did. kernel/report/: the same without tables. */
void panic_identify(struct panic_record *record);
void panic_trace(struct panic_record *record, bool exact);
void report_guess_calls(struct panic_record *record);

/* kernel/report/: the calls, guessed if need be, the last messages, and the end of the machine if panic= chose one. */
void report_finish(struct panic_record *record);

/* kernel/cpu/, for a panic that nobody catches, or, without record, the end of the machine: stops the other CPUs.
 * Returns on the first CPU to come here only; others leave their record for its report and stand still. */
void cpu_stop_others(const struct panic_record *record);
