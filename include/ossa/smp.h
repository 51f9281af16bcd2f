/* SPDX-License-Identifier: 0BSD */
/*
 * The other CPUs (kernel/cpu/): how they start, how one asks another for something, how a panic stops them. A CPU has a
 * number, 0 for the boot CPU, and so on in the order in which the firmware lists those that have arrived.
 */
#pragma once

#include <ossa/cpu.h>
#include <stdatomic.h>

#define CPUS_MAX 512

/* CPUs that run, and those CPUs: cpus[0] is the boot CPU. They change only while cpu_init() runs. */
extern unsigned cpu_count;
extern struct cpu *cpus[CPUS_MAX];

/* Starts all CPUs that the firmware describes, together, and waits for them a bounded time; logs who did not come. */
void cpu_init(void);

/* The port's, from arch_cpu_find(): there is a CPU of this id. More than CPUS_MAX are left out with a warning. */
void cpu_add(uint64_t id);

/* arch_cpu_find() for machines with a devicetree (Devicetree Specification v0.4, 3.8): those that are enabled and that
 * is_usable() accepts, by `reg`. */
struct fdt_node;
void cpu_find_fdt(bool (*is_usable)(const struct fdt_node *node));

/* Where a CPU enters C, from the port's assembly: never returns. */
_Noreturn void cpu_enter(struct cpu *cpu);

/*
 * Cross-calls: function(argument) in an interrupt of that CPU (this one too, or all but this one), masked, and waited
 * for. It must be short, and take no lock that is held while somebody calls. Any context but NMI: with interrupts
 * masked this CPU serves the others' calls while it waits.
 */
void cpu_call(struct cpu *cpu, void (*function)(void *argument), void *argument);
void cpu_call_others(void (*function)(void *argument), void *argument);

/* The same without waiting, and only so that the CPU looks at its run queue. */
void cpu_kick(const struct cpu *cpu);

/* Does what other CPUs have asked of this one. For loops that wait with interrupts masked. */
static inline void cpu_poll(void);

/* The port's, for an interrupt sent by arch_cpu_interrupt(); and for TRAP_NMI, whose frame is given: false if no CPU
 * has sent it. */
void cpu_handle_interrupt(const struct arch_frame *frame);
bool cpu_handle_nmi(const struct arch_frame *frame);

/* Whether something has been asked of this CPU: the rest is cpu_poll(). */
extern atomic_bool cpu_asked PER_CPU;
void cpu_serve(void);

static inline void cpu_poll(void)
{
    if (atomic_load_explicit(MY_CPU(cpu_asked), memory_order_relaxed))
        cpu_serve();
}
