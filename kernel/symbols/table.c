/* SPDX-License-Identifier: 0BSD */
/*
 * Reads the table that scripts/make-symbols writes: functions in the order of their addresses, in blocks of 16, so that
 * a search halves the blocks and then walks one. Knows nothing of where table and code lie, and reads nothing outside
 * the table, whatever is in it.
 *
 *   u32 block_count
 *   block_count + 1 times, the last being where the blocks end:
 *     u32 text_offset        of its first function, from text_start
 *     u32 start              from the table's start
 *   for each function of each block:
 *     uleb128 gap            from the end of the function before it; 0 for the first
 *     uleb128 size
 *     u8 length, the name    a byte below 0x80 is a character, another one a word: number 0, 1 ...
 *   for each word:
 *     u8 length, characters  "console_", what many names have in common
 */
#include <ossa/symbols.h>

#define WORD_FIRST 0x80

struct block {
    uint32_t text_offset, start;
};

struct table {
    uint32_t block_count;
    struct block blocks[];
};

struct bytes {
    const uint8_t *at, *end;
};

/* Past the end everything is 0. */
static uint32_t take_byte(struct bytes *from)
{
    return from->at < from->end ? *from->at++ : 0;
}

/* ULEB128 (DWARF 5, 7.6) of at most 32 bits. */
static uint32_t take_number(struct bytes *from)
{
    uint32_t value = 0, byte;
    unsigned shift = 0;
    do {
        byte = take_byte(from);
        value |= (byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) && shift < 32);
    return value;
}

static struct bytes take_text(struct bytes *from)
{
    size_t length = take_byte(from), left = from->end - from->at;
    struct bytes text = {from->at, from->at + (length < left ? length : left)};
    from->at = text.end;
    return text;
}

static void expand_name(char name[SYMBOLS_NAME_MAX], struct bytes code, struct bytes words)
{
    char *const name_end = name + SYMBOLS_NAME_MAX - 1;
    while (code.at < code.end) {
        struct bytes run = {code.at, code.at + 1}, rest = words;
        if (*code.at >= WORD_FIRST) {
            for (unsigned skip = *code.at - WORD_FIRST; skip > 0; skip--)
                take_text(&rest);
            run = take_text(&rest);
        }
        while (run.at < run.end && name < name_end)
            *name++ = (char)*run.at++;
        code.at++;
    }
    *name = '\0';
}

/* What lies between two distances from the table's start. */
static struct bytes cut(const void *table, size_t size_bytes, size_t start, size_t end)
{
    end = end < size_bytes ? end : size_bytes;
    start = start < end ? start : end;
    return (struct bytes){(const uint8_t *)table + start, (const uint8_t *)table + end};
}

/* The number of blocks that start at or below text_offset. */
static uint32_t count_blocks(const struct table *table, uint32_t text_offset)
{
    uint32_t low = 0, high = table->block_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->blocks[middle].text_offset <= text_offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool symbols_find_in(const void *table, size_t size_bytes, uint32_t text_offset, struct symbol *symbol)
{
    const struct table *head = table;
    if (size_bytes < sizeof(*head) || head->block_count >= (size_bytes - sizeof(*head)) / sizeof(head->blocks[0]))
        return false;
    uint32_t count = count_blocks(head, text_offset);
    if (count == 0)
        return false;
    const struct block *block = &head->blocks[count - 1];
    struct bytes functions = cut(table, size_bytes, block[0].start, block[1].start);
    struct bytes words = cut(table, size_bytes, head->blocks[head->block_count].start, size_bytes);

    for (uint32_t start = block->text_offset, size; functions.at < functions.end; start += size) {
        start += take_number(&functions);
        size = take_number(&functions);
        struct bytes name = take_text(&functions);
        if (text_offset < start)
            return false;
        if (text_offset - start < size) {
            symbol->offset_bytes = text_offset - start;
            symbol->size_bytes = size;
            expand_name(symbol->name, name, words);
            return true;
        }
    }
    return false;
}
