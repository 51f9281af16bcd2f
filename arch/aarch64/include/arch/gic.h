/* SPDX-License-Identifier: 0BSD */
/*
 * Arm's Generic Interrupt Controllers: what interrupt.c has for GICv2 and GICv3, and what each has for it. A line is an
 * INTID: 0 to 15 are SGIs, which CPUs send each other, 16 to 31 PPIs, of which each CPU has its own, then come SPIs.
 * All have one priority: none interrupts another's handler. SPIs are level-sensitive, for interrupt.h knows no edges.
 */
#pragma once

#include <ossa/interrupt.h>

#define GIC_SGI_CPU      0 /* the SGI of arch_cpu_interrupt() */
#define GIC_SGIS         16
#define GIC_PRIVATE      32   /* lines below are the CPU's own: SGIs and PPIs */
#define GIC_LINES_MAX    1020 /* INTIDs from here on mean that nothing is pending */
#define GIC_INTID        0x3ff
#define GIC_PRIORITY     0xa0
#define GIC_PRIORITY_ALL 0xf0 /* mask: what is more urgent than this */

/* Registers, by their 32-bit words: the same in GICv2's distributor (IHI 0048, 4.3), in GICv3's, and, for private
 * lines, in the second frame of each of GICv3's redistributors (IHI 0069, "GIC Distributor register descriptions"). */
#define GICD_CTLR       (0x000 / 4)
#define GICD_TYPER      (0x004 / 4)
#define GICD_IGROUPR    (0x080 / 4)
#define GICD_ISENABLER  (0x100 / 4)
#define GICD_ICENABLER  (0x180 / 4)
#define GICD_ICPENDR    (0x280 / 4)
#define GICD_ICACTIVER  (0x380 / 4)
#define GICD_IPRIORITYR (0x400 / 4)
#define GICD_ITARGETSR  (0x800 / 4)
#define GICD_ICFGR      (0xc00 / 4)
#define GICD_SGIR       (0xf00 / 4)
#define GICD_CPENDSGIR  (0xf10 / 4)
#define GICD_SIZE       0x1000

struct fdt_node;

struct gic {
    struct interrupt_controller controller;
    bool (*init)(const struct fdt_node *node); /* maps it and resets its SPIs; false, with a warning, if it cannot */
    void (*init_cpu)(void);                    /* resets this CPU's private lines, and lets it be interrupted */
    uint32_t (*acknowledge)(void);             /* the INTID, and above it what end() wants to have back */
    void (*end)(uint32_t acknowledged);
    void (*send)(const struct cpu *cpu); /* GIC_SGI_CPU to it */
};
extern struct gic gicv2, gicv3;

/* This machine's; NULL: none. */
extern const struct gic *gic;

/* The distributor's registers. From `init` on. */
extern volatile uint32_t *gic_distributor;

/* Where this CPU has the registers of its private lines. From `init_cpu` on. */
extern volatile uint32_t *gic_private PER_CPU;

/* The registers that have this line's bits. */
static inline volatile uint32_t *gic_registers(unsigned line)
{
    return line < GIC_PRIVATE ? *MY_CPU(gic_private) : gic_distributor;
}

/* Masked, not pending, not active, level-sensitive, of GIC_PRIORITY: 32 lines from 32 * bank on. `groups`: a bit for
 * each. */
void gic_reset_bank(volatile uint32_t *registers, unsigned bank, uint32_t groups);

/* How many lines the distributor has. */
unsigned gic_count_lines(void);

/* interrupt_controller's set_masked: private lines stay as they are. And the port's own, on the CPU that runs it. */
void gic_set_masked(unsigned line, bool masked);
void gic_set_private_masked(unsigned line, bool masked);

/* Waits until the bits are 0; panics after a second. */
void gic_wait_clear(volatile uint32_t *word, uint32_t bits);

/* The line of this machine's virtual timer (CNTV), the same on each CPU; 0: it names none. */
extern unsigned timer_line;
