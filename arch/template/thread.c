/* SPDX-License-Identifier: 0BSD */
/*
 * The change from one thread to another, in a port thread.S. Comes after traps and interrupts, with CONFIG_THREAD=n
 * until then. Green with it: tests/kernel/thread/.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_thread_switch(struct thread *from, struct thread *to)
{
    panic("arch_thread_switch: not written yet");
}

void arch_thread_init(struct thread *thread, void (*function)(void *argument), void *argument)
{
    panic("arch_thread_init: not written yet");
}
