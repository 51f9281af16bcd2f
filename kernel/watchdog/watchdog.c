/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the look at CPUs and threads that have stopped going on. Each CPU's timer says that its CPU takes interrupts,
 * and looks whether the next CPU has said so lately, and whether this one's threads take turns; the boot CPU's looks at
 * all threads too. A CPU that takes no interrupts is fatal, for all that ask it for something wait for ever; the others
 * are not.
 * Invariant: what is judged is the time given to watchdog_check(), never a wait of its own, and of that only what the
 * looker was there for: after a pause of the whole machine nobody is late.
 */
#include <ossa/arch.h>
#include <ossa/init.h>
#include <ossa/lock.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/smp.h>
#include <ossa/thread.h>
#include <ossa/timer.h>
#include <ossa/unwind.h>
#include <ossa/watchdog.h>

#define CALLS_MAX     24
#define LOOKS_A_LIMIT 4

#define SECONDS_MAX (100 * 365 * 86400ul)

static uint64_t cpu_limit_ns, soft_limit_ns, thread_limit_ns; /* 0: off */
static uint64_t look_ns;                                      /* from one look to the next; 0: nothing is watched */

/* Whose count goes up as long as all is well. */
struct progress {
    const void *who;
    unsigned count;
    uint64_t since_ns;
    bool told;
};

static struct watched {
    struct timer timer;
    atomic_uint looks;       /* that this CPU has made, in interrupts that it took */
    struct clock_watch time; /* its watched_ns is this CPU's time: between two looks it goes on by two looks' at most */
    struct progress next, running;
} watched PER_CPU;

/* For how long it has been the same. */
static uint64_t unchanged_ns(struct progress *progress, const void *who, unsigned count, uint64_t now_ns)
{
    if (progress->who != who || progress->count != count)
        *progress = (struct progress){.who = who, .count = count, .since_ns = now_ns};
    return now_ns - progress->since_ns;
}

/* == Calls ========================================================================================================= */

static void log_calls(const uint64_t *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        log_warn("    %pS", (void *)calls[i]);
}

static void log_calls_of(const struct thread *thread)
{
    uint64_t calls[CALLS_MAX];
    log_calls(calls, thread_read_calls(thread, calls, CALLS_MAX));
}

/* Those of the thread that the interrupt came to lie behind those of the interrupt. */
static void log_calls_here(void)
{
    if (!CONFIG_PANIC_UNWIND)
        return;
    uint64_t calls[CALLS_MAX];
    struct arch_frame frame;
    struct unwind_cursor cursor;
    struct unwind_trace trace = {.calls = calls, .max = CALLS_MAX};
    arch_frame_capture(&frame);
    unwind_begin(&cursor, &frame, false);
    unwind_trace(&cursor, &trace);
    log_calls(calls, trace.count);
}

/* == CPUs ========================================================================================================== */

static const struct cpu *next_cpu(void)
{
    return CONFIG_CPU ? cpus[(cpu_this()->number + 1) % cpu_count] : &boot_cpu;
}

static void check_next_cpu(struct watched *mine)
{
    const struct cpu *cpu = next_cpu();
    unsigned looks = atomic_load(&ITS_CPU(cpu, watched)->looks);
    uint64_t late_ns = unchanged_ns(&mine->next, cpu, looks, mine->time.watched_ns);
    if (looks != 0 && cpu != cpu_this() && late_ns > cpu_limit_ns)
        panic_final("hard lockup: cpu %u has taken no interrupt for %lu s; it runs thread %s", cpu->number,
                    late_ns / NS_PER_S, cpu->thread->name);
}

/* Who runs is switched away from in time if anybody else is ready, or something is wrong. */
static void check_turns(struct watched *mine)
{
    const struct thread *self = thread_this();
    const void *who = thread_count_ready() == 0 ? NULL : self;
    uint64_t ran_ns = unchanged_ns(&mine->running, who, self->run_count, mine->time.watched_ns);
    if (who == NULL || ran_ns <= soft_limit_ns || mine->running.told)
        return;
    mine->running.told = true;
    log_warn("soft lockup: cpu %u has run thread %s for %lu s, though others are ready", cpu_this()->number, self->name,
             ran_ns / NS_PER_S);
    log_calls_here();
}

/* == Threads ======================================================================================================= */

static void report_thread(const struct thread *thread, const struct lock *lock, uint64_t waited_ns)
{
    const struct panic_place *holder = lock->holder;
    const struct thread *owner = lock->thread;
    log_warn("hung thread: %s waits for %s since %lu s", thread->name, lock->name, waited_ns / NS_PER_S);
    log_calls_of(thread);
    if (holder == NULL || owner == NULL)
        return;
    log_warn("  %s is held by %s, taken at %s:%u", lock->name, owner->name, holder->file, holder->line);
    log_calls_of(owner);
}

/* A thread that waits for a mutex has not run since it was seen to do so first, and is reported once. */
static bool check_thread(struct thread *thread, void *argument)
{
    uint64_t now_ns = *(uint64_t *)argument;
    const struct lock *wants = thread->wants; /* once: it may get it at any moment */
    if (wants == NULL || thread->watched_count != thread->run_count) {
        thread->watched_count = thread->run_count;
        thread->watched_ns = now_ns;
    } else if (now_ns > thread->watched_ns && now_ns - thread->watched_ns > thread_limit_ns) {
        report_thread(thread, wants, now_ns - thread->watched_ns);
        thread->watched_ns = UINT64_MAX;
    }
    return true;
}

/* == When ========================================================================================================== */

void watchdog_check(uint64_t now_ns)
{
    struct watched *mine = MY_CPU(watched);
    clock_watch_at(&mine->time, now_ns, 2 * look_ns);
    atomic_fetch_add(&mine->looks, 1);
    if (cpu_limit_ns != 0)
        check_next_cpu(mine);
    if (soft_limit_ns != 0)
        check_turns(mine);
    if (thread_limit_ns != 0 && cpu_this() == &boot_cpu)
        thread_visit_all(check_thread, &mine->time.watched_ns);
}

static void look(struct timer *timer)
{
    uint64_t now_ns = clock_ns();
    watchdog_check(now_ns);
    timer_start(timer, now_ns + look_ns);
}

static void start(void *unused)
{
    (void)unused;
    MY_CPU(watched)->timer.function = look;
    look(&MY_CPU(watched)->timer);
}

/* The option's seconds. Looks come as often as the shortest limit needs them. */
static uint64_t read_limit_ns(const struct boot_info *info, const char *name, uint64_t seconds)
{
    uint64_t limit_ns = NS_PER_S * option_read_number(info->command_line, name, SECONDS_MAX, seconds);
    uint64_t wanted_ns = limit_ns / LOOKS_A_LIMIT;
    if (wanted_ns != 0 && (look_ns == 0 || wanted_ns < look_ns))
        look_ns = wanted_ns;
    return limit_ns;
}

void watchdog_init(const struct boot_info *info)
{
    cpu_limit_ns = read_limit_ns(info, "watchdog_cpu", 10);
    soft_limit_ns = read_limit_ns(info, "watchdog_soft", 20);
    thread_limit_ns = read_limit_ns(info, "watchdog_thread", 120);
    if (look_ns == 0)
        return;
    for (unsigned i = 0; CONFIG_CPU && i < cpu_count; i++)
        cpu_call(cpus[i], start, NULL);
    if (!CONFIG_CPU)
        start(NULL);
}
