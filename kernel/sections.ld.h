/* SPDX-License-Identifier: 0BSD */
/*
 * The body of every port's linker script: one layout of the image for all. A port's kernel.ld.S defines nothing but
 * its format, entry_pa and its own limits, and includes this. What must come first in the image is in section .head.
 *
 *   KERNEL_VA  image_start  +--------------------------------+
 *                text_start | .text     R-X  head first      |
 *              rodata_start | .rodata   R--  sets, build id  |
 *                data_start | .data     RW-                  |  sealed data first; end of the file's bytes
 *                 bss_start | .bss      RW-  zeroed at entry |
 *                           | .noinit   RW-  left as found   |
 *                           | guard     ---                  |
 *                           | boot stack                     |
 *                           | guard     ---                  |
 *                           | emergency stack                |
 *                           | guards and the port's stacks   |  ARCH_TRAP_STACKS of them
 *                 image_end +--------------------------------+
 *
 * Physical addresses are virtual ones minus KERNEL_VA plus where the loader put the image.
 */
#include <ossa/layout.h>

#define SET(name)           \
    . = ALIGN(8);           \
    name##_start = .;       \
    KEEP(*(SORT_BY_NAME(.set.name.*)))      \
    name##_end = .;

ENTRY(entry_pa)

PHDRS
{
    text   PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data   PT_LOAD FLAGS(6);
    note   PT_NOTE FLAGS(4);
}

SECTIONS
{
    . = KERNEL_VA;
    image_start = .;

    text_start = .;
    .text : AT(ADDR(.text) - KERNEL_VA + ARCH_KERNEL_PA) {
        KEEP(*(.head))
        *(.text.entry)
        *(.text .text.*)
    } :text
    . = ALIGN(PAGE_SIZE);
    text_end = .;

    rodata_start = .;
    .note : AT(ADDR(.note) - KERNEL_VA + ARCH_KERNEL_PA) {
        KEEP(*(.note.pvh))
        . = ALIGN(4);
        build_id_note = .;
        KEEP(*(.note.gnu.build-id))
    } :rodata :note
    .rodata : AT(ADDR(.rodata) - KERNEL_VA + ARCH_KERNEL_PA) {
        *(.rodata .rodata.* .srodata .srodata.*)
        SET(console_drivers)
        SET(wall_clocks)
        SET(tests)
        SET(benches)
    } :rodata
    .extable : AT(ADDR(.extable) - KERNEL_VA + ARCH_KERNEL_PA) ALIGN(8) {
        extable_start = .;
        *(.extable)
        extable_end = .;
    } :rodata
#if CONFIG_KASAN
#include "kasan/sections.ld.h"
#endif
#if CONFIG_PANIC_UNWIND
#include "unwind/sections.ld.h"
#endif
#if CONFIG_SYMBOLS
#include "symbols/sections.ld.h" /* last, so that the second link with it moves no function */
#endif
    . = ALIGN(PAGE_SIZE);
    rodata_end = .;

    data_start = .;
    .data : AT(ADDR(.data) - KERNEL_VA + ARCH_KERNEL_PA) {
        ro_after_init_start = .;
        *(.data.ro_after_init)
        . = ALIGN(16);
        thread_local_start = .;
        *(.data.thread_local)
        . = ALIGN(16);
        thread_local_end = .;
        . = ALIGN(PAGE_SIZE);
        ro_after_init_end = .;
        *(.data.page_tables)
        *(.data .data.* .sdata .sdata.*)
        . = ALIGN(PAGE_SIZE);
    } :data
    data_end = .;

    .bss (NOLOAD) : AT(ADDR(.bss) - KERNEL_VA + ARCH_KERNEL_PA) {
        bss_start = .;
        . = ALIGN(64);
        per_cpu_start = .;
        *(.bss.per_cpu)
        . = ALIGN(64);
        per_cpu_end = .;
        *(.bss .bss.* .sbss .sbss.* COMMON)
        . = ALIGN(16);
        bss_end = .;
        *(.noinit .noinit.*)
        . = ALIGN(PAGE_SIZE);
        stacks_start = .;
        . = ALIGN(STACK_SIZE) + STACK_SIZE;
        . = ALIGN(2 * STACK_SIZE);
        boot_stack_guard = . - STACK_SIZE;
        boot_stack_start = .;
        . += STACK_SIZE;
        boot_stack_end = .;
        . = ALIGN(2 * STACK_SIZE);
        emergency_stack_guard = . - STACK_SIZE;
        emergency_stack_start = .;
        . += STACK_SIZE;
        emergency_stack_end = .;
        . += ARCH_TRAP_STACKS * 2 * STACK_SIZE;
    } :data
    . = ALIGN(PAGE_SIZE);
    image_end = .;

    /* For debuggers only, not loaded. */
    .debug_abbrev 0 : { *(.debug_abbrev) }
    .debug_aranges 0 : { *(.debug_aranges) }
    .debug_frame 0 : { *(.debug_frame) }
    .debug_info 0 : { *(.debug_info) }
    .debug_line 0 : { *(.debug_line) }
    .debug_line_str 0 : { *(.debug_line_str) }
    .debug_loclists 0 : { *(.debug_loclists) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_str 0 : { *(.debug_str) }

    /* What a linker makes for position-independent code: in this image, empty. */
    .got : { *(.got .got.plt .igot .igot.plt .plt .iplt .rela.*) } :data
    ASSERT(SIZEOF(.got) == 0, "code was compiled to be position independent")

    /DISCARD/ : {
        *(.comment .note.GNU-stack .note.gnu.property .gnu.attributes .riscv.attributes .eh_frame .eh_frame_hdr)
        *(.fini_array .fini_array.*)
    }
}

ASSERT(image_end - image_start <= KERNEL_SIZE_MAX, "the image is larger than KERNEL_SIZE_MAX: raise it in layout.h")
