/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the lives of threads: what is made for one and what becomes of it, the list of all, the cache of stacks. When
 * which thread runs is scheduler.c's. A thread that is created lies at the upper end of its own stack, with what is
 * known of its end and its thread-local variables: one allocation, cached as one.
 * Invariant: a thread is in the list from before its first turn until nobody can ask for it any more; it is buried by
 * the thread that runs after it, and only then is its stack given to anybody.
 */
#include "scheduler.h"
#include <ossa/catch.h>
#include <ossa/errno.h>
#include <ossa/heap.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/interrupt.h>
#include <ossa/kasan.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/stack_guard.h>
#include <ossa/string.h>
#include <ossa/unwind.h>
#include <ossa/vrange.h>
#include <ossa/wait_queue.h>

#define STACKS_CACHED_MAX 64

/* Of a thread that was created; the boot thread and the idle threads have none. */
struct life {
    struct thread thread; /* first: the one's address is the other's */
    int (*function)(void *argument);
    void *argument;
    bool catches, detached, ended;
    struct wait_queue joiner;
    struct thread_end end;
    char locals[] __attribute__((aligned(16)));
};

bool thread_detached_fatal;
static const char *const detached_policies[] = {"kill", "fatal", NULL};

/* The list of all begins with the boot thread, which never ends. */
static struct raw_spinlock list_raw;
static unsigned list_count;

static struct {
    struct raw_spinlock raw;
    struct thread *first; /* leads through `next` to the others */
    unsigned count;
} cache;

/* == Locks: raw, and no panic is caught meanwhile ================================================================== */

static uint64_t raw_take(struct raw_spinlock *raw)
{
    uint64_t interrupts = arch_interrupts_save();
    thread_this()->raw_locks++;
    raw_spinlock_take(raw);
    return interrupts;
}

static void raw_release(struct raw_spinlock *raw, uint64_t interrupts)
{
    raw_spinlock_release(raw);
    thread_this()->raw_locks--;
    arch_interrupts_restore(interrupts);
}

/* == The list of all =============================================================================================== */

static size_t locals_bytes(void)
{
    return thread_local_end - thread_local_start;
}

void thread_add(struct thread *thread, void *locals)
{
    if (locals == NULL && locals_bytes() > 0) {
        locals = heap_alloc(locals_bytes());
        if (locals == NULL)
            panic("thread %s: no memory for its thread-local variables", thread->name);
    }
    if (locals_bytes() > 0)
        memcpy(locals, thread_local_start, locals_bytes());
    thread->local_offset = (char *)locals - thread_local_start;
    uint64_t interrupts = raw_take(&list_raw);
    thread->older = boot_thread.older;
    thread->newer = &boot_thread;
    thread->older->newer = thread;
    boot_thread.older = thread;
    list_count++;
    raw_release(&list_raw, interrupts);
}

static void list_drop(struct thread *thread)
{
    uint64_t interrupts = raw_take(&list_raw);
    thread->older->newer = thread->newer;
    thread->newer->older = thread->older;
    list_count--;
    raw_release(&list_raw, interrupts);
}

void thread_visit_all(bool (*visit)(struct thread *thread, void *argument), void *argument)
{
    uint64_t interrupts = raw_take(&list_raw);
    struct thread *thread = &boot_thread;
    do {
        if (!visit(thread, argument))
            break;
        thread = thread->newer;
    } while (thread != NULL && thread != &boot_thread);
    raw_release(&list_raw, interrupts);
}

unsigned thread_count(void)
{
    return list_count;
}

/* == Stacks ======================================================================================================== */

static struct life *life_of(uint64_t stack_va)
{
    return (struct life *)(stack_va + STACK_SIZE - ((sizeof(struct life) + locals_bytes() + 15) & -16));
}

static bool is_created(const struct thread *thread)
{
    return (uintptr_t)thread - thread->stack_va < STACK_SIZE;
}

/* The lowest byte of a stack, 0 if the cache has fewer than that many and one. */
static uint64_t cache_take(unsigned least)
{
    uint64_t stack_va = 0, interrupts = raw_take(&cache.raw);
    if (cache.count > least) {
        stack_va = cache.first->stack_va;
        cache.first = cache.first->next;
        cache.count--;
    }
    raw_release(&cache.raw, interrupts);
    return stack_va;
}

