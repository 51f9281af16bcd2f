/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Blocks become pages, which the manual allows only if no walk can see both: the old
 * translations are taken away, the TLB emptied, the new ones given (break-before-make, Arm ARM, "TLB maintenance"). In
 * between there is no kernel half, so this runs in entry.S's 1:1 block, without data and with all masked.
 */
#include <ossa/assembly.h>

.macro SET_TCR_AND_FLUSH value
    msr     tcr_el1, \value
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
.endm

/* bool arch_page_tables_load(uint64_t root_pa, unsigned levels). Clobbers x9 to x14. */
FUNCTION arch_page_tables_load, .text.entry
    cmp     w1, #ARCH_PAGE_TABLE_LEVELS
    cset    w1, eq
    b.ne    refused
    mrs     x14, daif
    msr     daifset, #15
    adr     x9, in_identity
    adr     x10, in_kernel
    at      s1e1r, x9           /* this block's physical address */
    isb
    mrs     x11, par_el1
    and     x11, x11, #DESCRIPTOR_PA
    bfxil   x11, x9, #0, #PAGE_SHIFT
    mrs     x12, tcr_el1
    bic     x12, x12, #TCR_EPD0 /* set if this is not the first time */
    msr     tcr_el1, x12
    mrs     x13, sctlr_el1
    orr     x13, x13, #SCTLR_WXN /* from here on nothing writable can be executed */
    dsb     ish                 /* the new tables can be seen by the walker */
    isb
    br      x11
in_identity:
    orr     x9, x12, #TCR_EPD1
    SET_TCR_AND_FLUSH x9
    msr     ttbr1_el1, x0
    msr     sctlr_el1, x13
    msr     tcr_el1, x12
    isb
    br      x10
in_kernel:
    orr     x12, x12, #TCR_EPD0 /* the 1:1 mapping is gone, the lower half free */
    SET_TCR_AND_FLUSH x12
    msr     daif, x14
refused:
    mov     w0, w1
    ret
    .globl paging_end
paging_end:
END_FUNCTION arch_page_tables_load
