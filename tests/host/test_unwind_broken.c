/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder and what is wrong: each kind of damage has its name, random damage never more than a name.
 */
#include "host_test.h"

#include "unwind/prefix.h"

#include "../../kernel/unwind/reader.h"
#include "../fuzz/fuzz_unwind.c"

HOST_TEST(sound_tables)
{
    for (int exact = 0; exact < 2; exact++) {
        fuzz_reset(true);
        fuzz_run(exact);
        CHECK_EQ(fuzz_trace.count, 8);
        CHECK_EQ(fuzz_trace.end, UNWIND_NO_FDE); /* the catch frame's is not in these tables */
        CHECK(fuzz_trace.handler && fuzz_trace.trap_in_between);
        CHECK(fuzz_caught);
        CHECK_EQ(fuzz_end, UNWIND_OK);
        CHECK_EQ(fuzz_pads, 3);
    }
    fuzz_reset(false);
    fuzz_run(false);
    CHECK_EQ(fuzz_trace.count, 8);
    CHECK_EQ(fuzz_trace.end, UNWIND_END_OF_STACK);
    CHECK(!fuzz_trace.handler);
}

static enum unwind_result end_with(uint8_t *damaged, uint8_t value)
{
    fuzz_reset(true);
    *damaged = value;
    fuzz_run(false);
    return fuzz_trace.handler ? fuzz_end : fuzz_trace.end;
}

HOST_TEST(named_reasons)
{
    CHECK_EQ(end_with(&fuzz_header[0], 2), UNWIND_BAD_TABLE); /* version */
    CHECK_EQ(end_with(&fuzz_header[3], 0x1b), UNWIND_BAD_TABLE);
    CHECK_EQ(end_with(&fuzz_header[8], 0), UNWIND_BAD_TABLE);
    CHECK_EQ(end_with(&fuzz_header[8], FUNCTIONS + 1), UNWIND_BAD_TABLE);
    CHECK_EQ(end_with(&fuzz_header[12 + 4], fuzz_header[12 + 4] + 1), UNWIND_BAD_TABLE); /* misaligned */
    CHECK_EQ(end_with(&fuzz_frames[8], 9), UNWIND_BAD_TABLE);                            /* a CIE's version */
    CHECK_EQ(end_with(&fuzz_lsda[2], 0x02), UNWIND_BAD_LSDA);
    CHECK_EQ(end_with(&fuzz_lsda[3], 0xff), UNWIND_BAD_LSDA);
    CHECK_EQ(end_with(&fuzz_lsda[11], 0x7f), UNWIND_BAD_LSDA); /* a pad outside the code */
    CHECK_EQ(end_with((uint8_t *)&fuzz_stack[3] + 5, 0x77), UNWIND_NO_FDE);
}

static uint64_t evaluate(const uint8_t *program, uint8_t size, bool *well_formed)
{
    uint64_t value = 0;
    fuzz_frames[0] = size;
    memcpy(&fuzz_frames[1], program, size);
    fuzz_stack[0] = 0x8877665544332211;
    fuzz_cursor.left_registers.slot[ARCH_UNWIND_SP] = (uintptr_t)fuzz_stack;
    unwind_find_stack((uintptr_t)fuzz_stack, &fuzz_cursor.stack_low, &fuzz_cursor.stack_high);
    *well_formed = expression_evaluate(&fuzz_cursor, 0, 100, &value);
    return value;
}

#define EVALUATE(well_formed, ...) \
    evaluate((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), well_formed)
#define EXPECT(want, ...)                                   \
    do {                                                    \
        bool well_formed;                                   \
        uint64_t got = EVALUATE(&well_formed, __VA_ARGS__); \
        if (CHECK(well_formed))                             \
            CHECK_EQ(got, want);                            \
    } while (0)
#define EXPECT_REFUSED(...)                  \
    do {                                     \
        bool well_formed;                    \
        EVALUATE(&well_formed, __VA_ARGS__); \
        CHECK(!well_formed);                 \
    } while (0)

