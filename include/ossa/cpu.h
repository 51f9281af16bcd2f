/* SPDX-License-Identifier: 0BSD */
/*
 * What runs, in every kernel: CPUs, and the threads that they run. The boot CPU runs the boot thread from the first
 * line of C on, on the boot stack. kernel/cpu/ starts the other CPUs (smp.h), kernel/thread/ makes more threads
 * (thread.h); without them there are these two.
 *
 * The CPU's thread pointer (tp on riscv64, SP_EL0 on aarch64, gs by way of the struct cpu on x86_64) is written by
 * assembly only.
 */
#pragma once

#include <ossa/arch.h>

enum thread_state { THREAD_RUNNING, THREAD_NEW, THREAD_READY, THREAD_WAITING, THREAD_MOVING, THREAD_ENDED };

struct thread {
    /* For assembly and the compiler, at the offsets THREAD_ of layout.h: */
    uint64_t stack_guard; /* what -fstack-protector-strong compares with */
    struct cpu *cpu;      /* that runs it, or ran it last */
    uint64_t sp;          /* while it does not run */

    char name[THREAD_NAME_MAX];
    uint64_t stack_va;         /* lowest byte of its stack, STACK_SIZE bytes */
    struct catch_frame *catch; /* the innermost panic_catch() under way: kernel/unwind/'s */
    unsigned panic_level;      /* unwindings under way */
    struct lock *newest_lock;  /* held; leads through `older` to the others */

    /* kernel/thread/'s (thread.h): */
    enum thread_state state;
    unsigned raw_locks;           /* of the scheduler's that it holds: then no panic is caught */
    unsigned run_count;           /* how often it was switched to */
    struct cpu *only_cpu;         /* that may run it; NULL: any */
    const char *waits_for;        /* a name, while it waits */
    const struct lock *wants;     /* the mutex that it waits for; NULL: none */
    int64_t local_offset;         /* from a THREAD_LOCAL variable to this thread's */
    struct thread *next;          /* in its run queue */
    struct thread *newer, *older; /* in the list of all */
    uint64_t watched_ns;          /* kernel/watchdog/'s: since when it waits, having been switched to so often: */
    unsigned watched_count;
};

struct cpu {
    /* For assembly and the compiler, at the offsets CPU_ of layout.h: */
    struct thread *thread; /* that it runs */
    uint64_t stack_guard;  /* of that thread: where the compiler cannot find it in the thread (x86_64) */
    uint64_t trap_stack_ends[1 + ARCH_TRAP_STACKS]; /* the emergency stack's, then the port's own */

    unsigned number;          /* 0: the boot CPU */
    uint64_t id;              /* the firmware's: APIC id, hart id or MPIDR affinity */
    int64_t per_cpu_offset;   /* from a PER_CPU variable to this CPU's */
    unsigned panic_depth;     /* panics being recorded or reported */
    unsigned interrupt_depth; /* interrupt handlers under way */
    struct thread idle;       /* what it started on, and runs when no other is ready; but for the boot CPU */
};

extern struct cpu boot_cpu;
extern struct thread boot_thread;

/* The running thread; and its CPU, which may be another one in the next moment unless interrupts are masked. */
static inline struct thread *thread_this(void)
{
    return arch_this_thread();
}

static inline struct cpu *cpu_this(void)
{
    return thread_this()->cpu;
}

/* kernel/cpu/'s part of cpu_wait(). */
void cpu_poll(void);

/* One turn of a loop that waits for another CPU: with kernel/cpu/ does meanwhile what others ask of this one, so that
 * its masked interrupts hold nobody up. */
static inline void cpu_wait(void)
{
    arch_cpu_relax();
    if (CONFIG_CPU)
        cpu_poll();
}

/*
 * Per-CPU variables: `static struct cache cache PER_CPU;`, zero at first, is the boot CPU's; every CPU has one of its
 * own at MY_CPU(cache), as a pointer, and at ITS_CPU(cpu, cache). Mask interrupts around what is done with it.
 */
#define PER_CPU __attribute__((section(".bss.per_cpu")))
#define ITS_CPU(its_cpu, variable) \
    ((__typeof__(variable) *)((char *)&(variable) + (CONFIG_CPU ? (its_cpu)->per_cpu_offset : 0)))
#define MY_CPU(variable) ITS_CPU(cpu_this(), variable)
