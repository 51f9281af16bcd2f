/* SPDX-License-Identifier: 0BSD */
/*
 * The other CPUs (kernel/cpu/): how they start, how one asks another for something, how a panic stops them. A CPU has a
 * number, 0 for the boot CPU, and so on in the order in which the firmware lists those that have arrived.
 */
#pragma once

#include <ossa/cpu.h>

#define CPUS_MAX 512

/* CPUs that run, and those CPUs: cpus[0] is the boot CPU. They change only while cpu_init() runs. */
extern unsigned cpu_count;
extern struct cpu *cpus[CPUS_MAX];

/* For loops over PER_CPU variables, kernel/cpu/ or not: ITS_CPU(cpus[i], variable). */
#define CPU_COUNT (CONFIG_CPU ? cpu_count : 1)

/* For the port to call, from arch_cpu_find(): there is a CPU of this id. More than CPUS_MAX are left out with a
 * warning. */
void cpu_add(uint64_t id);

/* arch_cpu_find() for machines with a devicetree (Devicetree Specification v0.4, 3.8): those that are enabled and that
 * is_usable() accepts, by `reg`. */
struct fdt_node;
void cpu_find_fdt(bool (*is_usable)(const struct fdt_node *node));

/* Where a CPU enters C, from the port's assembly: never returns. */
_Noreturn void cpu_enter(struct cpu *cpu);

/*
 * Cross-calls: function(argument) in an interrupt of that CPU (this one too, or all but this one), masked, and waited
 * for. It must be short, and take no lock that is held while somebody calls, or waits for another. A panic in it that
 * it does not catch itself is fatal, unless this CPU called itself. Any context but NMI: with interrupts masked this
 * CPU serves the others' calls while it waits (cpu_wait(), cpu.h).
 */
void cpu_call(struct cpu *cpu, void (*function)(void *argument), void *argument);
void cpu_call_others(void (*function)(void *argument), void *argument);

/* The same without waiting, and only so that the CPU looks at its run queue. */
void cpu_kick(const struct cpu *cpu);

/* What a CPU does when it is up. Given by kernel/thread/. */
_Noreturn void thread_idle(void);

/* For the port to call, for an interrupt sent by arch_cpu_interrupt(). */
void cpu_handle_interrupt(const struct arch_frame *frame);

/* For a panic's report: what a CPU that stands still has left of where it was, or of its own panic; NULL if it does not
 * stand still. */
const struct panic_record *cpu_stopped_record(const struct cpu *cpu);
