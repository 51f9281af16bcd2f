/* SPDX-License-Identifier: 0BSD */
/*
 * Every vector: store a struct arch_frame, call trap_handle(frame), restore, return. Test bit STACK_SHIFT of the stack
 * pointer before the first store and go on at emergency_stack_end if it is set, unless the CPU can switch stacks by
 * itself. arch_frame_capture() moves here from trap.c. Green with it: trap_breakpoint_resumes, then tests/fatal/trap.c.
 */
#include <ossa/assembly.h>

FUNCTION trap_vectors
    nop
END_FUNCTION trap_vectors
