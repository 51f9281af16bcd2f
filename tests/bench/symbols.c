/* SPDX-License-Identifier: 0BSD */
/*
 * What a name in a report costs: lookups of addresses spread over all of .text.
 */
#include <ossa/bench.h>
#include <ossa/symbols.h>

BENCH(symbols_find)
{
    uint64_t size = text_end - text_start, at = 0;
    struct symbol symbol;
    for (unsigned round = 0; CONFIG_SYMBOLS && round < rounds; round++) {
        symbols_find((uintptr_t)text_start + at, &symbol);
        at = (at + 4099) % size;
    }
}
