/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/interrupt/ asks of the port: the interrupt controller, and the timer of each CPU. Green with it:
 * interrupt_*, timer_*.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_interrupt_init(void)
{
    panic("arch_interrupt_init: not written yet");
}

void arch_interrupt_init_cpu(void)
{
    panic("arch_interrupt_init_cpu: not written yet");
}

void arch_interrupt_handle(const struct arch_frame *frame)
{
    panic("arch_interrupt_handle: not written yet");
}

void arch_timer_set(uint64_t ticks)
{
    panic("arch_timer_set: not written yet");
}
