/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's command line: words `name` or `name=value` between blanks; a value in double quotes may hold blanks. The
 * last of several words of one name counts. Words that nobody asks for are nobody's error.
 */
#pragma once

#include <ossa/errno.h>
#include <stddef.h>

/*
 * Copies the value of `name`, without quotes and ended by a null, to value[size], size > 0; "" for a word without `=`.
 * Returns its length; -ENOENT if there is no such word; -E2BIG if it was cut to fit.
 */
int cmdline_find(const char *command_line, const char *name, char *value, size_t size);
