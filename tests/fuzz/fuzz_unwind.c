/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder on broken tables and stacks: a small sound set of both, made here, on which the input puts its bytes.
 * Each run walks, looks for a catch frame and unwinds to it; ASan watches the loads, the caller the time. For libFuzzer
 * and, included by tests/host/test_unwind_broken.c, for a plain host test. Code is never read: its addresses suffice.
 */
#include <arch/frame.h>
#include <ossa/panic.h>
#include <ossa/unwind.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS       8
#define FUNCTION_SIZE   0x100
#define FUNCTION(i)     (fuzz_text + (i)*FUNCTION_SIZE)
#define STACK_WORDS     64
#define CODE_OFFSET     0x40 /* where in a function its call or trap is */
#define PUT(...)        put((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define COLUMN(c, f)    c,
#define COLUMN_KEPT     columns[0]
#define COLUMN_OTHER    columns[4]
#define COLUMN_PC       columns[UNWIND_PC - 1]
#define COLUMN_SP       columns[ARCH_UNWIND_SP - 1]
#define SET_FIELD(c, f) frame.f = (uintptr_t)FUNCTION(0) + CODE_OFFSET;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(8) uint8_t fuzz_header[12 + 8 * FUNCTIONS], fuzz_frames[512], fuzz_lsda[32];
static uint64_t fuzz_stack[STACK_WORDS];
static char fuzz_text[FUNCTIONS * FUNCTION_SIZE];
static const uint8_t columns[] = {ARCH_UNWIND_COLUMNS(COLUMN)};

const struct unwind_tables unwind_tables = {
    .header = fuzz_header,
    .header_end = fuzz_header + sizeof(fuzz_header),
    .frames = fuzz_frames,
    .frames_end = fuzz_frames + sizeof(fuzz_frames),
    .lsda = fuzz_lsda,
    .lsda_end = fuzz_lsda + sizeof(fuzz_lsda),
    .text = fuzz_text,
    .text_end = fuzz_text + sizeof(fuzz_text),
};

/* The port's, by their symbols. */
const char fuzz_catch_site[1] __asm__("arch_unwind_catch_site");
const char fuzz_catch_entry[1] __asm__("arch_unwind_caught");
_Noreturn void fuzz_enter(const struct unwind_registers *registers, uint64_t pc,
                          void *object) __asm__("arch_unwind_enter");

/* == A sound seed ================================================================================================== */

static uint8_t *writer;

static void put(const uint8_t *bytes, size_t count)
{
    memcpy(writer, bytes, count);
    writer += count;
}

static void put_u32(uint32_t value)
{
    memcpy(writer, &value, sizeof(value));
    writer += sizeof(value);
}

static void put_relative(const void *to)
{
    put_u32((uint32_t)((const uint8_t *)to - writer));
}

/* Ends the record begun at `record`, whose length is written now. */
static void end_record(uint8_t *record)
{
    while ((writer - record) % 4 != 0)
        PUT(0);
    uint32_t length = (uint32_t)(writer - record - 4);
    memcpy(record, &length, sizeof(length));
}

/* Version 1, code alignment 1, data alignment -8; CFA = sp, pc at CFA - 8. */
static uint8_t *put_cie(const char *augmentation, const uint8_t *encodings, uint8_t encodings_size)
{
    uint8_t *record = writer;
    put_u32(0);
    put_u32(0);
    PUT(1);
    put((const uint8_t *)augmentation, strlen(augmentation) + 1);
    PUT(1, 0x78, COLUMN_PC, encodings_size);
    put(encodings, encodings_size);
    PUT(0x0c, COLUMN_SP, 0, 0x05, COLUMN_PC, 1);
    end_record(record);
    return record;
}

static uint8_t *put_fde(const uint8_t *cie, unsigned function, const uint8_t *lsda, const uint8_t *program, size_t size)
{
    uint8_t *record = writer;
    put_u32(0);
    put_u32((uint32_t)(writer - cie));
    put_relative(FUNCTION(function));
    put_u32(FUNCTION_SIZE);
    PUT(lsda ? 4 : 0);
    if (lsda)
        put_relative(lsda);
    put(program, size);
    end_record(record);
    uint32_t entry[2] = {(uint32_t)(FUNCTION(function) - (char *)fuzz_header), (uint32_t)(record - fuzz_header)};
    memcpy(fuzz_header + 12 + 8 * function, entry, sizeof(entry));
    return record;
}

