/* SPDX-License-Identifier: 0BSD */
/*
 * Names for code addresses, from a table of the image's functions that is made at link time (scripts/make-symbols).
 * Callable from the first line of C on, in any context, from inside a panic too: nothing is allocated or locked, no
 * state is kept, and a broken table gives wrong names or none, never a fault.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_NAME_MAX 64 /* bytes, NUL included; make-symbols cuts longer names */

struct symbol {
    size_t offset_bytes; /* of the address in the function */
    size_t size_bytes;
    char name[SYMBOLS_NAME_MAX];
};

/* The function that va lies in. Returns false where there is none: outside .text, between functions, in data. */
bool symbols_find(uintptr_t va, struct symbol *symbol);

/*
 * The same for an address of a backtrace. Behind a call that never returns may be the end of its function: there the
 * offset equals the size, and it is not the next function that is named.
 */
bool symbols_find_call(uintptr_t va, struct symbol *symbol);

extern const char symbols_start[], symbols_end[]; /* the table, 4-byte aligned */

/* Looks text_offset, in bytes from text_start, up in the table at `table`, 4-byte aligned, of size_bytes. */
bool symbols_find_in(const void *table, size_t size_bytes, uint32_t text_offset, struct symbol *symbol);
