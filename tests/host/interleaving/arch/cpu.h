/* SPDX-License-Identifier: 0BSD */
/*
 * A port whose CPUs are virtual: the template's, but for what the world (world.c) does in its place.
 */
#pragma once

#define arch_interrupts_save    template_interrupts_save
#define arch_interrupts_restore template_interrupts_restore
#define arch_interrupts_wait    template_interrupts_wait
#define arch_cpu_relax          template_cpu_relax
#define arch_this_thread        template_this_thread
#include "../../../../arch/template/include/arch/cpu.h"
#undef arch_interrupts_save
#undef arch_interrupts_restore
#undef arch_interrupts_wait
#undef arch_cpu_relax
#undef arch_this_thread

uint64_t world_interrupts_save(void);
void world_interrupts_restore(uint64_t state);
void world_interrupts_wait(void);
void world_cpu_relax(void);
struct thread *world_this_thread(void);

static inline uint64_t arch_interrupts_save(void)
{
    return world_interrupts_save();
}

static inline void arch_interrupts_restore(uint64_t state)
{
    world_interrupts_restore(state);
}

static inline void arch_interrupts_wait(void)
{
    world_interrupts_wait();
}

static inline void arch_cpu_relax(void)
{
    world_cpu_relax();
}

static inline struct thread *arch_this_thread(void)
{
    return world_this_thread();
}
