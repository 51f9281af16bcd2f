/* SPDX-License-Identifier: 0BSD */
/*
 * The watchdog (kernel/watchdog/): panics when a CPU takes no interrupts for `watchdog_cpu=` seconds (10), which
 * another CPU must see; warns, with its calls, of a thread that has kept its CPU for `watchdog_soft=` seconds (20) from
 * others that are ready, and, with the calls of both, of a thread that has waited for a mutex for `watchdog_thread=`
 * seconds (120). 0: never.
 */
#pragma once

#include <stdint.h>

/* One look by this CPU, as if it was now_ns: it has taken an interrupt, and the next CPU should have; its threads
 * should take turns; on the boot CPU: no thread should wait too long. Each CPU's timer looks four times within the
 * shortest limit, and longer pauses count for no more than two of these: nobody is late because the machine has stood
 * still. Interrupts are masked. */
void watchdog_check(uint64_t now_ns);
