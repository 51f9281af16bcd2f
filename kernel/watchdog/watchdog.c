/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the look at CPUs and threads that have stopped going on. Each CPU's timer says that its CPU takes interrupts and
 * looks whether the next CPU has said so lately; the boot CPU's looks at the threads too. A CPU that takes no
 * interrupts is fatal, for all that ask it for something wait for ever; a thread that waits is not.
 * Invariant: what is judged is the time given to watchdog_check_*(), never a wait of its own.
 */
#include <ossa/init.h>
#include <ossa/lock.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/smp.h>
#include <ossa/thread.h>
#include <ossa/timer.h>
#include <ossa/watchdog.h>

#define CALLS_MAX    16
#define TURNS_A_WAIT 4 /* how often a CPU looks within its limit */

#define CPU_SECONDS    10 /* the limits, if the command line has no others */
#define THREAD_SECONDS 120
#define SECONDS_MAX    (100 * 365 * 86400ul)

static uint64_t cpu_limit_ns, thread_limit_ns; /* 0: off */

static struct watched {
    struct timer timer;
    _Atomic uint64_t seen_ns; /* when this CPU has taken an interrupt; 0: is not watched yet */
} watched PER_CPU;

/* == CPUs ========================================================================================================== */

static void check_cpu(const struct cpu *cpu, uint64_t now_ns)
{
    uint64_t seen_ns = atomic_load(&ITS_CPU(cpu, watched)->seen_ns);
    if (seen_ns != 0 && now_ns > seen_ns && now_ns - seen_ns > cpu_limit_ns)
        panic_final("hard lockup: cpu %u has taken no interrupt for %lu s; it runs thread %s", cpu->number,
                    (now_ns - seen_ns) / NS_PER_S, cpu->thread->name);
}

static const struct cpu *next_cpu(void)
{
    return CONFIG_CPU ? cpus[(cpu_this()->number + 1) % cpu_count] : &boot_cpu;
}

/* == Threads ======================================================================================================= */

static void log_calls(const struct thread *thread)
{
    uint64_t calls[CALLS_MAX];
    size_t count = thread_read_calls(thread, calls, CALLS_MAX);
    for (size_t i = 0; i < count; i++)
        log_warn("    %pS", (void *)calls[i]);
}

static void report_thread(const struct thread *thread, const struct lock *lock, uint64_t waited_ns)
{
    const struct panic_place *holder = lock->holder;
    const struct thread *owner = lock->thread;
    log_warn("hung thread: %s waits for %s since %lu s", thread->name, lock->name, waited_ns / NS_PER_S);
    log_calls(thread);
    if (holder == NULL || owner == NULL)
        return;
    log_warn("  %s is held by %s, taken at %s:%u", lock->name, owner->name, holder->file, holder->line);
    log_calls(owner);
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

void watchdog_check_cpu(uint64_t now_ns)
{
    atomic_store(&MY_CPU(watched)->seen_ns, now_ns);
    if (cpu_limit_ns != 0 && next_cpu() != cpu_this())
        check_cpu(next_cpu(), now_ns);
}

void watchdog_check_threads(uint64_t now_ns)
{
    if (thread_limit_ns != 0)
        thread_visit_all(check_thread, &now_ns);
}

static uint64_t turn_ns(void)
{
    uint64_t limit_ns = cpu_limit_ns != 0 ? cpu_limit_ns : thread_limit_ns;
    return limit_ns / TURNS_A_WAIT;
}

static void turn(struct timer *timer)
{
    uint64_t now_ns = clock_ns();
    watchdog_check_cpu(now_ns);
    if (cpu_this() == &boot_cpu)
        watchdog_check_threads(now_ns);
    timer_start(timer, now_ns + turn_ns());
}

static void start(void *unused)
{
    (void)unused;
    MY_CPU(watched)->timer.function = turn;
    turn(&MY_CPU(watched)->timer);
}

void watchdog_init(const struct boot_info *info)
{
    cpu_limit_ns = NS_PER_S * option_read_number(info->command_line, "watchdog_cpu", SECONDS_MAX, CPU_SECONDS);
    thread_limit_ns = NS_PER_S * option_read_number(info->command_line, "watchdog_thread", SECONDS_MAX, THREAD_SECONDS);
    if (turn_ns() == 0)
        return;
    for (unsigned i = 0; CONFIG_CPU && i < cpu_count; i++)
        cpu_call(cpus[i], start, NULL);
    if (!CONFIG_CPU)
        start(NULL);
}
