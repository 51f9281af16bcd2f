/* SPDX-License-Identifier: 0BSD */
/*
 * lib/cmdline against rows written by hand and against an oracle that splits the line in a way of its own: it first
 * marks each character as quoted or not, then cuts the line up into copies.
 */
#include "host_test.h"

LIBC(memchr);
LIBC(memcpy);
LIBC(memset);
LIBC(strcmp);
LIBC(strlen);

#include "prefix.h"
#include <ossa/cmdline.h>
#include <ossa/errno.h>

struct word {
    char name[64], value[64];
    bool malformed;
};

/* Splits the line into at most 64 words of less than 64 characters. */
static unsigned oracle_split(const char *line, struct word *words)
{
    size_t length = libc_strlen(line), start = 0;
    char quoted[256];
    unsigned count = 0;

    for (size_t i = 0, open = 0; i < length; i++) {
        open ^= line[i] == '"';
        quoted[i] = (char)open;
    }
    while (start < length) {
        size_t end = start, equals;
        struct word *word = &words[count];

        while (end < length && (quoted[end] || !libc_memchr(" \t\n\v\f\r", line[end], 6)))
            end++;
        if (end > start) {
            if (end - start == 2 && line[start] == '-' && line[start + 1] == '-')
                break;
            libc_memset(word, 0, sizeof *word);
            for (equals = start; equals < end && line[equals] != '='; equals++)
                ;
            libc_memcpy(word->name, line + start, equals - start);
            for (size_t i = equals + 1, j = 0; i < end; i++)
                if (line[i] != '"')
                    word->value[j++] = line[i];
            word->malformed = equals == start || libc_memchr(word->name, '"', equals - start) || quoted[end - 1];
            count++;
        }
        start = end + 1;
    }
    return count;
}

static const struct word *oracle_find(const struct word *words, unsigned count, const char *name)
{
    for (; count > 0; count--)
        if (!words[count - 1].malformed && libc_strcmp(words[count - 1].name, name) == 0)
            return &words[count - 1];
    return NULL;
}

HOST_TEST(cmdline_equals_oracle)
{
    static const char alphabet[] = "aab==\"  \t-";
    static struct word words[64];
    char line[64], value[64];

    for (uint64_t round = 0; round < host_times(50000); round++) {
        size_t length = host_random() % 24;
        unsigned count;

        for (size_t i = 0; i < length; i++)
            line[i] = alphabet[host_random() % (sizeof alphabet - 1)];
        line[length] = '\0';
        count = oracle_split(line, words);
        for (const char *names = "a\0b\0aa\0ab\0-\0--\0"; *names; names += libc_strlen(names) + 1) {
            const struct word *want = oracle_find(words, count, names);
            int got = cmdline_find(line, names, value, sizeof value);

            if (!CHECK_EQ(got, want ? (int)libc_strlen(want->value) : -ENOENT))
                printf("# name <%s> in <%s>\n", names, line);
            else if (want)
                CHECK_STR(value, want->value);
        }
    }
}

HOST_TEST(cmdline_find_rows)
{
    static const struct {
        const char *line, *name, *value; /* value NULL: not found */
    } rows[] = {
        {"", "a", NULL},
        {"   \t\n ", "a", NULL},
        {"a=1", "a", "1"},
        {" a=1 ", "a", "1"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"ab=1", "a", NULL},
        {"a=1", "ab", NULL},
        {"a=1 a=2 b=3 a=4", "a", "4"},
        {"a=1 a", "a", ""},
        {"a=b=c", "a", "b=c"},
        {"a=\"b c\" d=1", "a", "b c"},
        {"a=\"b c\" d=1", "d", "1"},
        {"a=b\"c d\"e\"f\"", "a", "bc def"},
        {"a=\"\"", "a", ""},
        {"a=\"b c=1", "a", NULL},
        {"a=1 a=\"2", "a", "1"},
        {"\"a\"=1", "a", NULL},
        {"= a=1", "a", "1"},
        {"a=1 -- a=2 b=3", "a", "1"},
        {"a=1 -- a=2 b=3", "b", NULL},
        {"--a=1 a=2", "a", "2"},
        {"--a=1", "--a", "1"},
        {"a=\"--\" b=1", "b", "1"},
        {"a=\xc3\xa4\xe2\x82\xac \xc3\xa4=2", "a", "\xc3\xa4\xe2\x82\xac"},
        {"a=\xc3\xa4\xe2\x82\xac \xc3\xa4=2", "\xc3\xa4", "2"},
        {"a=\xc2\xa0"
         "b",
         "a",
         "\xc2\xa0"
         "b"},
    };
    char value[32];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        int want = rows[i].value ? (int)libc_strlen(rows[i].value) : -ENOENT;

        value[0] = '\0';
        if (!CHECK_EQ(cmdline_find(rows[i].line, rows[i].name, value, sizeof value), want) ||
            !CHECK_STR(value, rows[i].value ? rows[i].value : ""))
            printf("# <%s> in <%s>\n", rows[i].name, rows[i].line);
    }
}

/* Lines and values of all lengths that matter, on the heap, where a read or a write too far is caught. */
HOST_TEST(cmdline_lengths)
{
    static const size_t lengths[] = {0, 1, 2, 255, 256, 2047, 2048, 4096, 65535};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t length = lengths[i];
        char *line = malloc(length + 1 + 3), *value = malloc(length + 1);

        libc_memset(line, 'x', length);
        line[length] = '\0';
        CHECK_EQ(cmdline_find(line, "a", value, length + 1), -ENOENT);
        libc_memcpy(line, "a=", 2);
        libc_memset(line + 2, 'x', length);
        line[2 + length] = '\0';
        CHECK_EQ(cmdline_find(line, "a", value, length + 1), length);
        CHECK(libc_strlen(value) == length && libc_strcmp(value, line + 2) == 0);
        value[length] = '!';
        if (length > 0) {
            CHECK_EQ(cmdline_find(line, "a", value, length), -E2BIG);
            CHECK_EQ(libc_strlen(value), length - 1);
            CHECK_EQ(value[length], '!');
        }
        free(line);
        free(value);
    }
}