/* In any context: the stack, which takes time to free, waits in the cache for thread_create() or thread_join(). */
static void give_back(struct life *life)
{
    list_drop(&life->thread);
    uint64_t interrupts = raw_take(&cache.raw);
    life->thread.next = cache.first;
    cache.first = &life->thread;
    cache.count++;
    raw_release(&cache.raw, interrupts);
}

static void trim_to(unsigned stacks)
{
    uint64_t stack_va;
    while ((stack_va = cache_take(stacks)) != 0)
        vrange_free_stack((void *)stack_va);
}

unsigned thread_stacks_cached(void)
{
    return cache.count;
}

void thread_trim(void)
{
    trim_to(0);
}

/* == Life ========================================================================================================== */

static void run(void *argument)
{
    struct life *life = argument;
    life->end.value = life->function(life->argument);
    const struct lock *held = life->thread.newest_lock;
    if (held != NULL)
        panic("thread %s ends, but holds %s", life->thread.name, held->name);
}

/* A panic that nobody else is told. */
static void report_killed(const struct life *life)
{
    log_error("thread %s is killed: %s", life->thread.name, life->end.record.reason);
}

/* Whether it is detached already; else whoever detaches it sees the panic. */
static bool note_panic(struct life *life)
{
    uint64_t interrupts = wait_queue_take(&life->joiner);
    bool detached = life->detached;
    life->end.panicked = true;
    wait_queue_release(&life->joiner, interrupts);
    return detached;
}

static void thread_main(void *argument)
{
    struct life *life = argument;
    scheduler_begin();
    arch_interrupts_restore(1);
    if (!life->catches)
        run(life);
    else if (panic_catch(run, life, &life->end.record) && note_panic(life))
        report_killed(life);
    arch_interrupts_save();
    scheduler_end();
}

struct thread *thread_create(const char *name, int (*function)(void *argument), void *argument, unsigned flags)
{
    uint64_t stack_va = cache_take(0);
    if (stack_va == 0)
        stack_va = (uintptr_t)vrange_alloc_stack();
    if (stack_va == 0)
        return NULL;
    trim_to(STACKS_CACHED_MAX);
    kasan_unpoison((void *)stack_va, STACK_SIZE);
    struct life *life = life_of(stack_va);
    struct thread *thread = &life->thread;
    *thread = (struct thread){.sp = (uintptr_t)life,
                              .stack_va = stack_va,
                              .cpu = &boot_cpu,
                              .state = THREAD_NEW,
                              .raw_locks = 1}; /* the run queue's, at its first switch */
    if (CONFIG_STACK_PROTECTOR)
        thread->stack_guard = stack_guard_choose();
    strlcpy(thread->name, name, sizeof(thread->name));
    life->function = function;
    life->argument = argument;
    life->detached = flags & THREAD_DETACHED;
    life->catches = !(flags & THREAD_NO_CATCH) && !(life->detached && thread_detached_fatal);
    life->ended = life->end.panicked = false;
    life->joiner = (struct wait_queue){0};
    arch_thread_init(thread, thread_main, life);
    thread_add(thread, life->locals);
    return thread;
}

void thread_start(struct thread *thread)
{
    ASSERT(thread->state == THREAD_NEW && is_created(thread));
    scheduler_start(thread);
}

void thread_bury(struct thread *thread)
{
    struct life *life = (struct life *)thread;
    uint64_t interrupts = wait_queue_take(&life->joiner);
    bool detached = life->detached;
    life->ended = true;
    wait_queue_wake_first(&life->joiner);
    wait_queue_release(&life->joiner, interrupts); /* who joins may free it now */
    if (detached)
        give_back(life);
}

void thread_detach(struct thread *thread)
{
    struct life *life = (struct life *)thread;
    ASSERT(is_created(thread));
    uint64_t interrupts = wait_queue_take(&life->joiner);
    if (life->end.panicked) { /* and stays while it is not detached */
        wait_queue_release(&life->joiner, interrupts);
        report_killed(life);
        interrupts = wait_queue_take(&life->joiner);
    }
    bool ended = life->ended;
    life->detached = true;
    wait_queue_release(&life->joiner, interrupts);
    if (ended)
        give_back(life);
}

