/* SPDX-License-Identifier: 0BSD */
/*
 * Every vector: store a struct arch_frame, call trap_handle(frame), restore, return. Test bit STACK_SHIFT of the stack
 * pointer before the first store: if it is set go on at its CPU's emergency stack (CPU_EMERGENCY_SP, found by the
 * thread pointer), unless the CPU can switch stacks by itself. arch_frame_capture() moves here from trap.c. Green with
 * it: trap_breakpoint_resumes, then tests/fatal/trap.c.
 */
#include <ossa/assembly.h>

FUNCTION trap_vectors
    nop
END_FUNCTION trap_vectors
