/* SPDX-License-Identifier: 0BSD */
/*
 * What the unwinder keeps: DWARF columns of the registers that functions give back, of sp and of the return address,
 * each with its field in struct arch_frame. Only what unwind.S can read too.
 */
#pragma once

#define ARCH_UNWIND_COLUMNS(X) X(0, sp) X(1, pc)

#define ARCH_UNWIND_SP UNWIND_SLOT_0

/* Where a call leaves its return address: a slot, or UNWIND_SLOT_NONE: pushed. */
#define ARCH_UNWIND_LINK UNWIND_SLOT_1

/* A return address without what the CPU adds to it. */
#define ARCH_UNWIND_STRIP(address) (address)
