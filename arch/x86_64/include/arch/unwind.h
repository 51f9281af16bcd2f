/* SPDX-License-Identifier: 0BSD */
/*
 * What the unwinder keeps of x86_64: DWARF columns (System V ABI AMD64, 3.6.2) and where they are in struct arch_frame.
 * For C, and for unwind.S, which computes the slots' offsets from the same list.
 */
#pragma once

/* r10 is no callee-saved register, but the CFA's base in prologues of functions that align their stack. */
/* clang-format off */
#define ARCH_UNWIND_COLUMNS(X) \
    X(3, rbx) X(6, rbp) X(7, rsp) X(10, r10) X(12, r12) X(13, r13) X(14, r14) X(15, r15) X(16, rip)
/* clang-format on */

#define ARCH_UNWIND_SP UNWIND_SLOT_7

/* Where a call leaves its return address: UNWIND_SLOT_NONE: pushed. */
#define ARCH_UNWIND_LINK UNWIND_SLOT_NONE

/* A return address as it is: there is no pointer authentication. */
#define ARCH_UNWIND_STRIP(address) (address)
