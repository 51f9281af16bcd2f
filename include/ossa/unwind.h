/* SPDX-License-Identifier: 0BSD */
/*
 * Walking the stack by the tables GCC writes, and running the cleanups of the frames that a panic leaves. Reads
 * .eh_frame_hdr and .eh_frame (DWARF 5, section 6.4, as changed by the Linux Standard Base, "Exception Frames") and
 * .gcc_except_table. Allocates nothing, takes no lock, needs at most 2.5 KiB of stack; trusts neither stack nor tables:
 * every load is checked, every walk ends, and the end has a name. What is a panic, and whether it may be caught, is
 * decided above this, in kernel/unwind/catch.c.
 *
 *   unwind_begin()   a cursor at the frame that panicked
 *   unwind_trace()   phase 1: is there a catch frame? All return addresses on the way. Changes nothing.
 *   unwind_run()     phase 2: cleanup after cleanup, then arch_unwind_catch() returns true
 */
#pragma once

#include <arch/unwind.h>
#include <ossa/arch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unwind_result {
    UNWIND_OK,
    UNWIND_END_OF_STACK, /* the outermost function: its return address is marked undefined */
    UNWIND_NO_FDE,       /* no table entry covers pc */
    UNWIND_BAD_CFA,      /* the caller's frame would not lie above this one, or the return address is not saved */
    UNWIND_BAD_STACK,    /* something would have to be read from outside the stack, or misaligned */
    UNWIND_BAD_TABLE,    /* .eh_frame_hdr or .eh_frame: malformed, or a form that GCC does not write */
    UNWIND_BAD_LSDA,     /* the same for .gcc_except_table */
    UNWIND_LIMIT,        /* more than UNWIND_FRAMES_MAX frames */
};

#define UNWIND_FRAMES_MAX 1024

/* What a report says: "end of stack", "no unwind table for this address", ... */
const char *unwind_result_name(enum unwind_result result);

/*
 * The registers kept while unwinding: those that functions give back, sp and, last, pc. Each has a slot,
 * UNWIND_SLOT_<DWARF column>. Slot 0 stands for every other column, and means nothing.
 */
#define UNWIND_SLOT(column, field) UNWIND_SLOT_##column,
enum { UNWIND_SLOT_NONE, ARCH_UNWIND_COLUMNS(UNWIND_SLOT) UNWIND_SLOTS, UNWIND_PC = UNWIND_SLOTS - 1 };

struct unwind_registers {
    uint64_t slot[UNWIND_SLOTS];
};

/* Where the tables and the code lie. The first two are 4-byte aligned. */
struct unwind_tables {
    const uint8_t *header, *header_end; /* .eh_frame_hdr */
    const uint8_t *frames, *frames_end; /* .eh_frame */
    const uint8_t *lsda, *lsda_end;     /* .gcc_except_table */
    const char *text, *text_end;        /* landing pads are in here */
};

extern const struct unwind_tables unwind_tables;

/* Their bounds in the image, from the linker script. */
extern const uint8_t eh_frame_hdr_start[], eh_frame_hdr_end[], eh_frame_start[], eh_frame_end[];
extern const uint8_t lsda_start[], lsda_end[];

/* How to find the caller from one pc: the CFA, its stack pointer, and for each slot where the caller's value is. */
struct unwind_row {
    _Alignas(uint64_t) int32_t rules[UNWIND_SLOTS]; /* value << 3 | enum unwind_rule (kernel/unwind/reader.h) */
    int32_t cfa_offset;         /* to add to the slot's value; or where in .eh_frame the expression is */
    uint8_t cfa_slot;           /* UNWIND_SLOTS: an expression */
    bool signed_return_address; /* it carries a pointer authentication code (aarch64) */
    uint32_t arguments_bytes;   /* pushed for a call: a landing pad wants them gone (x86_64) */
};

/* What the FDEs of one CIE have in common. Most of a kernel's share one, so the last is kept. */
struct unwind_cie {
    const void *start; /* NULL: none yet */
    uint32_t code_alignment;
    int32_t data_alignment;
    uint8_t return_slot; /* where a step finds the caller's pc */
    uint8_t lsda_encoding;
    bool signal_frame;
    struct unwind_row initial;
};

/* A frame of the stack, and what is needed to go on from it. */
struct unwind_cursor {
    uint64_t pc;
    bool exact;           /* pc is an instruction that trapped; else a return address, behind the call */
    bool crossed_trap;    /* a trap's frame lies between the first frame and this one */
    unsigned frames;      /* steps so far */
    uint32_t entry_count; /* of .eh_frame_hdr; 0: malformed */
    uint64_t stack_low, stack_high;
    struct unwind_registers registers;
    /* The frame that the last step left: what its landing pad starts with. */
    struct unwind_registers left_registers;
    uint64_t left_site;       /* an address inside the call, or the trap's */
    uint64_t left_function;   /* start of the code that the FDE covers */
    const uint8_t *left_lsda; /* the table of its cleanups, NULL: has none */
    struct unwind_cie cie;
};

/* Puts the cursor at the frame of these registers. exact: as a trap left them; else as arch_frame_capture() did. */
void unwind_begin(struct unwind_cursor *cursor, const struct arch_frame *frame, bool exact);

/* Goes to the caller's frame. On any result but UNWIND_OK the cursor stays, and is of no more use. */
enum unwind_result unwind_step(struct unwind_cursor *cursor);

/* What a walk looks for and finds. */
struct unwind_trace {
    uint64_t *calls;        /* in: room for max; out: pc, then return addresses, newest first */
    size_t max, count;      /* in, out */
    bool handler;           /* out: a catch frame was met */
    bool trap_in_between;   /* out: ... but a trap's frame before it: code panicked inside a trap handler */
    enum unwind_result end; /* out: why the walk ended; UNWIND_OK: handler found and calls full */
};

/* Whether this frame is a catch frame. */
static inline bool unwind_at_handler(const struct unwind_cursor *cursor)
{
    return cursor->pc == (uintptr_t)arch_unwind_catch_site && !cursor->exact;
}

/* Walks from the cursor, which stays as it is, outwards: the backtrace and phase 1 in one. */
void unwind_trace(const struct unwind_cursor *from, struct unwind_trace *trace);

/*
 * Drops frame after frame from the cursor on, running the cleanups of each, up to the next catch frame, where
 * arch_unwind_catch() returns true. Only after unwind_trace() has found one. The cursor is in use until then, so it
 * must lie outside the frames dropped: in the caller of arch_unwind_catch(), or with the thread. Cleanups run on the
 * stack of the frame they belong to; interrupts are as the caller of unwind_run() left them.
 */
_Noreturn void unwind_run(struct unwind_cursor *cursor);

/* A cleanup left stack or tables such that unwind_run() cannot go on. Given by catch.c: reports, never returns. */
_Noreturn void unwind_failed(const struct unwind_cursor *cursor, enum unwind_result result);

/*
 * The bounds, multiples of 8, of the stack that sp lies in or is the upper end of; false if there is none. Given by
 * catch.c.
 */
bool unwind_find_stack(uint64_t sp, uint64_t *low, uint64_t *high);

/* Whether the tables are there, sorted, well-formed at their ends, and cover this very function. For start-up. */
enum unwind_result unwind_check(void);

/* What GCC's landing pads end with and its tables refer to. The second is never called. */
_Noreturn void _Unwind_Resume(struct unwind_cursor *object);
_Noreturn void __gcc_personality_v0(void);
