/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/unwind/ beside libgcc: the two names that both define, and the options. Forced into each
 * file of it with -include.
 */
#pragma once

#define _Unwind_Resume       ossa_unwind_resume
#define __gcc_personality_v0 ossa_personality
#define CONFIG_PANIC_UNWIND  1
#define CONFIG_KASAN         0
