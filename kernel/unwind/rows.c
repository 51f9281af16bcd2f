/* SPDX-License-Identifier: 0BSD */
/*
 * From a pc to its row. .eh_frame_hdr leads to the function's FDE, which names its CIE; the programs of both, run up to
 * pc, say where the caller's registers are. Sections are those of DWARF 5. Only what GCC and binutils write is
 * understood, all else is UNWIND_BAD_TABLE. Invariant: nothing outside the tables is read.
 */
#include "reader.h"
#include <ossa/unwind.h>

#define REMEMBERED_ROWS_MAX 4
#define COLUMNS             65 /* more than an operation can hold in its low six bits */

/* clang-format off */
/* DW_CFA_ (7.24), then Arm's and GNU's own. The first three have an operand in their low bits. */
enum {
    CFA_ADVANCE = 0x40, CFA_OFFSET = 0x80, CFA_RESTORE = 0xc0, OPERAND = 0x3f,
    CFA_NOP = 0x00, CFA_ADVANCE1 = 0x02, CFA_ADVANCE2, CFA_ADVANCE4, CFA_OFFSET_EXTENDED, CFA_RESTORE_EXTENDED,
    CFA_UNDEFINED, CFA_SAME_VALUE, CFA_REGISTER, CFA_REMEMBER_STATE, CFA_RESTORE_STATE, CFA_DEF_CFA,
    CFA_DEF_CFA_REGISTER, CFA_DEF_CFA_OFFSET, CFA_DEF_CFA_EXPRESSION, CFA_EXPRESSION, CFA_OFFSET_EXTENDED_SF,
    CFA_DEF_CFA_SF, CFA_DEF_CFA_OFFSET_SF, CFA_VAL_OFFSET, CFA_VAL_OFFSET_SF, CFA_VAL_EXPRESSION,
    CFA_NEGATE_RA_STATE = 0x2d, CFA_GNU_ARGS_SIZE
};
/* clang-format on */

/* .eh_frame_hdr in the one form that binutils writes (Linux Standard Base Core 5.0, 10.6.2), sorted by `start`. */
struct header {
    uint8_t version, frames_encoding, count_encoding, entry_encoding;
    int32_t frames;
    uint32_t count;
    struct header_entry {
        int32_t start, fde; /* relative to the header */
    } entries[];
};

/* An FDE (10.6.1.2). A CIE has the same first two fields, its id is 0. */
struct fde {
    uint32_t length_bytes; /* of what follows this field */
    uint32_t cie_distance; /* back from this field */
    int32_t start;         /* relative to this field; read_cie() makes sure */
    uint32_t size_bytes;
    uint8_t rest[];
};

#define SLOT_OF_COLUMN(column, field) [column] = UNWIND_SLOT_##column,

static const uint8_t column_slots[COLUMNS] = {ARCH_UNWIND_COLUMNS(SLOT_OF_COLUMN)};

static inline unsigned slot_of(uint64_t column)
{
    return column < COLUMNS ? column_slots[column] : UNWIND_SLOT_NONE;
}

unsigned unwind_slot(uint64_t column)
{
    return slot_of(column);
}

/* Where the expression starts, as a rule's value; leaves it behind. */
static uint64_t skip_expression(struct reader *reader)
{
    const uint8_t *start = reader->at;
    reader_skip(reader, reader_uleb(reader));
    return (uint64_t)(start - unwind_tables.frames);
}

/* An offset in units of data_alignment. */
static uint64_t read_factored(const struct unwind_cursor *cursor, struct reader *reader, bool is_signed)
{
    uint64_t units = is_signed ? (uint64_t)reader_sleb(reader) : reader_uleb(reader);
    return units * (uint64_t)cursor->cie.data_alignment;
}

