/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/cpu/ asks of the port: the machine's CPUs, how they start, how they interrupt each other. Green with it:
 * cpu_*.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_cpu_find(void)
{
    panic("arch_cpu_find: not written yet");
}

int arch_cpu_start(struct cpu *cpu)
{
    panic("arch_cpu_start: not written yet");
}

void arch_cpu_interrupt(const struct cpu *cpu, bool stop)
{
    panic("arch_cpu_interrupt: not written yet");
}
