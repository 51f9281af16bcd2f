/* SPDX-License-Identifier: 0BSD */
/*
 * Panics that are caught: a panic_catch() is in force, and nothing forbids it (docs/panic.md). Then the stack is
 * unwound, every cleanup of every live frame runs, and panic_catch() returns. The work is kernel/unwind/'s.
 */
#pragma once

#include <ossa/cpu.h>
#include <ossa/panic.h>

/*
 * Calls function(argument). Returns false when it returns; true when it panicked and was unwound, with what happened in
 * *record (which may be NULL). Nests, also in cleanups. Not from interrupt handlers. Interrupts are as they were at the
 * call. Without CONFIG_PANIC_UNWIND it only calls. Each catch is logged; after panic_catch_limit of them (10,000) the
 * next panic is fatal, so that a kernel does not limp for ever.
 */
static inline bool panic_catch(void (*function)(void *argument), void *argument, struct panic_record *record);

extern unsigned panic_catch_limit;

/* Panics again with what has been caught: for a handler that does not know what to do with it. */
static inline _Noreturn void panic_again(const struct panic_record *record);

/* How many unwindings are under way in this thread: 0, or more while cleanups run. */
static inline unsigned panic_level(void);

/* Where the panic was that is being unwound; place is NULL if it was by action. For what cleanups leave behind. */
void panic_tell_poison(uint64_t *pc, const struct panic_place **place);

bool unwind_catch(void (*function)(void *argument), void *argument, struct panic_record *record);
_Noreturn void unwind_panic_again(const struct panic_record *record);

static inline bool panic_catch(void (*function)(void *argument), void *argument, struct panic_record *record)
{
    if (CONFIG_PANIC_UNWIND)
        return unwind_catch(function, argument, record);
    function(argument);
    return false;
}

static inline void panic_again(const struct panic_record *record)
{
    if (CONFIG_PANIC_UNWIND)
        unwind_panic_again(record);
    panic_final("panic_again: nothing can have been caught");
}

static inline unsigned panic_level(void)
{
    return CONFIG_PANIC_UNWIND ? thread_this()->panic_level : 0;
}