/* The operations that change how the CFA is found (6.4.2.2). */
static void define_cfa(const struct unwind_cursor *cursor, uint8_t operation, struct reader *reader,
                       struct unwind_row *row)
{
    if (operation == CFA_DEF_CFA_EXPRESSION) {
        row->cfa_slot = UNWIND_SLOTS;
        row->cfa_offset = (int32_t)skip_expression(reader);
        return;
    }
    if (operation != CFA_DEF_CFA_OFFSET && operation != CFA_DEF_CFA_OFFSET_SF)
        row->cfa_slot = (uint8_t)slot_of(reader_uleb(reader));
    if (operation == CFA_DEF_CFA_SF || operation == CFA_DEF_CFA_OFFSET_SF)
        row->cfa_offset = (int32_t)read_factored(cursor, reader, true);
    else if (operation != CFA_DEF_CFA_REGISTER)
        row->cfa_offset = (int32_t)reader_uleb(reader);
}

/* The operations that name a register and then say where it is (6.4.2.3); 0 in `kinds`: no such operation. */
static void define_rule(const struct unwind_cursor *cursor, uint8_t operation, struct reader *reader,
                        struct unwind_row *row)
{
    static const uint8_t kinds[] = {
        [CFA_OFFSET_EXTENDED] = RULE_OFFSET,  [CFA_OFFSET_EXTENDED_SF] = RULE_OFFSET,
        [CFA_VAL_OFFSET] = RULE_VALUE_OFFSET, [CFA_VAL_OFFSET_SF] = RULE_VALUE_OFFSET,
        [CFA_EXPRESSION] = RULE_EXPRESSION,   [CFA_VAL_EXPRESSION] = RULE_VALUE_EXPRESSION,
        [CFA_REGISTER] = RULE_REGISTER,       [CFA_UNDEFINED] = RULE_UNDEFINED,
    };
    bool packed = operation >= CFA_OFFSET; /* its operand has more than one byte */
    unsigned slot = slot_of(packed ? operation & OPERAND : reader_uleb(reader));
    unsigned kind = packed ? RULE_OFFSET : operation < sizeof(kinds) ? kinds[operation] : RULE_SAME;
    uint64_t value = 0;
    if (kind == RULE_OFFSET || kind == RULE_VALUE_OFFSET)
        value = read_factored(cursor, reader, operation == CFA_OFFSET_EXTENDED_SF || operation == CFA_VAL_OFFSET_SF);
    else if (kind == RULE_EXPRESSION || kind == RULE_VALUE_EXPRESSION)
        value = skip_expression(reader);
    else if (kind == RULE_REGISTER)
        value = slot_of(reader_uleb(reader));
    row->rules[slot] = (int32_t)(value << RULE_SHIFT | kind);
    if (operation == CFA_RESTORE_EXTENDED)
        row->rules[slot] = cursor->cie.initial.rules[slot];
    else if (kind == RULE_SAME && operation != CFA_SAME_VALUE)
        reader->failed = true;
}

/* The operations that run_program() leaves over. Returns by how much they advance, in units of code_alignment. */
static uint32_t run_seldom(const struct unwind_cursor *cursor, uint8_t operation, struct reader *reader,
                           struct unwind_row *row)
{
    switch (operation) {
    case CFA_NOP:
        return 0;
    case CFA_ADVANCE1:
        return reader_u8(reader);
    case CFA_ADVANCE2:
        return reader_u16(reader);
    case CFA_ADVANCE4:
        return reader_u32(reader);
    case CFA_DEF_CFA ... CFA_DEF_CFA_EXPRESSION:
    case CFA_DEF_CFA_SF ... CFA_DEF_CFA_OFFSET_SF:
        define_cfa(cursor, operation, reader, row);
        return 0;
    case CFA_NEGATE_RA_STATE:
        row->signed_return_address = !row->signed_return_address;
        return 0;
    case CFA_GNU_ARGS_SIZE:
        row->arguments_bytes = (uint32_t)reader_uleb(reader);
        return 0;
    default:
        define_rule(cursor, operation, reader, row);
        return 0;
    }
}

/*
 * Runs a program (6.4.3) on *row, as far as it is about the next `ahead_bytes` of code. Returns false if malformed.
 * Nearly all operations are among those found here, with an operand of one byte: only the others are handed on.
 */
