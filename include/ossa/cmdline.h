/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's command line: words separated by blanks (space, tab, line ends), each `name` or `name=value`. Between
 * two '"' blanks belong to the value; the quotes themselves do not. A word whose quotes are not closed counts for
 * nothing. The word `--` ends the kernel's part; what follows is for whoever reads the rest.
 */
#pragma once

#include <stddef.h>

/*
 * Copies the value of the last word of that name, "" for a bare name, and a null into the `size_bytes` > 0 at `value`.
 * Returns its length; -ENOENT, with nothing stored, if there is none; -E2BIG if it was cut.
 */
int cmdline_find(const char *line, const char *name, char *value, size_t size_bytes);
