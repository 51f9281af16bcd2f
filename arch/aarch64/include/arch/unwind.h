/* SPDX-License-Identifier: 0BSD */
/*
 * What the unwinder keeps of aarch64: DWARF columns (DWARF for the Arm 64-bit Architecture, 4.1) and where they are in
 * struct arch_frame. Column 32 is the interrupted pc in trap.S. For C, and for unwind.S, which computes the slots'
 * offsets from the same list.
 */
#pragma once

/* clang-format off */
#define ARCH_UNWIND_COLUMNS(X) \
    X(19, x[19]) X(20, x[20]) X(21, x[21]) X(22, x[22]) X(23, x[23]) X(24, x[24]) X(25, x[25]) X(26, x[26]) \
    X(27, x[27]) X(28, x[28]) X(29, x[29]) X(30, x[30]) X(31, sp) X(32, pc)
/* clang-format on */

#define ARCH_UNWIND_SP UNWIND_SLOT_31

/* Where a call leaves its return address. */
#define ARCH_UNWIND_LINK UNWIND_SLOT_30

/* A return address without its pointer authentication code: XPACLRI (C6.2), a nop for CPUs that have none. */
#define ARCH_UNWIND_STRIP(address)                            \
    __extension__({                                           \
        register uint64_t strip_x30 __asm__("x30") = address; \
        __asm__("hint #7" : "+r"(strip_x30));                 \
        strip_x30;                                            \
    })
