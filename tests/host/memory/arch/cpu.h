/* SPDX-License-Identifier: 0BSD */
/*
 * A port whose machine is a process of the host: the template's, but for what kernel/memory/ calls.
 */
#pragma once

#define arch_interrupts_save    template_interrupts_save
#define arch_interrupts_restore template_interrupts_restore
#define arch_this_thread        template_this_thread
#include "../../../../arch/template/include/arch/cpu.h"
#undef arch_interrupts_save
#undef arch_interrupts_restore
#undef arch_this_thread

extern struct thread boot_thread;

static inline struct thread *arch_this_thread(void)
{
    return &boot_thread;
}

/* How many are masked at this moment, for tests to see that it is given back. */
extern unsigned host_interrupts_masked;

static inline uint64_t arch_interrupts_save(void)
{
    return host_interrupts_masked++;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    host_interrupts_masked = (unsigned)state;
}
