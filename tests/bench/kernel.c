/* SPDX-License-Identifier: 0BSD */
/*
 * What everything else pays for: a message, an interrupt mask, a trap there and back.
 */
#include <ossa/arch.h>
#include <ossa/bench.h>
#include <ossa/log.h>
#include <ossa/trap.h>

BENCH(log_debug_unseen)
{
    for (unsigned round = 0; round < rounds; round++)
        log_debug("round %u of %u", round, rounds);
}

BENCH(interrupts_save_restore)
{
    for (unsigned round = 0; round < rounds; round++)
        arch_interrupts_restore(arch_interrupts_save());
}

BENCH(frame_capture)
{
    static struct arch_frame frame;
    for (unsigned round = 0; round < rounds; round++)
        arch_frame_capture(&frame);
}
