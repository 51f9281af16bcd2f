/* SPDX-License-Identifier: 0BSD */
/*
 * What the files of kernel/unwind/ share. Above all, reading what may be broken: tables, by a reader that never passes
 * its end, and the stack. Past the end, and for numbers longer than 64 bits, a reader gives anything and sets `failed`:
 * callers check once, at the end.
 */
#pragma once

#include <ossa/unwind.h>

struct reader {
    const uint8_t *at, *end;
    bool failed;
};

/* DW_EH_PE_, how a pointer is encoded (Linux Standard Base Core 5.0, 10.5.1). */
enum {
    ENCODING_ABSOLUTE = 0x00,
    ENCODING_ULEB128 = 0x01,
    ENCODING_UDATA4 = 0x03,
    ENCODING_SDATA4 = 0x0b,
    ENCODING_FORMAT = 0x0f,
    ENCODING_PC_RELATIVE = 0x10,
    ENCODING_DATA_RELATIVE = 0x30,
    ENCODING_INDIRECT = 0x80,
    ENCODING_OMITTED = 0xff,
};

/* Compilers turn this into whatever loads the CPU allows at any alignment. */
struct unaligned {
    union {
        uint64_t u64;
        uint32_t u32;
        uint16_t u16;
        uint8_t u8;
    };
} __attribute__((packed));

static inline uint64_t unaligned_read(const struct unaligned *at, unsigned bytes)
{
    return bytes == 8 ? at->u64 : bytes == 4 ? at->u32 : bytes == 2 ? at->u16 : at->u8;
}

static inline const struct unaligned *reader_take(struct reader *reader, size_t bytes)
{
    static const uint64_t nothing;
    const void *at = reader->at;
    if ((size_t)(reader->end - reader->at) < bytes) {
        reader->failed = true;
        reader->at = reader->end;
        return (const struct unaligned *)&nothing;
    }
    reader->at += bytes;
    return at;
}

static inline void reader_skip(struct reader *reader, size_t bytes)
{
    reader_take(reader, bytes);
}

static inline uint8_t reader_u8(struct reader *reader)
{
    if (reader->at >= reader->end) {
        reader->failed = true;
        return 0;
    }
    return *reader->at++;
}

static inline uint16_t reader_u16(struct reader *reader)
{
    return reader_take(reader, sizeof(uint16_t))->u16;
}

static inline uint32_t reader_u32(struct reader *reader)
{
    return reader_take(reader, sizeof(uint32_t))->u32;
}

static inline uint64_t reader_u64(struct reader *reader)
{
    return reader_take(reader, sizeof(uint64_t))->u64;
}

/* A LEB128 number (DWARF 5, 7.6); is_signed: its last bit is repeated upwards. */
static __attribute__((noinline, unused)) uint64_t reader_leb(struct reader *reader, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = reader_u8(reader);
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80 && shift < 64);
    reader->failed |= (byte & 0x80) != 0;
    return is_signed && byte & 0x40 && shift < 64 ? value | -1ull << shift : value;
}

/* Whether a LEB128 number of one byte is next. */
static inline bool reader_is_short(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at < 0x80;
}

static inline uint64_t reader_uleb(struct reader *reader)
{
    return reader_is_short(reader) ? *reader->at++ : reader_leb(reader, false);
}

static inline int64_t reader_sleb(struct reader *reader)
{
    return (int64_t)reader_leb(reader, true);
}

/* A pointer as `encoding` says, in the forms GCC uses outside .eh_frame_hdr. 0 stays 0 whatever it is relative to. */
static inline uint64_t reader_pointer(struct reader *reader, uint8_t encoding)
{
    uint64_t base = encoding & ENCODING_PC_RELATIVE ? (uintptr_t)reader->at : 0, value = 0;
    switch (encoding & ~(ENCODING_PC_RELATIVE | ENCODING_INDIRECT)) {
    case ENCODING_ABSOLUTE:
        value = reader_u64(reader);
        break;
    case ENCODING_ULEB128:
        value = reader_uleb(reader);
        break;
    case ENCODING_UDATA4:
        value = reader_u32(reader);
        break;
    case ENCODING_SDATA4:
        value = (uint64_t)(int32_t)reader_u32(reader);
        break;
    default:
        reader->failed = true;
    }
    return value == 0 ? 0 : base + value;
}

/* An aligned word of 1, 2, 4 or 8 bytes, if it is on the stack, whose bounds are aligned too. */
static inline bool stack_load(const struct unwind_cursor *cursor, uint64_t va, unsigned bytes, uint64_t *value)
{
    if (va % bytes != 0 || va - cursor->stack_low >= cursor->stack_high - cursor->stack_low)
        return false;
    *value = bytes == sizeof(uint64_t) ? *(const uint64_t *)va : unaligned_read((const void *)va, bytes);
    return true;
}

/* Where the caller's value of a register is (6.4.1). */
enum unwind_rule {
    RULE_SAME,             /* unchanged */
    RULE_OFFSET,           /* in memory, at CFA + value */
    RULE_VALUE_OFFSET,     /* CFA + value */
    RULE_EXPRESSION,       /* in memory, where the expression at .eh_frame + value says */
    RULE_VALUE_EXPRESSION, /* what that expression says */
    RULE_REGISTER,         /* in the slot `value` */
    RULE_UNDEFINED,
    RULE_KIND = 7, /* a row's entry holds one of these in its low bits */
    RULE_SHIFT = 3,
};

/* rows.c: the slot of a DWARF column. */
unsigned unwind_slot(uint64_t column);

/*
 * expression.c: evaluates the DWARF expression at .eh_frame + offset, its length first, on a stack that holds
 * `initial`, with the registers of the frame being left. Returns false if it is malformed, takes too long or reads
 * outside the stack.
 */
bool expression_evaluate(const struct unwind_cursor *cursor, int32_t offset, uint64_t initial, uint64_t *value);

/* rows.c: finds the row at left_site, by binary search, and fills in the other left_ fields but the registers. */
enum unwind_result row_find(struct unwind_cursor *cursor, struct unwind_row *row);

/* How many entries .eh_frame_hdr has, 0 if it is not as binutils writes it. */
uint32_t row_count_entries(void);