#define PUT_FDE(cie, function, lsda, ...) \
    put_fde(cie, function, lsda, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void make_tables(void)
{
    writer = fuzz_header;
    PUT(1, 0x1b, 0x03, 0x3b);
    put_relative(fuzz_frames);
    put_u32(FUNCTIONS);

    /* Two tables of call sites: LEB128, and four bytes; each sends the call to a landing pad at 0x80. */
    writer = fuzz_lsda;
    PUT(0xff, 0xff, 0x01, 9, 0, 0x10, 0, 0, 0x20, 0x40, 0x80, 0x01, 0);
    uint8_t *wide_lsda = writer;
    PUT(0xff, 0xff, 0x03, 13, 0x20, 0, 0, 0, 0x40, 0, 0, 0, 0x80, 0, 0, 0, 0);

    writer = fuzz_frames;
    uint8_t *plain = put_cie("zR", (const uint8_t[]){0x1b}, 1);
    uint8_t *with_lsda = put_cie("zPLR", (const uint8_t[]){0x9b, 0, 0, 0, 0, 0x1b, 0x1b}, 7);
    uint8_t *trap = put_cie("zRS", (const uint8_t[]){0x1b}, 1);
    /* Every frame is 32 bytes. 0: what GCC writes most often. */
    PUT_FDE(with_lsda, 0, fuzz_lsda, 0x44, 0x0e, 32, 0x42, 0x05, COLUMN_KEPT, 2, 0x7f, 0x0e, 0);
    /* 1: an epilogue in between */
    PUT_FDE(with_lsda, 1, wide_lsda, 0x44, 0x0e, 32, 0x48, 0x0a, 0x06, COLUMN_PC, 0x0e, 0, 0x44, 0x0b);
    /* 2: CFA by expression, a register by expression */
    PUT_FDE(plain, 2, NULL, 0x0f, 7, 0x70 + COLUMN_SP, 0, 0x08, 16, 0x32, 0x1e, 0x22, 0x10, COLUMN_KEPT, 3, 0x09, 0xe8,
            0x22);
    /* 3: the rest */
    PUT_FDE(plain, 3, NULL, 0x02, 4, 0x12, COLUMN_SP, 0x7c, 0x2e, 16, 0x14, COLUMN_OTHER, 2, 0x11, COLUMN_KEPT, 3, 0x09,
            COLUMN_OTHER, COLUMN_KEPT, 0x16, COLUMN_OTHER, 1, 0x33, 0x08, COLUMN_OTHER, 0x03, 4, 0, 0x04, 2, 0, 0, 0,
            0x0d, COLUMN_SP);
    /* 4: a trap's frame, which says where sp was */
    PUT_FDE(trap, 4, NULL, 0x0e, 32, 0x05, COLUMN_SP, 2);
    PUT_FDE(with_lsda, 5, fuzz_lsda, 0x44, 0x0e, 32);
    PUT_FDE(plain, 6, NULL, 0x0e, 32);
    /* 7: the end of the stack */
    PUT_FDE(plain, 7, NULL, 0x07, COLUMN_PC);
    put_u32(0);
}

/* The stack of 0 called by 1 ... called by 6, called in a catch frame or by 7. */
static void make_stack(bool handler)
{
    for (unsigned i = 0; i < STACK_WORDS; i++)
        fuzz_stack[i] = 0x1000 + i;
    for (unsigned frame = 0; frame < 7; frame++) {
        fuzz_stack[4 * frame + 3] = (uintptr_t)FUNCTION(frame + 1) + CODE_OFFSET;
        fuzz_stack[4 * frame + 2] = (uintptr_t)&fuzz_stack[4 * frame + 4];
    }
    if (handler)
        fuzz_stack[4 * 6 + 3] = (uintptr_t)fuzz_catch_site;
}

/* == A run ========================================================================================================= */

static struct unwind_cursor fuzz_cursor;
static struct unwind_trace fuzz_trace;
static uint64_t fuzz_calls[16];
static enum unwind_result fuzz_end; /* of phase 2 */
static unsigned fuzz_pads;
static bool fuzz_caught;
static jmp_buf fuzz_back;

bool unwind_find_stack(uint64_t sp, uint64_t *low, uint64_t *high)
{
    *low = (uintptr_t)fuzz_stack;
    *high = *low + sizeof(fuzz_stack);
    return sp >= *low && sp <= *high;
}

void unwind_failed(const struct unwind_cursor *cursor, enum unwind_result result)
{
    (void)cursor;
    fuzz_end = result;
    longjmp(fuzz_back, 1);
}

void fuzz_enter(const struct unwind_registers *registers, uint64_t pc, void *object)
{
    (void)registers;
    fuzz_caught = pc == (uintptr_t)fuzz_catch_entry;
    if (!fuzz_caught && (object != &fuzz_cursor || pc - (uintptr_t)fuzz_text >= sizeof(fuzz_text)))
        abort();
    fuzz_pads += !fuzz_caught;
    longjmp(fuzz_back, 1);
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    (void)place, (void)format;
    abort();
}

static void fuzz_reset(bool handler)
{
    make_tables();
    make_stack(handler);
}

static void fuzz_run(bool exact)
{
    struct arch_frame frame = {0};
    ARCH_UNWIND_COLUMNS(SET_FIELD)
    fuzz_pads = 0;
    fuzz_caught = false;
    fuzz_end = UNWIND_OK;
    fuzz_trace = (struct unwind_trace){.calls = fuzz_calls, .max = 16};
    unwind_begin(&fuzz_cursor, &frame, exact);
    fuzz_cursor.registers.slot[ARCH_UNWIND_SP] = (uintptr_t)fuzz_stack;
    unwind_find_stack((uintptr_t)fuzz_stack, &fuzz_cursor.stack_low, &fuzz_cursor.stack_high);
    unwind_trace(&fuzz_cursor, &fuzz_trace);
    unwind_result_name(fuzz_trace.end);
    if (!fuzz_trace.handler)
        return;
    setjmp(fuzz_back);
    if (!fuzz_caught && fuzz_end == UNWIND_OK)
        unwind_run(&fuzz_cursor);
}

/* Triples: position, of two bytes, and byte. What is left over decides how the stack begins and ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct {
        uint8_t *start;
        size_t size;
    } parts[] = {{fuzz_header, sizeof(fuzz_header)},
                 {fuzz_frames, sizeof(fuzz_frames)},
                 {fuzz_lsda, sizeof(fuzz_lsda)},
                 {(uint8_t *)fuzz_stack, sizeof(fuzz_stack)}};
    fuzz_reset(size % 3 != 2);
    for (; size >= 3; data += 3, size -= 3) {
        size_t at = (size_t)data[0] << 8 | data[1];
        at %= sizeof(fuzz_header) + sizeof(fuzz_frames) + sizeof(fuzz_lsda) + sizeof(fuzz_stack);
        unsigned part = 0;
        while (at >= parts[part].size)
            at -= parts[part++].size;
        parts[part].start[at] = data[2];
    }
    fuzz_run(size == 1);
    return 0;
}
