/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the image's table of functions: where it lies, and what asks it. What is in it is table.c's business.
 */
#include <ossa/arch.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/symbols.h>

bool symbols_find(uintptr_t va, struct symbol *symbol)
{
    if (va < (uintptr_t)text_start || va >= (uintptr_t)text_end)
        return false;
    return symbols_find_in(symbols_start, symbols_end - symbols_start, va - (uintptr_t)text_start, symbol);
}

bool symbols_find_call(uintptr_t va, struct symbol *symbol)
{
    bool in_text = va > (uintptr_t)text_start && va <= (uintptr_t)text_end; /* the last function may end in a call */
    if (!in_text || !arch_follows_call(va) || !symbols_find(va - 1, symbol))
        return symbols_find(va, symbol);
    symbol->offset_bytes++;
    return true;
}

static const char *name_symbol(uintptr_t va, size_t *offset, size_t *size)
{
    static struct symbol symbol;
    if (!symbols_find(va, &symbol))
        return NULL;
    *offset = symbol.offset_bytes;
    *size = symbol.size_bytes;
    return symbol.name;
}

void symbols_init(void)
{
    format_symbol = name_symbol;
}
