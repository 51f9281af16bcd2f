/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's command line: words separated by blanks (space, tab, line ends), each `name` or `name=value`. Between
 * two
 * '"' blanks belong to the word; the quotes themselves do not belong to the value. Where a name is given more than
 * once, the last one counts. The word `--` ends the kernel's part; what follows is for whoever reads the rest. A word
 * is malformed, and never found, if its name is empty or has a quote in it, or if a quote is not closed. Nothing is
 * allocated or changed; the line ends with a null.
 *
 *     cmdline_read_u64(line, "stack", &stack_bytes);              keeps the default if there is no such option
 *     cmdline_read_bool(line, "quiet", &quiet);
 *     while (cmdline_next(&rest, &option))                        rest starts as line
 *         if (option.malformed || !known(option.name, option.name_length))
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cmdline_option {
    const char *name; /* in the line, ended by its length only */
    size_t name_length;
    const char *value; /* as written, quotes included; NULL if there is no '=' */
    size_t value_length;
    bool malformed;
};

/* Takes the next word off `rest`; false at the end. */
bool cmdline_next(const char **rest, struct cmdline_option *option);

/* The rest return -ENOENT if there is no such option, and leave their output as it was. */

/* Copies the value without its quotes, "" for a bare name, and a null. Returns its length, or -E2BIG if it was cut. */
int cmdline_find(const char *line, const char *name, char *value, size_t size_bytes);

/* A number, decimal or 0x..., and maybe K, M or G after it (2^10, 2^20, 2^30). 0, -EINVAL or -ERANGE (2^64 and above).
 */
int cmdline_read_u64(const char *line, const char *name, uint64_t *number);

/* A bare name, =on, =1 and =y are true; =off, =0 and =n are false. 0 or -EINVAL. */
int cmdline_read_bool(const char *line, const char *name, bool *flag);
