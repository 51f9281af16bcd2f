/* SPDX-License-Identifier: 0BSD */
/*
 * What the port's own files share of interrupts: vectors, the local APIC (Intel SDM 3A, "Advanced Programmable
 * Interrupt Controller"), and the way from an ISA interrupt to a line. interrupt.c owns all of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    VECTOR_8259 = 0x20,     /* 16: what two 8259s may still raise, masked */
    VECTOR_LINE = 0x30,     /* + line */
    VECTOR_TIMER = 0xf0,    /* the higher 4 bits are the priority */
    VECTOR_CPU = 0xf1,      /* arch_cpu_interrupt() */
    VECTOR_SPURIOUS = 0xff, /* its lower 4 bits are set, as some CPUs want it */
};
#define APIC_LINES_MAX (VECTOR_TIMER - VECTOR_LINE)

enum apic_register { /* offsets from APIC_BASE; in x2APIC mode MSRs, 0x800 + offset / 16 */
                     APIC_ID = 0x20,
                     APIC_PRIORITY = 0x80,
                     APIC_END_OF_INTERRUPT = 0xb0,
                     APIC_SPURIOUS = 0xf0,
                     APIC_COMMAND = 0x300,
                     APIC_COMMAND_ID = 0x310, /* not in x2APIC mode */
                     APIC_TIMER = 0x320,
                     APIC_LINT0 = 0x350,
                     APIC_LINT1 = 0x360,
                     APIC_ERROR = 0x370,
                     APIC_TIMER_INITIAL = 0x380,
                     APIC_TIMER_CURRENT = 0x390,
                     APIC_TIMER_DIVIDE = 0x3e0,
};
uint32_t apic_read(enum apic_register which);

/* Commands for apic_send(): "Interrupt Command Register". */
#define APIC_FIXED  0x4000 /* level assert, as the next two; + vector */
#define APIC_NMI    0x4400
#define APIC_INIT   0x4500
#define APIC_START  0x4600  /* + page number */
#define APIC_OTHERS 0xc0000 /* to all but this CPU, whatever the id */

/* Interrupts the CPU of this APIC id; waits until the command before it has left. */
void apic_send(uint32_t id, uint32_t command);

/* Whether apic_send() can name the CPU: 8 bits are all that the older mode has, and 255 means everybody there. */
bool apic_can_send(uint64_t id);

/* The line (interrupt.h) at which one of the 16 interrupts of ISA arrives: 4 is COM1's. */
unsigned interrupt_isa_line(unsigned irq);
