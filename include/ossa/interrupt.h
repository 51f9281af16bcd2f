/* SPDX-License-Identifier: 0BSD */
/*
 * Device interrupts (kernel/interrupt/). A line is the number that the machine's controller gives an interrupt: x86_64
 * GSI (ACPI 6.5, 5.2.13), riscv64 PLIC or APLIC source, aarch64 INTID of the GIC.
 */
#pragma once

#include <ossa/cpu.h>
#include <ossa/errno.h>
#include <stdatomic.h>

#define INTERRUPT_LINES_MAX 1024

/* Whoever wants a line gives one of these, which must stay. `handle` runs with interrupts masked, on any CPU; it must
 * quiet its device, take no mutex and not sleep. */
struct interrupt_handler {
    const char *name;
    void (*handle)(void *argument);
    void *argument;
};

/* Gives the line to the handler and unmasks it, on the boot CPU. -EINVAL: no such line; -EBUSY: somebody has it. */
int interrupt_register(unsigned line, const struct interrupt_handler *handler);

/* Masks the line and takes it from its handler, which does not run any more when this returns. Not from a handler. */
void interrupt_unregister(unsigned line);

/* Pairs do not nest. The line has a handler, which may call them too: beside interrupt_unregister() to no effect. */
void interrupt_mask(unsigned line);
void interrupt_unmask(unsigned line);

/* To which CPU the line goes. -EINVAL: no such line, or the controller cannot. */
int interrupt_set_cpu(unsigned line, const struct cpu *cpu);

/* How often a line without handler came (it is then masked, with a warning), and an interrupt without a cause (with a
 * warning each time that the count has doubled). */
extern _Atomic uint64_t interrupt_unclaimed_count, interrupt_spurious_count;

/* How often the line came. */
uint64_t interrupt_count(unsigned line);

/* Whether this CPU runs an interrupt handler; whether it can take interrupts. */
static inline bool interrupt_is_handled(void)
{
    return cpu_this()->interrupt_depth > 0;
}

static inline bool interrupts_enabled(void)
{
    uint64_t state = arch_interrupts_save();
    arch_interrupts_restore(state);
    return state != 0;
}

/* == For ports ===================================================================================================== */

/* A machine's interrupt controller. The functions are called with interrupts masked and a lock held. */
struct interrupt_controller {
    const char *name;
    unsigned line_count; /* lines are 0 to line_count - 1 */
    void (*set_masked)(unsigned line, bool masked);
    int (*set_cpu)(unsigned line, const struct cpu *cpu);
};

/* From arch_interrupt_init(), at most once: without one there are no lines. */
void interrupt_set_controller(const struct interrupt_controller *controller);

/* From arch_interrupt_handle(). */
void interrupt_handle_line(unsigned line);
void interrupt_count_spurious(void);

/* Behind each interrupt, masked: kernel/thread/ lets another thread run if it is its turn. */
void thread_preempt(void);

/* The node of that controller, in a devicetree. */
struct fdt_node;
void interrupt_set_fdt_controller(const struct fdt_node *node);

/* The line that an `interrupts` property's first entry means, by the controller's cells (Devicetree Specification v0.4,
 * 2.4): 1 cell is the line, 2 are line and flags, 3 are the GIC's (type, number, flags). -ENOENT if there is none, or
 * another controller's. */
int interrupt_read_fdt(const struct fdt_node *node);
