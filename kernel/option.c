/* SPDX-License-Identifier: 0BSD */
/*
 * Owns how options of the command line are read and refused. Which there are is for those to say who ask for them.
 */
#include <ossa/cmdline.h>
#include <ossa/errno.h>
#include <ossa/format.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/string.h>

#define VALUE_BYTES 32 /* longer than any that makes sense */
#define WORDS_BYTES 96

uint64_t option_read_number(const char *line, const char *name, uint64_t most, uint64_t otherwise)
{
    char value[VALUE_BYTES];
    if (cmdline_find(line, name, value, sizeof(value)) == -ENOENT)
        return otherwise;
    uint64_t number = 0;
    const char *digit = value;
    for (; *digit >= '0' && *digit <= '9' && number <= most; digit++)
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *digit - '0', &number))
            break;
    if (digit > value && *digit == '\0' && number <= most)
        return number;
    log_warn("%s: got \"%s\", want a number up to %lu", name, value, most);
    return otherwise;
}

unsigned option_read_word(const char *line, const char *name, const char *const words[], unsigned otherwise)
{
    char value[VALUE_BYTES], wanted[WORDS_BYTES];
    if (cmdline_find(line, name, value, sizeof(value)) == -ENOENT)
        return otherwise;
    size_t length = 0;
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
        if (length < sizeof(wanted))
            length += snprintf(wanted + length, sizeof(wanted) - length, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    log_warn("%s: got \"%s\", want one of: %s", name, value, wanted);
    return otherwise;
}
