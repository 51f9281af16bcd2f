/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/memory/ on the host: its options. Forced into each file of it with -include.
 */
#pragma once

extern _Bool host_memory_debug; /* so that one program tests both */

#define CONFIG_MEMORY_DEBUG host_memory_debug
#define CONFIG_PANIC_UNWIND 0
#define CONFIG_KASAN        0
#define CONFIG_CPU          1
#define CONFIG_LOCK_DEBUG   0
#define CONFIG_LOG          1
#define CONFIG_LOG_LEVEL    2
