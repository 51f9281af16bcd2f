/* SPDX-License-Identifier: 0BSD */
/*
 * The watchdog (kernel/watchdog/): panics when a CPU takes no interrupts for `watchdog_cpu=` seconds (10), which
 * another CPU must see; warns, with the calls of both, when a thread waits for a mutex for `watchdog_thread=` seconds
 * (120). 0: never.
 */
#pragma once

#include <stdint.h>

/* One look each, as if it was now_ns: this CPU has taken an interrupt, and the next one should have; no thread should
 * wait too long. Each CPU's timer makes them four times a limit, the second on the boot CPU. Interrupts are masked. */
void watchdog_check_cpu(uint64_t now_ns);
void watchdog_check_threads(uint64_t now_ns);
