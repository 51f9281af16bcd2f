/* SPDX-License-Identifier: 0BSD */
/*
 * Several CPUs, as a host program has them: one thread, which says on which CPU it runs. It is included by the one file
 * of a program that defines or knows its per-CPU variable.
 */
#pragma once

#include <ossa/smp.h>

#define HOST_CPUS 3

struct thread boot_thread;
struct cpu boot_cpu;
unsigned cpu_count = HOST_CPUS;
struct cpu *cpus[CPUS_MAX];
void cpu_poll(void)
{
}

/* Makes the CPUs, each but the first with a copy of the variable, and goes on on the first. */
#define HOST_CPUS_INIT(variable)                                                                 \
    do {                                                                                         \
        static struct cpu others_[HOST_CPUS];                                                    \
        static __typeof__(variable) copies_[HOST_CPUS];                                          \
        for (unsigned i_ = 0; i_ < HOST_CPUS; i_++) {                                            \
            cpus[i_] = i_ == 0 ? &boot_cpu : &others_[i_];                                       \
            cpus[i_]->number = i_;                                                               \
            cpus[i_]->per_cpu_offset = i_ == 0 ? 0 : (char *)&copies_[i_] - (char *)&(variable); \
        }                                                                                        \
        boot_thread.cpu = cpus[0];                                                               \
    } while (0)

/* Goes on on another. */
static void go_to_cpu(uint64_t number)
{
    boot_thread.cpu = cpus[number % HOST_CPUS];
}

/* Interrupts are masked there, as in an interrupt. */
void cpu_call_others(void (*function)(void *argument), void *argument)
{
    struct cpu *caller = boot_thread.cpu;
    uint64_t interrupts = arch_interrupts_save();
    for (unsigned i = 0; i < cpu_count; i++) {
        boot_thread.cpu = cpus[i];
        if (cpus[i] != caller)
            function(argument);
    }
    boot_thread.cpu = caller;
    arch_interrupts_restore(interrupts);
}
