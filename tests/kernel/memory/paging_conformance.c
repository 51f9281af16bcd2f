/* SPDX-License-Identifier: 0BSD */
/*
 * Conformance: what the final page tables forbid. Memory that has been allocated is never executed, what is sealed or
 * code is never written, by whatever address.
 */
#include <ossa/conformance.h>
#include <ossa/heap.h>
#include <ossa/page.h>
#include <ossa/vrange.h>

static PLAIN void write_int(uintptr_t va)
{
    *(volatile int *)va = 1;
}

static PLAIN void call(uintptr_t va)
{
    void (*volatile function)(void) = (void (*)(void))va;
    function();
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

CONFORMANCE(write_ro_after_init, "write to data: ")
{
    write_int((uintptr_t)&memory_direct_va);
}

/* The direct map has no place for the image. */
CONFORMANCE(write_text_via_direct_map, "write to unmapped memory: ")
{
    write_int((uintptr_t)memory_va(boot_info->kernel_pa));
}

CONFORMANCE(exec_heap, "execution of data: ")
{
    OWNED(heap_free) void *code = heap_alloc_zeroed(1, 64);
    call((uintptr_t)code);
}

CONFORMANCE(exec_pages, "execution of data: ")
{
    void *code = page_alloc_zeroed(0);
    DEFER
    {
        page_free(code, 0);
    };
    call((uintptr_t)code);
}

CONFORMANCE(exec_vrange, "execution of data: ")
{
    OWNED(vrange_free) void *code = vrange_alloc(PAGE_SIZE);
    call((uintptr_t)code);
}
