/* SPDX-License-Identifier: 0BSD */
/*
 * DWARF expressions (DWARF 5, 2.5), as far as they make sense in call frame information (6.4.2): GCC writes a few for
 * functions that align their stack, assembly may write any. Invariant: at most EXPRESSION_STEPS_MAX operations, at most
 * EXPRESSION_DEPTH values, and memory is read on the stack only.
 */
#include "reader.h"

#define EXPRESSION_DEPTH     16
#define EXPRESSION_STEPS_MAX 256

/* clang-format off */
/* DW_OP_ (7.7.1); LIT, REG and BREG stand for 32 each. */
enum {
    OP_DEREF = 0x06, OP_CONST1U = 0x08, OP_CONST8S = 0x0f, OP_CONSTU, OP_CONSTS, OP_DUP, OP_DROP, OP_OVER, OP_PICK,
    OP_SWAP, OP_ROT, OP_ABS = 0x19, OP_AND, OP_DIV, OP_MINUS, OP_MOD, OP_MUL, OP_NEG, OP_NOT, OP_OR, OP_PLUS,
    OP_PLUS_UCONST, OP_SHL, OP_SHR, OP_SHRA, OP_XOR, OP_BRA, OP_EQ, OP_GE, OP_GT, OP_LE, OP_LT, OP_NE, OP_SKIP,
    OP_LIT = 0x30, OP_REG = 0x50, OP_BREG = 0x70, OP_REGX = 0x90, OP_BREGX = 0x92, OP_DEREF_SIZE = 0x94, OP_NOP = 0x96
};
/* clang-format on */

struct machine {
    const struct unwind_cursor *cursor;
    struct reader reader;
    const uint8_t *start;
    unsigned depth;
    uint64_t values[EXPRESSION_DEPTH];
};

static void push(struct machine *machine, uint64_t value)
{
    if (machine->depth < EXPRESSION_DEPTH)
        machine->values[machine->depth++] = value;
    else
        machine->reader.failed = true;
}

static uint64_t pop(struct machine *machine)
{
    if (machine->depth > 0)
        return machine->values[--machine->depth];
    machine->reader.failed = true;
    return 0;
}

/* The value that has `above` values above it. */
static uint64_t peek(struct machine *machine, unsigned above)
{
    if (above < machine->depth)
        return machine->values[machine->depth - 1 - above];
    machine->reader.failed = true;
    return 0;
}

static void push_register(struct machine *machine, uint64_t column, int64_t offset)
{
    unsigned slot = unwind_slot(column);
    machine->reader.failed |= slot == UNWIND_SLOT_NONE;
    push(machine, machine->cursor->left_registers.slot[slot] + (uint64_t)offset);
}

static void push_memory(struct machine *machine, unsigned bytes)
{
    uint64_t value = 0;
    bool is_size = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    machine->reader.failed |= !is_size || !stack_load(machine->cursor, pop(machine), bytes, &value);
    push(machine, value);
}

static void push_constant(struct machine *machine, unsigned bytes, bool is_signed)
{
    unsigned unused_bits = 64 - 8 * bytes;
    uint64_t value = unaligned_read(reader_take(&machine->reader, bytes), bytes) << unused_bits;
    push(machine, is_signed ? (uint64_t)((int64_t)value >> unused_bits) : value >> unused_bits);
}

static void jump(struct machine *machine, bool taken)
{
    struct reader *reader = &machine->reader;
    int distance = (int16_t)reader_u16(reader);
    if (!taken)
        return;
    if (distance >= machine->start - reader->at && distance <= reader->end - reader->at)
        reader->at += distance;
    else
        reader->failed = true;
}

/* Exchanges the value on top with the one below it; with `third` the two go round with a third (2.5.1.3). */
static void rotate(struct machine *machine, bool third)
{
    uint64_t a = pop(machine), b = pop(machine), c = third ? pop(machine) : 0;
    push(machine, a);
    if (third)
        push(machine, c);
    push(machine, b);
}

