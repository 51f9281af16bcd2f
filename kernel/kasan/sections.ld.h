/* SPDX-License-Identifier: 0BSD */
/*
 * What GCC has to say of each file's variables, as constructors: a part of kernel/sections.ld.h.
 */
    .init_array : AT(ADDR(.init_array) - KERNEL_VA + ARCH_KERNEL_PA) ALIGN(8) {
        init_array_start = .;
        KEEP(*(.init_array .init_array.*))
        init_array_end = .;
    } :rodata