/* Each operation once, after a value 100 (DWARF 5, 2.5.1). */
HOST_TEST(expression_operations)
{
    EXPECT(100, 0x96);
    EXPECT(31, 0x4f);
    EXPECT(0xfe, 0x08, 0xfe);
    EXPECT(-2, 0x09, 0xfe);
    EXPECT(0xfffe, 0x0a, 0xfe, 0xff);
    EXPECT(-2, 0x0b, 0xfe, 0xff);
    EXPECT(0xfffffffe, 0x0c, 0xfe, 0xff, 0xff, 0xff);
    EXPECT(-2, 0x0d, 0xfe, 0xff, 0xff, 0xff);
    EXPECT(0x0807060504030201, 0x0e, 1, 2, 3, 4, 5, 6, 7, 8);
    EXPECT(-1, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    EXPECT(624485, 0x10, 0xe5, 0x8e, 0x26);
    EXPECT(-1, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    EXPECT(-123456, 0x11, 0xc0, 0xbb, 0x78);
    EXPECT(200, 0x12, 0x22);           /* dup plus */
    EXPECT(100, 0x31, 0x13);           /* drop */
    EXPECT(100, 0x31, 0x14);           /* over */
    EXPECT(100, 0x31, 0x32, 0x15, 2);  /* pick */
    EXPECT(99, 0x31, 0x1c);            /* minus */
    EXPECT(-99, 0x31, 0x16, 0x1c);     /* swap minus */
    EXPECT(2, 0x31, 0x32, 0x33, 0x17); /* rot: 3 1 2 */
    EXPECT(3, 0x31, 0x32, 0x33, 0x17, 0x13, 0x13);
    EXPECT(5, 0x09, 0xfb, 0x19);   /* abs */
    EXPECT(4, 0x36, 0x1a);         /* and */
    EXPECT(-20, 0x09, 0xfb, 0x1b); /* div */
    EXPECT(0, 0x30, 0x1b);
    EXPECT(1, 0x33, 0x1d);         /* mod */
    EXPECT(300, 0x33, 0x1e);       /* mul */
    EXPECT(-100, 0x1f);            /* neg */
    EXPECT(~100, 0x20);            /* not */
    EXPECT(103, 0x33, 0x21);       /* or */
    EXPECT(228, 0x23, 0x80, 0x01); /* plus_uconst */
    EXPECT(400, 0x32, 0x24);       /* shl */
    EXPECT(25, 0x32, 0x25);        /* shr */
    EXPECT(-25, 0x1f, 0x32, 0x26); /* shra */
    EXPECT(103, 0x33, 0x27);       /* xor */
    EXPECT(1, 0x08, 100, 0x29);    /* eq ge gt le lt ne */
    EXPECT(1, 0x08, 100, 0x2a);
    EXPECT(0, 0x08, 100, 0x2b);
    EXPECT(1, 0x08, 100, 0x2c);
    EXPECT(0, 0x08, 100, 0x2d);
    EXPECT(0, 0x08, 100, 0x2e);
    EXPECT(3, 0x33, 0x2f, 1, 0, 0x34);       /* skip */
    EXPECT(7, 0x37, 0x31, 0x28, 1, 0, 0x34); /* bra */
    EXPECT(4, 0x37, 0x30, 0x28, 1, 0, 0x34);
    EXPECT(0, 0x4f, 0x31, 0x1c, 0x12, 0x28, 0xfa, 0xff); /* down to 0 */
    EXPECT((uintptr_t)fuzz_stack + 8, 0x70 + COLUMN_SP, 8);
    EXPECT((uintptr_t)fuzz_stack - 8, 0x92, COLUMN_SP, 0x78);
    EXPECT((uintptr_t)fuzz_stack, 0x50 + COLUMN_SP);
    EXPECT((uintptr_t)fuzz_stack, 0x90, COLUMN_SP);
    EXPECT(0x8877665544332211, 0x70 + COLUMN_SP, 0, 0x06);
    EXPECT(0x44332211, 0x70 + COLUMN_SP, 0, 0x94, 4);
    EXPECT(0x6655, 0x70 + COLUMN_SP, 4, 0x94, 2);
    EXPECT(0x77, 0x70 + COLUMN_SP, 6, 0x94, 1);
}

HOST_TEST(expression_refusals)
{
    EXPECT_REFUSED(0x13, 0x13);             /* nothing left */
    EXPECT_REFUSED(0x12, 0x2f, 0xfc, 0xff); /* for ever */
    EXPECT_REFUSED(0x30, 0x2f, 0xfd, 0xff);
    EXPECT_REFUSED(0x2f, 0xfc, 0xff); /* out of the expression */
    EXPECT_REFUSED(0x2f, 1, 0);
    EXPECT_REFUSED(0x0e, 1, 2, 3);
    EXPECT_REFUSED(0x10, 0x80);
    EXPECT_REFUSED(0x06);                      /* outside the stack */
    EXPECT_REFUSED(0x70 + COLUMN_SP, 1, 0x06); /* misaligned */
    EXPECT_REFUSED(0x70 + COLUMN_SP, 0, 0x94, 3);
    EXPECT_REFUSED(0x15, 1);
    EXPECT_REFUSED(0x03);       /* DW_OP_addr */
    EXPECT_REFUSED(0x90, 0x7f); /* no such column */
}

HOST_TEST(random_damage)
{
    uint8_t input[3 * 16 + 2];
    unsigned ends[UNWIND_LIMIT + 1] = {0};
    for (uint64_t run = 0; run < host_times(50000); run++) {
        size_t size = 3 * (1 + host_random() % 4) + host_random() % 3;
        for (size_t i = 0; i < size; i++)
            input[i] = (uint8_t)(host_random() >> 8);
        LLVMFuzzerTestOneInput(input, size);
        ends[fuzz_trace.handler ? fuzz_end : fuzz_trace.end]++;
    }
    for (unsigned i = 0; i <= UNWIND_LIMIT; i++)
        printf("# %s: %u\n", unwind_result_name(i), ends[i]);
    CHECK(ends[UNWIND_NO_FDE] && ends[UNWIND_BAD_CFA] && ends[UNWIND_BAD_STACK] && ends[UNWIND_BAD_TABLE]);
    CHECK(ends[UNWIND_OK] && ends[UNWIND_END_OF_STACK] && ends[UNWIND_BAD_LSDA]);
}
