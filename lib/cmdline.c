/* SPDX-License-Identifier: 0BSD */
/*
 * The command line's grammar, see <ossa/cmdline.h>. Which options there are is for those to say who read them. The line
 * is read where it lies, in one walk over its words; nothing is allocated or changed.
 */
#include <ossa/cmdline.h>
#include <ossa/errno.h>
#include <ossa/string.h>
#include <stdbool.h>

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

/* Takes the next word off `line`: *end is behind it, and *closed says whether its quotes are. "" at the end. */
static const char *next_word(const char *line, const char **end, bool *closed)
{
    while (is_blank(*line))
        line++;
    *closed = true;
    for (*end = line; **end && !(*closed && is_blank(**end)); ++*end)
        *closed ^= **end == '"';
    return line;
}

int cmdline_find(const char *line, const char *name, char *value, size_t size_bytes)
{
    size_t name_length = strlen(name), length = 0;
    const char *word, *end = line, *found = NULL, *found_end = NULL;
    bool closed;
    while (word = next_word(end, &end, &closed), word < end && !(end - word == 2 && memcmp(word, "--", 2) == 0)) {
        if (!closed || (size_t)(end - word) < name_length || memcmp(word, name, name_length) != 0)
            continue;
        if (word + name_length == end || word[name_length] == '=') {
            found = word + name_length;
            found_end = end;
        }
    }
    if (found == NULL)
        return -ENOENT;
    for (found += found < found_end; found < found_end; found++)
        if (*found != '"' && ++length < size_bytes)
            value[length - 1] = *found;
    value[length < size_bytes ? length : size_bytes - 1] = '\0';
    return length < size_bytes ? (int)length : -E2BIG;
}
