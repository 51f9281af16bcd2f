/* SPDX-License-Identifier: 0BSD */
/*
 * Between the page allocator's two files: section.c brings memory in and knows what there is, page.c keeps what is free
 * and what is given out. What is marked (core) is called with the core's lock held.
 */
#pragma once

#include <ossa/page.h>

/* A chunk is a block of the largest order, and what the frontier advances by. */
#define CHUNK_PAGES (1ul << PAGE_ORDER_MAX)
#define CHUNK_SIZE  (CHUNK_PAGES * PAGE_SIZE)

struct section_usage {
    uint64_t total_pages;  /* that section.c has been told of */
    uint64_t struct_pages; /* of them hold struct pages, and KASAN's shadow */
};

extern struct section_usage section_usage;

/* No page from this number on is the allocator's. */
extern uint64_t section_page_end;

/* Pages whose struct pages are mapped, from number `first` on: most of them, without a look at each. It is read without
 * the lock: `first` is what it is before there are other CPUs, `count` only grows, behind what it counts. */
extern struct section_known {
    uint64_t first, count;
} section_known;

enum section_result {
    SECTION_NONE,   /* there is no more, or no table to map it with */
    SECTION_NEARER, /* a section has been mapped, or left out: ask again, once paging's reserve is full */
    SECTION_PAGES,  /* pages from *first to before *end, of one chunk: PAGE_INSIDE, for the caller to make blocks of */
};

/* Brings more memory in (core). */
enum section_result section_take(uint64_t *first, uint64_t *end);

/* page_add_kind() (core). */
void section_add_kind(enum boot_memory_kind kind);
