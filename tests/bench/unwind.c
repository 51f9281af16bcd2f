/* SPDX-License-Identifier: 0BSD */
/*
 * What a frame costs: to find its caller (phase 1, the backtrace), and to do that in both phases and run its one
 * cleanup. A walk goes over FRAMES of them and a few more; what begins and ends it is shared among them. Neither the
 * record nor the log is in it. 0 without CONFIG_PANIC_UNWIND.
 */
#include <ossa/arch.h>
#include <ossa/bench.h>
#include <ossa/catch.h>
#include <ossa/guard.h>
#include <ossa/unwind.h>

#define FRAMES   64
#define NOINLINE __attribute__((noinline))

static struct unwind_cursor cursor;
static unsigned walks, cleanups;

static NOINLINE void walk(void)
{
    static struct arch_frame frame;
    uint64_t calls[FRAMES];
    struct unwind_trace trace = {.calls = calls, .max = FRAMES};
    arch_frame_capture(&frame);
    unwind_begin(&cursor, &frame, false);
    unwind_step(&cursor); /* to the caller's frame, which is still there after the return */
    unwind_trace(&cursor, &trace);
}

static NOINLINE void walk_often(void)
{
    for (unsigned i = 0; i < walks; i++)
        walk();
}

static NOINLINE void walk_and_run(void)
{
    walk();
    unwind_run(&cursor);
}

static NOINLINE void descend(unsigned depth, void (*at_bottom)(void))
{
    DEFER
    {
        cleanups++;
    };
    if (depth == 0)
        at_bottom();
    else
        descend(depth - 1, at_bottom);
}

static void start(void *at_bottom)
{
    descend(FRAMES - 1, (void (*)(void))at_bottom);
}

BENCH(backtrace_frame)
{
    walks = rounds / FRAMES;
    if (CONFIG_PANIC_UNWIND && walks > 0)
        arch_unwind_catch(start, (void *)walk_often);
}

BENCH(unwind_cleanup_frame)
{
    if (CONFIG_PANIC_UNWIND)
        for (unsigned i = 0; i < rounds / FRAMES; i++)
            arch_unwind_catch(start, (void *)walk_and_run);
}

static void do_nothing(void *argument)
{
    (void)argument;
}

BENCH(catch_without_panic)
{
    for (unsigned round = 0; round < rounds; round++)
        panic_catch(do_nothing, NULL, NULL);
}
