/* SPDX-License-Identifier: 0BSD */
/*
 * The command line's grammar, see <ossa/cmdline.h>. Which options there are is for those to say who read them.
 * Invariant: every question is one walk over the words, so that all agree on what a word is.
 */
#include <ossa/cmdline.h>
#include <ossa/errno.h>
#include <ossa/string.h>

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

bool cmdline_next(const char **rest, struct cmdline_option *option)
{
    const char *next = *rest;
    bool quoted = false, quoted_name = false;

    while (is_blank(*next))
        next++;
    *option = (struct cmdline_option){.name = next};
    for (; *next && (quoted || !is_blank(*next)); next++) {
        if (*next == '"') {
            quoted = !quoted;
            quoted_name |= !option->value;
        } else if (*next == '=' && !option->value) {
            option->value = next + 1;
        }
    }
    *rest = next;
    option->name_length = (size_t)((option->value ? option->value - 1 : next) - option->name);
    option->value_length = option->value ? (size_t)(next - option->value) : 0;
    option->malformed = quoted || quoted_name || option->name_length == 0;
    return next != option->name && !(next - option->name == 2 && memcmp(option->name, "--", 2) == 0);
}

/* Finds the last option of that name. */
static bool find_option(const char *line, const char *name, struct cmdline_option *found)
{
    struct cmdline_option option;
    size_t length = strlen(name);

    found->name = NULL;
    while (cmdline_next(&line, &option))
        if (!option.malformed && option.name_length == length && memcmp(option.name, name, length) == 0)
            *found = option;
    return found->name;
}

int cmdline_find(const char *line, const char *name, char *value, size_t size_bytes)
{
    struct cmdline_option option;
    size_t length = 0, copied = 0;

    if (!find_option(line, name, &option))
        return -ENOENT;
    for (size_t i = 0; i < option.value_length; i++)
        if (option.value[i] != '"' && ++length < size_bytes)
            value[copied++] = option.value[i];
    if (size_bytes > 0)
        value[copied] = '\0';
    return length < size_bytes ? (int)length : -E2BIG;
}

/* The digit's value, or 16. */
static unsigned digit_value(char digit)
{
    char letter = digit | ('a' - 'A');

    return digit >= '0' && digit <= '9'     ? (unsigned)(digit - '0')
           : letter >= 'a' && letter <= 'f' ? (unsigned)(letter - 'a' + 10)
                                            : 16;
}

int cmdline_read_u64(const char *line, const char *name, uint64_t *number)
{
    char text[72];
    const char *next = text, *digits;
    unsigned base = 10, shift = 0;
    uint64_t value = 0;
    int length = cmdline_find(line, name, text, sizeof text);

    if (length < 0)
        return length == -ENOENT ? -ENOENT : -EINVAL;
    if (next[0] == '0' && (next[1] | 0x20) == 'x') {
        base = 16;
        next += 2;
    }
    for (digits = next; digit_value(*next) < base; next++) {
        if (value > (UINT64_MAX - digit_value(*next)) / base)
            return -ERANGE;
        value = value * base + digit_value(*next);
    }
    if (next == digits)
        return -EINVAL;
    shift = (*next | 0x20) == 'k' ? 10 : (*next | 0x20) == 'm' ? 20 : (*next | 0x20) == 'g' ? 30 : 0;
    if (next[shift > 0])
        return -EINVAL;
    if (value > UINT64_MAX >> shift)
        return -ERANGE;
    *number = value << shift;
    return 0;
}

int cmdline_read_bool(const char *line, const char *name, bool *flag)
{
    struct cmdline_option option;
    char text[4];

    if (!find_option(line, name, &option))
        return -ENOENT;
    if (cmdline_find(line, name, text, sizeof text) < 0)
        return -EINVAL;
    if (!option.value || strcmp(text, "on") == 0 || strcmp(text, "1") == 0 || strcmp(text, "y") == 0)
        *flag = true;
    else if (strcmp(text, "off") == 0 || strcmp(text, "0") == 0 || strcmp(text, "n") == 0)
        *flag = false;
    else
        return -EINVAL;
    return 0;
}
