/* SPDX-License-Identifier: 0BSD */
/*
 * What exceptions mean. Write tables from the manual's causes to names and kinds, the list of registers in the order to
 * print them, and the set-up of vectors and stacks. Green with it: trap_words, tests/fatal/trap.c.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {{"pc", FRAME_PC}, {"sp", FRAME_SP}};

void arch_trap_init(void)
{
    panic("arch_trap_init: not written yet");
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    panic("arch_trap_decode: not written yet");
}

void arch_frame_capture(struct arch_frame *frame)
{
    panic("arch_frame_capture: not written yet");
}