/* The operations on two values (2.5.1.4, 2.5.1.5). A division by zero is 0. */
static uint64_t combine(struct machine *machine, uint8_t operation, uint64_t a, uint64_t b)
{
    int64_t signed_a = (int64_t)a, signed_b = (int64_t)b;
    switch (operation) {
    case OP_AND:
        return a & b;
    case OP_DIV:
        return b == 0 ? 0 : signed_b == -1 ? -a : (uint64_t)(signed_a / signed_b);
    case OP_MINUS:
        return a - b;
    case OP_MOD:
        return b == 0 ? 0 : a % b;
    case OP_MUL:
        return a * b;
    case OP_OR:
        return a | b;
    case OP_PLUS:
        return a + b;
    case OP_SHL:
        return b < 64 ? a << b : 0;
    case OP_SHR:
        return b < 64 ? a >> b : 0;
    case OP_SHRA:
        return (uint64_t)(signed_a >> (b < 64 ? b : 63));
    case OP_XOR:
        return a ^ b;
    case OP_EQ:
        return a == b;
    case OP_GE:
        return signed_a >= signed_b;
    case OP_GT:
        return signed_a > signed_b;
    case OP_LE:
        return signed_a <= signed_b;
    case OP_LT:
        return signed_a < signed_b;
    case OP_NE:
        return a != b;
    default:
        machine->reader.failed = true;
        return 0;
    }
}

static void run_operation(struct machine *machine, uint8_t operation)
{
    struct reader *reader = &machine->reader;
    uint64_t value;
    switch (operation) {
    case OP_LIT ... OP_REG - 1:
        return push(machine, operation - OP_LIT);
    case OP_REG ... OP_BREG - 1:
        return push_register(machine, operation - OP_REG, 0);
    case OP_BREG ... OP_REGX - 1:
        return push_register(machine, operation - OP_BREG, reader_sleb(reader));
    case OP_REGX:
        return push_register(machine, reader_uleb(reader), 0);
    case OP_BREGX:
        value = reader_uleb(reader);
        return push_register(machine, value, reader_sleb(reader));
    case OP_CONST1U ... OP_CONST8S:
        return push_constant(machine, 1u << (operation - OP_CONST1U) / 2, operation % 2);
    case OP_CONSTU:
        return push(machine, reader_uleb(reader));
    case OP_CONSTS:
        return push(machine, (uint64_t)reader_sleb(reader));
    case OP_DEREF:
        return push_memory(machine, sizeof(uint64_t));
    case OP_DEREF_SIZE:
        return push_memory(machine, reader_u8(reader));
    case OP_DUP:
        return push(machine, peek(machine, 0));
    case OP_OVER:
        return push(machine, peek(machine, 1));
    case OP_PICK:
        return push(machine, peek(machine, reader_u8(reader)));
    case OP_DROP:
        pop(machine);
        return;
    case OP_SWAP:
    case OP_ROT:
        return rotate(machine, operation == OP_ROT);
    case OP_ABS:
        value = pop(machine);
        return push(machine, (int64_t)value < 0 ? -value : value);
    case OP_NEG:
        return push(machine, -pop(machine));
    case OP_NOT:
        return push(machine, ~pop(machine));
    case OP_PLUS_UCONST:
        return push(machine, pop(machine) + reader_uleb(reader));
    case OP_SKIP:
        return jump(machine, true);
    case OP_BRA:
        return jump(machine, pop(machine) != 0);
    case OP_NOP:
        return;
    default:
        value = pop(machine);
        return push(machine, combine(machine, operation, pop(machine), value));
    }
}

bool expression_evaluate(const struct unwind_cursor *cursor, int32_t offset, uint64_t initial, uint64_t *value)
{
    struct machine machine = {.cursor = cursor, .depth = 1, .values = {initial}};
    struct reader *reader = &machine.reader;
    *reader = (struct reader){unwind_tables.frames, unwind_tables.frames_end, false};
    reader_skip(reader, (size_t)offset);
    size_t length_bytes = reader_uleb(reader);
    machine.start = reader->at;
    reader_skip(reader, length_bytes);
    *reader = (struct reader){machine.start, reader->at, reader->failed};
    for (unsigned steps = 0; reader->at < reader->end && !reader->failed; steps++) {
        run_operation(&machine, *reader->at++);
        reader->failed |= steps == EXPRESSION_STEPS_MAX;
    }
    *value = pop(&machine);
    return !reader->failed;
}
