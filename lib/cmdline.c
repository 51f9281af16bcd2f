/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the grammar of the command line. Reads the string it is given and nothing else; keeps nothing.
 */
#include <ossa/cmdline.h>
#include <ossa/string.h>
#include <stdbool.h>

/* Passes over one word; a blank inside double quotes does not end it. */
static const char *skip_word(const char *at)
{
    for (bool quoted = false; *at != '\0' && (quoted || *at != ' '); at++)
        quoted ^= *at == '"';
    return at;
}

static int copy_value(const char *at, const char *end, char *value, size_t size)
{
    size_t length = 0, used = 0;
    for (; at < end; at++) {
        if (*at == '"')
            continue;
        if (used + 1 < size)
            value[used++] = *at;
        length++;
    }
    value[used] = '\0';
    return length == used ? (int)length : -E2BIG;
}

int cmdline_find(const char *command_line, const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);
    int result = -ENOENT;
    for (const char *word = command_line; *word != '\0';) {
        const char *end = skip_word(word);
        const char *behind = word + name_length;
        if (strncmp(word, name, name_length) == 0 && (behind == end || (behind < end && *behind == '=')))
            result = copy_value(behind == end ? end : behind + 1, end, value, size);
        word = *end == '\0' ? end : end + 1;
    }
    return result;
}
