/* SPDX-License-Identifier: 0BSD */
/*
 * What the unwinder keeps of riscv64: DWARF columns (RISC-V ELF psABI, "DWARF Register Numbers") and where they are in
 * struct arch_frame. Column 64 is the interrupted pc in trap.S. For C, and for unwind.S, which computes the slots'
 * offsets from the same list.
 */
#pragma once

/* clang-format off */
#define ARCH_UNWIND_COLUMNS(X) \
    X(1, x[1]) X(2, x[2]) X(8, x[8]) X(9, x[9]) X(18, x[18]) X(19, x[19]) X(20, x[20]) X(21, x[21]) X(22, x[22]) \
    X(23, x[23]) X(24, x[24]) X(25, x[25]) X(26, x[26]) X(27, x[27]) X(64, pc)
/* clang-format on */

#define ARCH_UNWIND_SP UNWIND_SLOT_2

/* Where a call leaves its return address. */
#define ARCH_UNWIND_LINK UNWIND_SLOT_1

/* A return address as it is: there is no pointer authentication. */
#define ARCH_UNWIND_STRIP(address) (address)
