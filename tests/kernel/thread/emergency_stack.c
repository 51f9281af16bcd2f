/* SPDX-License-Identifier: 0BSD */
/*
 * Threads and the CPU's emergency stack, for the ports that have the case: arch/<a>/tests/thread.c.
 */
#include "emergency_stack.h"
#include <ossa/test.h>
#include <ossa/thread.h>
#include <ossa/timer.h>

#define WAIT_NS (40 * NS_PER_MS) /* four times what a thread may run while others are ready */

static uint32_t over; /* it has been long enough */
static bool other_ran;

static void note_over(struct timer *unused)
{
    (void)unused;
    __atomic_store_n(&over, !other_ran + 1, __ATOMIC_RELEASE);
}

static int compute_at_the_end(void *wait)
{
    static struct timer timer = {.function = note_over};
    timer_start(&timer, clock_ns() + WAIT_NS);
    ((wait_with_sp *)wait)(thread_this()->stack_va + FRAME_SIZE / 32 * 16, &over);
    return over == 2;
}

static int run(void *unused)
{
    (void)unused;
    other_ran = true;
    return 0;
}

void check_emergency_stack_is_kept(wait_with_sp *wait)
{
    static struct thread_end end;
    struct thread *threads[2];
    over = other_ran = 0;
    for (unsigned i = 0; i < 2; i++) {
        threads[i] = thread_create("child", i == 0 ? compute_at_the_end : run, (void *)wait, 0);
        REQUIRE(threads[i] != NULL);
        thread_set_cpu(threads[i], &boot_cpu);
    }
    uint64_t interrupts = arch_interrupts_save(); /* both are ready before the first one runs */
    for (unsigned i = 0; i < 2; i++)
        thread_start(threads[i]);
    arch_interrupts_restore(interrupts);
    for (unsigned i = 0; i < 2; i++) {
        thread_join(threads[i], &end);
        CHECK(i == 1 || end.value == 1);
    }
    CHECK(other_ran);
}
