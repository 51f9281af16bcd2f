/* SPDX-License-Identifier: 0BSD */
/*
 * What every .S file of every port begins with: functions with size, type and call frame information. Only macros; C
 * never includes this.
 */
#pragma once

#include <ossa/layout.h>

/* clang-format off */

/* A function in the section of its own name, so that the linker can drop it if nobody calls it; or in the one given. */
.macro FUNCTION name, section
    .ifb \section
    .section .text.\name, "ax", %progbits
    .else
    .section \section, "ax", %progbits
    .endif
    .balign 4
    .globl \name
    .type \name, %function
\name:
    .cfi_startproc
.endm

.macro END_FUNCTION name
    .cfi_endproc
    .size \name, . - \name
.endm
