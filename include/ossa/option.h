/* SPDX-License-Identifier: 0BSD */
/*
 * Options of the kernel's command line (cmdline.h), for whoever reads one while the kernel comes up. A value that makes
 * no sense changes nothing and is said in a warning: the option, what it got and what it wants.
 */
#pragma once

#include <stdint.h>

/* The option's decimal number, at most `most`; `otherwise` if the line has none that makes sense. */
uint64_t option_read_number(const char *line, const char *name, uint64_t most, uint64_t otherwise);

/* Which of the words, ended by NULL, the option has; `otherwise` if it has none of them. */
unsigned option_read_word(const char *line, const char *name, const char *const words[], unsigned otherwise);