static void copy_end(struct thread_end *to, const struct thread_end *from)
{
    to->panicked = from->panicked;
    if (from->panicked)
        to->record = from->record;
    else
        to->value = from->value;
}

int thread_join_until(struct thread *thread, struct thread_end *end, uint64_t deadline_ns)
{
    struct life *life = (struct life *)thread;
    thread_check_sleep(PANIC_PLACE, "thread_join");
    ASSERT(is_created(thread) && thread != thread_this() && thread->state != THREAD_NEW && !life->detached);
    uint64_t interrupts = wait_queue_take(&life->joiner);
    bool in_time = true;
    while (!life->ended && in_time) {
        in_time = wait_queue_sleep(&life->joiner, thread->name, deadline_ns);
        wait_queue_take(&life->joiner);
    }
    bool ended = life->ended;
    wait_queue_release(&life->joiner, interrupts);
    if (!ended)
        return -ETIMEDOUT;
    if (end != NULL)
        copy_end(end, &life->end);
    give_back(life);
    trim_to(STACKS_CACHED_MAX);
    return 0;
}

void thread_join(struct thread *thread, struct thread_end *end)
{
    thread_join_until(thread, end, WAIT_FOREVER);
}

void thread_exit(int value)
{
    struct thread *self = thread_this();
    struct life *life = (struct life *)self;
    thread_check_sleep(PANIC_PLACE, "thread_exit");
    ASSERT(is_created(self) && self->panic_level == 0);
    if (self->newest_lock != NULL)
        panic("thread_exit: thread %s holds %s", self->name, self->newest_lock->name);
    life->end.value = value;
    arch_interrupts_save();
    scheduler_end();
}

/* == The rest ====================================================================================================== */

void thread_check_sleep(const struct panic_place *place, const char *what)
{
    if (interrupts_enabled())
        return;
    const struct lock *held = thread_this()->newest_lock;
    if (interrupt_is_handled())
        panic_at(place, "%s: sleeping in an interrupt handler", what);
    if (held == NULL)
        panic_at(place, "%s: sleeping with interrupts masked", what);
    panic_at(place, "%s: sleeping with interrupts masked and %s held, taken at %s:%u", what, held->name,
             held->holder->file, held->holder->line);
}

size_t thread_read_calls(const struct thread *thread, uint64_t *calls, size_t max)
{
    uint64_t sp = thread->sp;
    if (max == 0 || thread->state == THREAD_RUNNING || sp < thread->stack_va || sp >= thread->stack_va + STACK_SIZE)
        return 0;
    calls[0] = *(const uint64_t *)(sp & -8);
    if (!CONFIG_PANIC_UNWIND)
        return 1;
    static const struct arch_frame nothing;
    struct unwind_cursor cursor;
    struct unwind_trace trace = {.calls = calls, .max = max};
    unwind_begin(&cursor, &nothing, true);
    cursor.pc = calls[0];
    cursor.registers.slot[ARCH_UNWIND_SP] = sp;
    cursor.stack_low = thread->stack_va;
    cursor.stack_high = thread->stack_va + STACK_SIZE;
    unwind_trace(&cursor, &trace);
    return trace.count;
}

void thread_init(void)
{
    struct thread *idle = &boot_cpu.idle;
    thread_detached_fatal = option_read_word(boot_info->command_line, "panic_thread", detached_policies, 0) == 1;
    boot_thread.newer = boot_thread.older = &boot_thread;
    boot_thread.only_cpu = &boot_cpu;
    thread_add(&boot_thread, NULL);
    idle->stack_va = (uintptr_t)vrange_alloc_stack();
    if (idle->stack_va == 0)
        panic("no memory for the idle thread");
    idle->cpu = &boot_cpu;
    if (CONFIG_STACK_PROTECTOR)
        idle->stack_guard = stack_guard_choose();
    strlcpy(idle->name, "idle 0", sizeof(idle->name));
    scheduler_init();
    thread_add(idle, NULL);
}