static bool run_program(const struct unwind_cursor *cursor, struct reader program, uint64_t ahead_bytes,
                        struct unwind_row *row)
{
    const struct unwind_cie *cie = &cursor->cie;
    struct unwind_row remembered[REMEMBERED_ROWS_MAX];
    unsigned depth = 0;
    while (program.at < program.end) {
        uint8_t operation = *program.at++, kind = operation & (uint8_t)~OPERAND;
        uint64_t advance = 0;
        if (kind == CFA_ADVANCE) {
            advance = operation & OPERAND;
        } else if (kind == CFA_OFFSET && reader_is_short(&program)) {
            uint32_t offset = *program.at++ * (uint32_t)cie->data_alignment;
            row->rules[slot_of(operation & OPERAND)] = (int32_t)(offset << RULE_SHIFT | RULE_OFFSET);
        } else if (operation == CFA_DEF_CFA_OFFSET && reader_is_short(&program)) {
            row->cfa_offset = *program.at++;
        } else if (kind == CFA_RESTORE) {
            row->rules[slot_of(operation & OPERAND)] = cie->initial.rules[slot_of(operation & OPERAND)];
        } else if (operation == CFA_REMEMBER_STATE && depth < REMEMBERED_ROWS_MAX) {
            remembered[depth++] = *row;
        } else if (operation == CFA_RESTORE_STATE && depth > 0) {
            *row = remembered[--depth];
        } else {
            struct reader rest = program; /* a copy, so that `program` can stay in registers */
            advance = run_seldom(cursor, operation, &rest, row);
            program = rest;
            if (program.failed)
                return false;
        }
        advance *= cie->code_alignment;
        if (advance > ahead_bytes)
            break;
        ahead_bytes -= advance;
    }
    return true;
}

/* Whether a CIE or FDE can start at `at`: inside .eh_frame, aligned, and all of it there. */
static bool record_fits(uintptr_t at)
{
    uintptr_t start = (uintptr_t)unwind_tables.frames, end = (uintptr_t)unwind_tables.frames_end;
    return at >= start && at < end && end - at >= sizeof(struct fde) && at % sizeof(uint32_t) == 0 &&
           ((const struct fde *)at)->length_bytes <= end - at - sizeof(uint32_t) &&
           ((const struct fde *)at)->length_bytes >= sizeof(struct fde) - sizeof(uint32_t);
}

static uint64_t fde_start(const struct fde *fde)
{
    return (uintptr_t)&fde->start + (uintptr_t)fde->start;
}

static struct reader record_reader(const void *record, const uint8_t *from)
{
    return (struct reader){from, (const uint8_t *)record + sizeof(uint32_t) + *(const uint32_t *)record, false};
}

/* What the letters of a CIE's augmentation announce (Linux Standard Base Core 5.0, 10.6.1.1.1); `R` is a must. */
static bool read_augmentation(const uint8_t *letter, struct reader *reader, struct unwind_cie *cie)
{
    uint8_t code_encoding = ENCODING_ABSOLUTE;
    for (; *letter != 0; letter++) {
        switch (*letter) {
        case 'R':
            code_encoding = reader_u8(reader);
            break;
        case 'P': { /* personality: in C there is but one */
            uint8_t encoding = reader_u8(reader);
            reader_pointer(reader, encoding & (uint8_t)~ENCODING_INDIRECT);
            break;
        }
        case 'L':
            cie->lsda_encoding = reader_u8(reader);
            break;
        case 'S':
            cie->signal_frame = true;
            break;
        case 'B': /* aarch64: return addresses are signed with key B */
            break;
        default:
            return false;
        }
    }
    return !reader->failed && code_encoding == (ENCODING_PC_RELATIVE | ENCODING_SDATA4);
}

static bool read_cie(struct unwind_cursor *cursor, const struct fde *record)
{
    struct unwind_cie *cie = &cursor->cie;
    struct reader reader = record_reader(record, (const uint8_t *)&record->start);
    uint8_t version = reader_u8(&reader);
    const uint8_t *letters = reader.at;
    while (reader_u8(&reader) != 0)
        ;
    *cie = (struct unwind_cie){.lsda_encoding = ENCODING_OMITTED};
    cie->code_alignment = (uint32_t)reader_uleb(&reader);
    cie->data_alignment = (int32_t)reader_sleb(&reader);
    cie->return_slot = (uint8_t)slot_of(reader_uleb(&reader)); /* in version 1 a byte: the same */
    size_t augmentation_bytes = reader_uleb(&reader);
    struct reader augmentation = reader;
    reader_skip(&reader, augmentation_bytes);
    bool known = (version == 1 || version == 3) && record->cie_distance == 0 && letters[0] == 'z' && !reader.failed &&
                 cie->return_slot != UNWIND_SLOT_NONE;
    if (!known || !read_augmentation(letters + 1, &augmentation, cie) || !run_program(cursor, reader, 0, &cie->initial))
        return false;
    cie->start = record;
    return true;
}

