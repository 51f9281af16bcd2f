/* SPDX-License-Identifier: 0BSD */
/*
 * Owns whether a panic is caught, and by whom: panic_catch() on this side of the stack, panic_unwind() on the other.
 * The decision falls before anything is undone. Invariant: a thread's `catch` is its innermost panic_catch() under
 * way; `level` counts the unwindings that were under way when that began, so a panic inside a cleanup sees at once
 * whether its catcher began inside that cleanup too.
 */
#include <ossa/arch.h>
#include <ossa/catch.h>
#include <ossa/console.h>
#include <ossa/init.h>
#include <ossa/lock.h>
#include <ossa/log.h>
#include <ossa/stack.h>
#include <ossa/unwind.h>
#include <stdatomic.h>

struct catch_frame {
    struct catch_frame *outer;
    struct lock *held; /* the newest lock when it began */
    unsigned level;
    struct panic_record *record; /* may be NULL */
    uint64_t panic_pc;
    const struct panic_place *panic_place;
    struct unwind_cursor cursor; /* here, for the frames below are dropped while it is used */
};

static atomic_uint catches;

unsigned panic_catch_limit = 10000;

bool unwind_catch(void (*function)(void *argument), void *argument, struct panic_record *record)
{
    struct catch_frame catch; /* the cursor is not worth clearing */
    uint64_t interrupts = arch_interrupts_save();
    arch_interrupts_restore(interrupts);
    struct thread *thread = thread_this();
    catch.outer = thread->catch;
    catch.held = thread->newest_lock;
    catch.level = thread->panic_level;
    catch.record = record;
    thread->catch = &catch;
    bool caught = arch_unwind_catch(function, argument);
    if (caught) {
        arch_interrupts_save();
        arch_interrupts_restore(interrupts);
    }
    thread->catch = catch.outer;
    thread->panic_level = catch.level;
    /* A guard around nothing but inline assembly has no landing pad: only now is it seen that it was skipped. */
    struct lock *held = thread->newest_lock;
    if (caught && held != catch.held && held != NULL)
        panic_final("%s is still held, though the panic of its holder was caught", held->name);
    return caught;
}

void unwind_start(void)
{
    enum unwind_result result = unwind_check();
    if (result != UNWIND_OK)
        panic("unwind tables: %s", unwind_result_name(result));
}

void panic_tell_poison(uint64_t *pc, const struct panic_place **place)
{
    const struct catch_frame *catch = thread_this()->catch;
    *place = catch->panic_place;
    __atomic_store_n(pc, catch->panic_pc, __ATOMIC_RELEASE); /* last: it tells others that there is poison */
}

bool unwind_find_stack(uint64_t sp, uint64_t *low, uint64_t *high)
{
    return stack_find(sp, low, high);
}

void unwind_failed(const struct unwind_cursor *cursor, enum unwind_result result)
{
    panic("unwinding stopped at %pS: %s", (void *)cursor->pc, unwind_result_name(result));
}

/* GCC gives landing pads to calls, loads, stores and divisions; what else traps may have skipped a held guard. */
static bool is_described(const struct panic_record *record)
{
    static const bool described[] = {
        [TRAP_MEMORY] = true, [TRAP_ALIGNMENT] = true, [TRAP_DIVIDE] = true, [TRAP_PROTECTION] = true};
    return record->place != NULL || (record->trap.kind < sizeof(described) && described[record->trap.kind] &&
                                     !trap_is_stack_overflow(&record->trap, &record->frame));
}

/* Why the panic must not be caught; NULL if it may. */
static const char *find_objection(const struct panic_record *record, const struct unwind_trace *trace)
{
    const struct thread *thread = thread_this();
    const char *lock = lock_find_objection(thread->catch->held);
    if (record->place != NULL && record->place->is_final)
        return "a panic of this kind cannot be caught";
    if (!is_described(record))
        return "a trap of this kind cannot be caught";
    if (trace->trap_in_between)
        return "inside a trap handler";
    if (thread->catch->level != thread->panic_level)
        return "inside a cleanup, and the panic_catch() in force began outside it";
    if (console_is_held())
        return "the console is held";
    if (atomic_load_explicit(&catches, memory_order_relaxed) >= panic_catch_limit)
        return "too many panics were caught before";
    return lock;
}

void unwind_panic_again(const struct panic_record *record)
{
    uint64_t interrupts = arch_interrupts_save();
    struct panic_record *again = panic_begin("panic_again", (uintptr_t)__builtin_return_address(0));
    *again = *record;
    arch_frame_capture(&again->frame); /* the stack that is left to unwind is this one */
    panic_finish(again, interrupts);
}

/* The walk of phase 1, which finds the calls too. */
static void trace_record(struct panic_record *record, struct unwind_cursor *cursor, struct unwind_trace *trace)
{
    *trace = (struct unwind_trace){.calls = record->calls, .max = PANIC_CALLS_MAX};
    unwind_trace(cursor, trace);
    record->call_count = trace->count;
    record->calls_end = unwind_result_name(trace->end);
}

void panic_trace(struct panic_record *record, bool exact)
{
    struct unwind_cursor cursor;
    struct unwind_trace trace;
    unwind_begin(&cursor, &record->frame, exact);
    trace_record(record, &cursor, &trace);
}

const char *panic_unwind(struct panic_record *record, uint64_t interrupts)
{
    struct unwind_cursor cursor;
    struct unwind_trace trace;
    unwind_begin(&cursor, &record->frame, record->place == NULL);
    if (record->place != NULL)
        unwind_step(&cursor); /* out of panic_at() */
    trace_record(record, &cursor, &trace);
    struct thread *thread = thread_this();
    struct catch_frame *catch = thread->catch;
    if (catch == NULL)
        return NULL;
    uint64_t low, high; /* functions that keep all in registers can be walked though sp is nowhere */
    if (!trace.handler || !stack_find(arch_frame_sp(&record->frame), &low, &high))
        return "the panic_catch() in force cannot be reached";
    const char *objection = find_objection(record, &trace);
    if (objection != NULL)
        return objection;
    atomic_fetch_add_explicit(&catches, 1, memory_order_relaxed);
    thread->panic_level++;
    if (catch->record != NULL)
        *catch->record = *record;
    catch->panic_pc = arch_frame_pc(&record->frame);
    catch->panic_place = record->place;
    catch->cursor = cursor;
    log_warn("caught: %s", record->reason);
    cpu_this()->panic_depth--;
    arch_interrupts_restore(interrupts);
    unwind_run(&catch->cursor);
}
