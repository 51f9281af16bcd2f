/* SPDX-License-Identifier: 0BSD */
/*
 * Owns pages in a buddy system of its own, written for this and as simple as one can be; ranges by mmap(), with an
 * unreadable page behind each.
 */
#include "world.h"
#include "../../../kernel/memory/heap_parts.h"
#include "cpus.h"
#include <ossa/heap.h>
#include <ossa/log.h>
#include <ossa/page.h>
#include <ossa/spinlock.h>
#include <ossa/vrange.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

uint64_t memory_direct_va;
_Atomic uint64_t memory_fail_countdown;
atomic_bool memory_init_on_alloc;
bool host_memory_debug = WORLD_DEBUG;
unsigned host_interrupts_masked;
struct page *page_first;
uint8_t *world_memory;
uint64_t world_pages_used, world_ranges_used, world_pages_left;
char world_reason[160], world_message[160];
jmp_buf world_catcher;
bool world_catches;

static uint32_t free_first[PAGE_ORDER_MAX + 1]; /* free blocks by order, linked by page number */

static __attribute__((noreturn)) void die(const char *why)
{
    printf("# %s\n", why);
    abort();
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(world_reason, sizeof(world_reason), format, arguments);
    va_end(arguments);
    if (boot_thread.newest_lock != NULL)
        die("a panic under a lock");
    if (!world_catches) {
        printf("# %s:%u\n", place->file, place->line);
        die(world_reason);
    }
    longjmp(world_catcher, 1);
}

void panic_tell_poison(uint64_t *pc, const struct panic_place **place)
{
    (void)pc, (void)place;
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    vsnprintf(world_message, sizeof(world_message), format, arguments);
    va_end(arguments);
}

void memory_fail_after(uint64_t count)
{
    memory_fail_countdown = count;
    heap_trim();
}

/* == Pages ========================================================================================================= */

static void block_insert(uint32_t number, unsigned order)
{
    struct page *page = &page_first[number];
    *page =
        (struct page){.next = free_first[order], .state = PAGE_FREE, .order = order, .size_class = page->size_class};
    if (page->next != 0)
        page_first[page->next].previous = number;
    free_first[order] = number;
}

static void block_remove(uint32_t number)
{
    struct page *page = &page_first[number];
    if (page->next != 0)
        page_first[page->next].previous = page->previous;
    if (page->previous != 0)
        page_first[page->previous].next = page->next;
    else
        free_first[page->order] = page->next;
}

void world_init(void)
{
    if (world_memory != NULL)
        return;
    size_t size = (size_t)WORLD_PAGES * PAGE_SIZE, align = (size_t)PAGE_SIZE << PAGE_ORDER_MAX;
    uint8_t *start =
        mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    world_memory = (uint8_t *)(((uintptr_t)start + align - 1) & -align);
    memory_direct_va = (uintptr_t)world_memory;
    HOST_CPUS_INIT(heap_cpu);
    page_first = calloc(WORLD_PAGES, sizeof(*page_first));
    world_pages_left = WORLD_PAGES;
    for (uint32_t number = 1 << PAGE_ORDER_MAX; number < WORLD_PAGES; number += 1 << PAGE_ORDER_MAX)
        block_insert(number, PAGE_ORDER_MAX);
}

void world_go_to_cpu(uint64_t number)
{
    go_to_cpu(number);
}

struct page *page_find(const void *va)
{
    uint64_t offset = (uintptr_t)va - (uintptr_t)world_memory;
    return offset < (uint64_t)WORLD_PAGES * PAGE_SIZE ? page_of(va) : NULL;
}

void *page_alloc(unsigned order)
{
    unsigned found = order;
    if (memory_must_fail() || world_pages_used + (1u << order) > world_pages_left)
        return NULL;
    while (found <= PAGE_ORDER_MAX && free_first[found] == 0)
        found++;
    if (found > PAGE_ORDER_MAX)
        return NULL;
    uint32_t number = free_first[found];
    block_remove(number);
    for (; found > order; found--)
        block_insert(number + (1 << (found - 1)), found - 1);
    for (unsigned i = 0; i < 1u << order; i++)
        page_first[number + i].state = i == 0 ? PAGE_ALLOCATED : PAGE_INSIDE;
    page_first[number].order = order;
    if (page_first[number].size_class != 0)
        die("size_class of a free block");
    world_pages_used += 1u << order;
    return memset(world_memory + (size_t)number * PAGE_SIZE, memory_init_on_alloc ? 0 : 0x5a,
                  (size_t)PAGE_SIZE << order);
}

void *page_alloc_zeroed(unsigned order)
{
    void *block = page_alloc(order);
    return block == NULL ? NULL : memset(block, 0, (size_t)PAGE_SIZE << order);
}

void page_free(void *va, unsigned order)
{
    struct page *page = page_of(va);
    uint32_t number = page - page_first;
    if (page->state != PAGE_ALLOCATED || page->order != order || (uintptr_t)va % PAGE_SIZE != 0)
        die("page_free: no such block");
    for (unsigned i = 0; i < 1u << order; i++)
        if (page[i].size_class != 0 || page[i].slab_page != 0 || (i > 0 && page[i].state != PAGE_INSIDE))
            die("page_free: the heap left something behind");
    world_pages_used -= 1u << order;
    for (; order < PAGE_ORDER_MAX; order++) {
        uint32_t buddy = number ^ 1u << order;
        if (page_first[buddy].state != PAGE_FREE || page_first[buddy].order != order)
            break;
        block_remove(buddy);
        page_first[buddy].state = page_first[number].state = PAGE_INSIDE;
        number &= buddy;
    }
    block_insert(number, order);
}

/* == Ranges: the size lies in the page before ====================================================================== */

void *vrange_alloc(uint64_t size_bytes)
{
    if (memory_must_fail() || size_bytes > 1ULL << 40)
        return NULL;
    uint8_t *start = mmap(NULL, size_bytes + 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    *(uint64_t *)start = size_bytes;
    mprotect(start + PAGE_SIZE + size_bytes, PAGE_SIZE, PROT_NONE);
    world_ranges_used++;
    return start + PAGE_SIZE;
}

void vrange_free(void *va)
{
    uint8_t *start = (uint8_t *)va - PAGE_SIZE;
    munmap(start, *(uint64_t *)start + 2 * PAGE_SIZE);
    world_ranges_used--;
}
