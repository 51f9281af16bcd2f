/* SPDX-License-Identifier: 0BSD */
/*
 * From a frame to its caller: applies rows (rows.c) to registers and stack. Sections are those of DWARF 5. Invariant:
 * nothing is read but the stack, within its bounds; a step goes up the stack, across a trap, or fails.
 */
#include "reader.h"
#include <arch/frame.h>
#include <ossa/unwind.h>

#define OFFSET_OF_SLOT(column, field) [UNWIND_SLOT_##column] = offsetof(struct arch_frame, field),

static const uint16_t frame_offsets[] = {ARCH_UNWIND_COLUMNS(OFFSET_OF_SLOT)};

static bool apply_rule(const struct unwind_cursor *cursor, int32_t rule, uint64_t cfa, uint64_t *value)
{
    int32_t operand = rule >> RULE_SHIFT;
    uint64_t va = cfa + (uint64_t)(int64_t)operand;
    switch (rule & RULE_KIND) {
    case RULE_VALUE_OFFSET:
        *value = va;
        return true;
    case RULE_EXPRESSION:
        return expression_evaluate(cursor, operand, cfa, &va) && stack_load(cursor, va, sizeof(*value), value);
    case RULE_VALUE_EXPRESSION:
        return expression_evaluate(cursor, operand, cfa, value);
    case RULE_REGISTER:
        *value = cursor->left_registers.slot[operand];
        return operand != UNWIND_SLOT_NONE;
    default: /* RULE_UNDEFINED */
        return true;
    }
}

static bool find_cfa(const struct unwind_cursor *cursor, const struct unwind_row *row, uint64_t *cfa)
{
    if (row->cfa_slot == UNWIND_SLOTS)
        return expression_evaluate(cursor, row->cfa_offset, 0, cfa);
    *cfa = cursor->registers.slot[row->cfa_slot] + (uint64_t)(int64_t)row->cfa_offset;
    return row->cfa_slot != UNWIND_SLOT_NONE;
}

/*
 * Loads the caller's registers. Its sp must lie above this one's, or may be the same if a trap stopped a function that
 * has pushed nothing; else a broken stack could be walked for ever. What a trap interrupted may be on another stack.
 */
static enum unwind_result leave_frame(struct unwind_cursor *cursor, const struct unwind_row *row)
{
    unsigned return_slot = cursor->cie.return_slot;
    int32_t return_rule = row->rules[return_slot];
    uint64_t *registers = cursor->registers.slot, sp = registers[ARCH_UNWIND_SP], cfa;
    if ((return_rule & RULE_KIND) == RULE_UNDEFINED)
        return UNWIND_END_OF_STACK;
    if (!find_cfa(cursor, row, &cfa) || (return_rule == RULE_SAME && !cursor->exact))
        return UNWIND_BAD_CFA;
    registers[ARCH_UNWIND_SP] = cfa;
    for (unsigned slot = 1; slot < UNWIND_SLOTS; slot++) {
        int32_t rule = row->rules[slot];
        if (rule == RULE_SAME)
            continue;
        bool in_frame = (rule & RULE_KIND) == RULE_OFFSET; /* nearly always */
        uint64_t va = cfa + (uint64_t)(int64_t)(rule >> RULE_SHIFT);
        if (in_frame ? !stack_load(cursor, va, sizeof(va), &registers[slot])
                     : !apply_rule(cursor, rule, cfa, &registers[slot]))
            return UNWIND_BAD_STACK;
    }
    uint64_t caller_sp = registers[ARCH_UNWIND_SP];
    bool trap = cursor->cie.signal_frame;
    bool same_stack = caller_sp >= cursor->stack_low && caller_sp <= cursor->stack_high;
    if (trap && !same_stack && !unwind_find_stack(caller_sp, &cursor->stack_low, &cursor->stack_high))
        return UNWIND_BAD_STACK;
    if (!trap && (caller_sp < sp + !cursor->exact || caller_sp > cursor->stack_high))
        return UNWIND_BAD_CFA;
    cursor->pc = row->signed_return_address ? ARCH_UNWIND_STRIP(registers[return_slot]) : registers[return_slot];
    cursor->exact = trap;
    cursor->crossed_trap |= trap;
    return UNWIND_OK;
}

/* A call to where no code is: the caller is where the call's return address says. */
static enum unwind_result leave_nowhere(struct unwind_cursor *cursor)
{
    uint64_t *registers = cursor->registers.slot;
    cursor->pc = registers[ARCH_UNWIND_LINK];
    if (ARCH_UNWIND_LINK == UNWIND_SLOT_NONE) {
        if (!stack_load(cursor, registers[ARCH_UNWIND_SP], sizeof(cursor->pc), &cursor->pc))
            return UNWIND_BAD_STACK;
        registers[ARCH_UNWIND_SP] += sizeof(cursor->pc);
    }
    cursor->exact = false;
    return UNWIND_OK;
}

const char *unwind_result_name(enum unwind_result result)
{
    static const char *const names[] = {
        [UNWIND_OK] = "more follow",
        [UNWIND_END_OF_STACK] = "end of stack",
        [UNWIND_NO_FDE] = "no unwind table for this address",
        [UNWIND_BAD_CFA] = "the next frame is not above this one",
        [UNWIND_BAD_STACK] = "the next frame is not on the stack",
        [UNWIND_BAD_TABLE] = "malformed unwind table",
        [UNWIND_BAD_LSDA] = "malformed cleanup table",
        [UNWIND_LIMIT] = "too many frames",
    };
    return names[result];
}

void unwind_begin(struct unwind_cursor *cursor, const struct arch_frame *frame, bool exact)
{
    *cursor = (struct unwind_cursor){.exact = exact, .entry_count = row_count_entries()};
    for (unsigned slot = 1; slot < UNWIND_SLOTS; slot++)
        cursor->registers.slot[slot] = *(const uint64_t *)((const char *)frame + frame_offsets[slot]);
    cursor->pc = cursor->registers.slot[UNWIND_PC];
    unwind_find_stack(cursor->registers.slot[ARCH_UNWIND_SP], &cursor->stack_low, &cursor->stack_high);
}

enum unwind_result unwind_step(struct unwind_cursor *cursor)
{
    struct unwind_row row;
    if (cursor->frames++ == UNWIND_FRAMES_MAX)
        return UNWIND_LIMIT;
    cursor->left_registers = cursor->registers;
    cursor->left_site = cursor->pc - !cursor->exact;
    cursor->left_lsda = NULL;
    enum unwind_result result = row_find(cursor, &row);
    if (result == UNWIND_NO_FDE && cursor->exact)
        return leave_nowhere(cursor);
    if (result != UNWIND_OK)
        return result;
    result = leave_frame(cursor, &row);
    cursor->left_registers.slot[ARCH_UNWIND_SP] += row.arguments_bytes;
    return result;
}

void unwind_trace(const struct unwind_cursor *from, struct unwind_trace *trace)
{
    struct unwind_cursor cursor = *from;
    trace->count = 0;
    trace->handler = trace->trap_in_between = false;
    do {
        if (trace->count < trace->max)
            trace->calls[trace->count++] = cursor.pc;
        if (!trace->handler && unwind_at_handler(&cursor)) {
            trace->handler = true;
            trace->trap_in_between = cursor.crossed_trap;
        }
        trace->end = UNWIND_OK;
        if (trace->handler && trace->count == trace->max)
            break;
        trace->end = unwind_step(&cursor);
    } while (trace->end == UNWIND_OK);
}
