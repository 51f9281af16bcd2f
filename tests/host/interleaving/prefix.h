/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's options in test_interleaving. Forced into each file of it with -include.
 */
#pragma once

#define CONFIG_CPU             1
#define CONFIG_KASAN           0
#define CONFIG_LOCK_DEBUG      0
#define CONFIG_LOG             1
#define CONFIG_LOG_LEVEL       2
#define CONFIG_MEMORY_DEBUG    1
#define CONFIG_PANIC_UNWIND    0
#define CONFIG_STACK_PROTECTOR 0
#define CONFIG_THREAD          1
#define CONFIG_TIME            1
