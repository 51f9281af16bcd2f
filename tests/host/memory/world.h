/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel around the heap, as a host program has it: memory to take pages from, ranges, a panic that can be looked
 * at.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_PAGES (1u << 16) /* 256 MiB */

/* The first byte of memory; page 0 is never given out. */
extern uint8_t *world_memory;
extern uint64_t world_pages_used, world_ranges_used;

/* How many more pages may be given out before there are no more. */
extern uint64_t world_pages_left;

/* The last panic, and where it goes; it may not be under a lock. */
extern char world_reason[160];
extern jmp_buf world_catcher;
extern bool world_catches;

/* The last message. */
extern char world_message[160];

void world_init(void);

/* Goes on on another CPU. */
void world_go_to_cpu(uint64_t number);

/* Whether the statement panics in words that contain `words`. */
#define PANICS(words, statement)                                                                     \
    __extension__({                                                                                  \
        volatile bool panicked = true;                                                               \
        world_catches = true;                                                                        \
        if (setjmp(world_catcher) == 0) {                                                            \
            statement;                                                                               \
            panicked = false;                                                                        \
        }                                                                                            \
        world_catches = false;                                                                       \
        CHECK(panicked) && (strstr(world_reason, words) != NULL || !CHECK_STR(world_reason, words)); \
    })