uint32_t row_count_entries(void)
{
    const struct header *header = (const void *)unwind_tables.header;
    size_t size_bytes = (size_t)(unwind_tables.header_end - unwind_tables.header);
    bool known = size_bytes >= sizeof(*header) && header->version == 1 &&
                 header->frames_encoding == (ENCODING_PC_RELATIVE | ENCODING_SDATA4) &&
                 header->count_encoding == ENCODING_UDATA4 &&
                 header->entry_encoding == (ENCODING_DATA_RELATIVE | ENCODING_SDATA4) &&
                 header->count <= (size_bytes - sizeof(*header)) / sizeof(struct header_entry);
    return known ? header->count : 0;
}

/* The FDE that covers `site`: the last whose code does not start behind it (Linux Standard Base Core 5.0, 10.6.2). */
static enum unwind_result find_fde(size_t count, uint64_t site, const struct fde **found)
{
    const struct header *header = (const void *)unwind_tables.header;
    const struct header_entry *entry = header->entries;
    int64_t target = (int64_t)(site - (uintptr_t)header);
    if (count == 0)
        return UNWIND_BAD_TABLE;
    if (entry->start > target)
        return UNWIND_NO_FDE;
    for (size_t half; (half = count / 2) > 0; count -= half)
        entry = entry[half].start <= target ? entry + half : entry;
    uintptr_t record = (uintptr_t)header + (uintptr_t)entry->fde;
    if (!record_fits(record))
        return UNWIND_BAD_TABLE;
    *found = (const struct fde *)record;
    return site - fde_start(*found) < (*found)->size_bytes ? UNWIND_OK : UNWIND_NO_FDE;
}

enum unwind_result row_find(struct unwind_cursor *cursor, struct unwind_row *row)
{
    const struct fde *fde;
    enum unwind_result result = find_fde(cursor->entry_count, cursor->left_site, &fde);
    if (result != UNWIND_OK)
        return result;
    uintptr_t cie = (uintptr_t)&fde->cie_distance - fde->cie_distance;
    if (cie != (uintptr_t)cursor->cie.start && (!record_fits(cie) || !read_cie(cursor, (const void *)cie)))
        return UNWIND_BAD_TABLE;
    struct reader reader = record_reader(fde, fde->rest);
    size_t augmentation_bytes = reader_uleb(&reader);
    struct reader augmentation = reader;
    reader_skip(&reader, augmentation_bytes);
    if (cursor->cie.lsda_encoding != ENCODING_OMITTED)
        cursor->left_lsda = (const uint8_t *)reader_pointer(&augmentation, cursor->cie.lsda_encoding);
    cursor->left_function = fde_start(fde);
    *row = cursor->cie.initial;
    bool well_formed = run_program(cursor, reader, cursor->left_site - cursor->left_function, row);
    return well_formed && !augmentation.failed ? UNWIND_OK : UNWIND_BAD_TABLE;
}

enum unwind_result unwind_check(void)
{
    const struct header *header = (const void *)unwind_tables.header;
    const struct fde *fde;
    uint32_t count = row_count_entries();
    enum unwind_result result = find_fde(count, (uintptr_t)unwind_check, &fde);
    for (uint32_t i = 1; result == UNWIND_OK && i < count; i++)
        if (header->entries[i].start <= header->entries[i - 1].start)
            result = UNWIND_BAD_TABLE;
    if (result == UNWIND_OK)
        result = find_fde(count, (uintptr_t)header + (uintptr_t)header->entries[0].start, &fde);
    if (result == UNWIND_OK)
        result = find_fde(count, (uintptr_t)header + (uintptr_t)header->entries[count - 1].start, &fde);
    return result;
}
