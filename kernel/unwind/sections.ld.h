/* SPDX-License-Identifier: 0BSD */
/*
 * The tables GCC writes for unwinding, in .rodata's segment: a part of kernel/sections.ld.h.
 */
    .eh_frame_hdr : AT(ADDR(.eh_frame_hdr) - KERNEL_VA + ARCH_KERNEL_PA) {
        eh_frame_hdr_start = .;
        KEEP(*(.eh_frame_hdr))
        eh_frame_hdr_end = .;
    } :rodata
    .eh_frame : AT(ADDR(.eh_frame) - KERNEL_VA + ARCH_KERNEL_PA) ALIGN(8) {
        eh_frame_start = .;
        KEEP(*(.eh_frame .eh_frame.*))
        eh_frame_end = .;
    } :rodata
    .gcc_except_table : AT(ADDR(.gcc_except_table) - KERNEL_VA + ARCH_KERNEL_PA) ALIGN(8) {
        lsda_start = .;
        *(.gcc_except_table .gcc_except_table.*) /* not kept: on riscv64 it refers to dropped functions */
        lsda_end = .;
    } :rodata
    ASSERT(SIZEOF(.eh_frame_hdr) > 8, "no unwind tables: was --eh-frame-hdr given?")
