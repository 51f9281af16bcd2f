/* SPDX-License-Identifier: 0BSD */
/*
 * Panic: the kernel found itself broken and says so. By call (panic, ASSERT, BUG) or by action (a trap); the record and
 * the report are the same. Takes no lock, allocates nothing, works in any context, inside itself too.
 *
 * If a panic_catch() is in force, and nothing forbids it (docs/panic.md), the stack is unwound: every cleanup of every
 * live frame runs, and panic_catch() returns. Else no cleanup runs and the final action follows the report: panic= on
 * the command line, halt, poweroff (the default) or reboot.
 */
#pragma once

#include <arch/frame.h>
#include <ossa/boot.h>
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

#define PANIC_REASON_BYTES 160
#define PANIC_CALLS_MAX    32

/* All that is known of a panic. Complete before the first cleanup runs; a copy stays valid for ever. */
struct panic_record {
    char reason[PANIC_REASON_BYTES];
    const struct panic_place *place; /* by call; NULL: by action */
    struct trap trap;                /* by action */
    struct arch_frame frame;         /* registers, at the call or the trap */
    uint64_t cpu_id;
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

/* Reports a condition that should not hold, and goes on. Gives the condition, so that it can stand in an if. */
#define WARN(condition)                          \
    __extension__({                              \
        bool warn_condition = (condition);       \
        if (warn_condition)                      \
            panic_warn(PANIC_PLACE, #condition); \
        warn_condition;                          \
    })

/*
 * Calls function(argument). Returns false when it returns; true when it panicked and was unwound, with what happened in
 * *record (which may be NULL). Nests, also in cleanups. Not from interrupt handlers. Interrupts are as they were at the
 * call. Without CONFIG_PANIC_UNWIND it only calls. Each catch is logged; after panic_catch_limit of them (10,000) the
 * next panic is fatal, so that a kernel does not limp for ever.
 */
static inline bool panic_catch(void (*function)(void *argument), void *argument, struct panic_record *record);

extern unsigned panic_catch_limit;

/* How many unwindings are under way: 0, or more while cleanups run. */
static inline unsigned panic_level(void);

/* Where the panic was that is being unwound; place is NULL if it was by action. For what cleanups leave behind. */
void panic_tell_poison(uint64_t *pc, const struct panic_place **place);

/* Panics again with what has been caught: for a handler that does not know what to do with it. */
_Noreturn void panic_again(const struct panic_record *record);

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

/* The stack that sp is in, or has just run out of; false if it is in none that is known. */
bool panic_find_stack(uint64_t sp, uint64_t *low, uint64_t *high);

/*
 * Between this and kernel/unwind/: unwind_start() panics unless the tables are whole. panic_unwind() fills in the
 * record's calls and, if the panic may be caught, unwinds, after panic_leave() has ended the recording; if not, it
 * returns why in words, NULL if just nobody catches.
 */
const char *panic_unwind(struct panic_record *record, uint64_t interrupts);
void panic_leave(uint64_t interrupts);
void unwind_start(void);
bool unwind_catch(void (*function)(void *argument), void *argument, struct panic_record *record);
unsigned unwind_level(void);

static inline bool panic_catch(void (*function)(void *argument), void *argument, struct panic_record *record)
{
    if (CONFIG_PANIC_UNWIND)
        return unwind_catch(function, argument, record);
    function(argument);
    return false;
}

static inline unsigned panic_level(void)
{
    return CONFIG_PANIC_UNWIND ? unwind_level() : 0;
}
