/* SPDX-License-Identifier: 0BSD */
/*
 * The table of symbols, which a second link adds: a part of kernel/sections.ld.h.
 */
    .symbols : AT(ADDR(.symbols) - KERNEL_VA + ARCH_KERNEL_PA) ALIGN(4) {
        symbols_start = .;
        KEEP(*(.symbols))
        symbols_end = .;
    } :rodata
