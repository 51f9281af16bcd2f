/* SPDX-License-Identifier: 0BSD */
/*
 * How much stack the unwinder needs: it runs when there may be little left. What is below the stack pointer is painted,
 * the walk leaves its traces in it. Both phases take the same way down: a step, a row, a program.
 */
#include <ossa/test.h>
#include <ossa/unwind.h>

#define PAINTED_WORDS 1024
#define PAINT         0x7061696e74656421
#define STACK_USE_MAX 2560

static struct unwind_cursor cursor;
static struct arch_frame frame;

/* Not painted: the rest of this test's own frame. Counted as used. */
#define TOP_BYTES 512

TEST(unwind_stack_use)
{
    uint64_t calls[PANIC_CALLS_MAX];
    struct unwind_trace trace = {.calls = calls, .max = PANIC_CALLS_MAX};
    volatile uint64_t *low = (volatile uint64_t *)(((uintptr_t)&trace & -8) - TOP_BYTES) - PAINTED_WORDS;
    arch_frame_capture(&frame);
    unwind_begin(&cursor, &frame, false);
    for (unsigned i = 0; i < PAINTED_WORDS; i++)
        low[i] = PAINT;
    unwind_trace(&cursor, &trace);
    size_t untouched = 0;
    while (untouched < PAINTED_WORDS && low[untouched] == PAINT)
        untouched++;
    size_t used = (PAINTED_WORDS - untouched) * sizeof(*low) + TOP_BYTES;
    CHECK(trace.count > 3);
    CHECK(used > TOP_BYTES);
    CHECK(used <= STACK_USE_MAX);
    console_printf("# the unwinder used at most %zu bytes of stack\n", used);
}
