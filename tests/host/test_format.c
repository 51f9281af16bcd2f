/* SPDX-License-Identifier: 0BSD */
/*
 * lib/format against the C library's printf family over a generated space of formats and values, and against tables
 * where Ossa says more than C does: the pointer extensions, unknown conversions, and the order and shape of the
 * streamed runs.
 *
 * Never generated, because C leaves it undefined: # with d i u c s p, 0 with c s p, a precision or + or blank with c
 * and p, + or blank with s, lengths with c s p, anything between the two % of %%, and a null string cut by its
 * precision.
 */
#include "host_test.h"

LIBC(snprintf);
LIBC(strchr);

#include "prefix.h"
#include <ossa/format.h>

enum { GUARD = 16, OUTPUT_MAX = 600 };

/* A conversion to try: all arguments are 64 bits wide here, which is how each of them travels on the host. */
struct sample {
    char format[48];
    int stars;
    int star[2];
    uint64_t value;
};

static uint64_t random_below(uint64_t limit)
{
    return host_random() % limit;
}

/* Values whose number of digits is spread evenly, with the ends of each type among them. */
static uint64_t random_value(void)
{
    static const uint64_t ends[] = {0,         1,          9,          10,         99,         100,
                                    127,       128,        255,        256,        32767,      32768,
                                    65535,     65536,      INT32_MAX,  1ull << 31, UINT32_MAX, 1ull << 32,
                                    INT64_MAX, 1ull << 63, UINT64_MAX, -10ull,     -100ull};
    uint64_t value = host_random() >> random_below(64);

    if (random_below(4) == 0)
        return ends[random_below(sizeof(ends) / sizeof(*ends))];
    return random_below(3) == 0 ? 0 - value : value;
}

static char *add_count(struct sample *sample, char *next, int low, int high)
{
    int count = low + (int)random_below((uint64_t)(high - low + 1));

    if (count < 0 || random_below(3) == 0) {
        sample->star[sample->stars++] = count;
        *next++ = '*';
        return next;
    }
    return next + sprintf(next, "%d", count);
}

static void random_sample(struct sample *sample)
{
    static const char conversions[] = "diuxXocsp", *const lengths[] = {"hh", "h", "", "l", "ll", "z", "j", "t"};
    static const char *const texts[] = {
        "", "a", "ossa", "twenty characters ok", "a string that is longer than thirty-two", NULL};
    char conversion = conversions[random_below(sizeof(conversions) - 1)], *next = sample->format;
    bool number = libc_strchr("diuxXo", conversion);

    *sample = (struct sample){.value = random_value()};
    while (random_below(5) == 0)
        *next++ = "ab: ["[random_below(5)];
    *next++ = '%';
    while (random_below(2))
        *next++ = '-';
    while (number && random_below(4) == 0)
        *next++ = random_below(2) ? '+' : ' ';
    while (libc_strchr("xXo", conversion) && random_below(2))
        *next++ = '#';
    while (number && random_below(3) == 0)
        *next++ = '0';
    if (random_below(2))
        next = add_count(sample, next, random_below(8) ? -24 : -150, random_below(8) ? 24 : 150);
    if (conversion == 's')
        sample->value = (uint64_t)(uintptr_t)texts[random_below(sizeof(texts) / sizeof(*texts))];
    if ((number || (conversion == 's' && sample->value)) && random_below(2)) {
        *next++ = '.';
        if (random_below(4))
            next = add_count(sample, next, random_below(6) ? 0 : -3, random_below(8) ? 24 : 150);
    }
    if (number)
        next = stpcpy(next, lengths[random_below(8)]);
    *next++ = conversion;
    while (random_below(5) == 0)
        *next++ = "yz, ]"[random_below(5)];
    *next = '\0';
}

#define CALL(function, buffer, size, sample)                                            \
    ((sample)->stars == 0 ? function(buffer, size, (sample)->format, (sample)->value)   \
     : (sample)->stars == 1                                                             \
         ? function(buffer, size, (sample)->format, (sample)->star[0], (sample)->value) \
         : function(buffer, size, (sample)->format, (sample)->star[0], (sample)->star[1], (sample)->value))

#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Ours into `size` bytes between guards: the same length as `want` has, its beginning, a null, and nothing outside. */
static bool check_sample(const struct sample *sample, const char *want, int length, size_t size)
{
    char area[GUARD + OUTPUT_MAX + GUARD], *const buffer = area + GUARD;
    size_t kept = size == 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
    bool equal;

    __builtin_memset(area, '~', GUARD + size + GUARD);
    equal = CALL(snprintf, buffer, size, sample) == length && __builtin_memcmp(buffer, want, kept) == 0;
    equal = equal && (size == 0 || buffer[kept] == '\0');
    for (size_t i = 0; i < GUARD; i++)
        equal = equal && area[i] == '~' && buffer[size + i] == '~';
    if (!equal)
        host_test_fail(__FILE__, __LINE__, "snprintf(%zu, \"%s\", %d, %d, %#" PRIx64 "): got \"%.*s\" want \"%s\"",
                       size, sample->format, sample->star[0], sample->star[1], sample->value, (int)kept, buffer, want);
    return equal;
}

/* Each format into four buffers. */
HOST_TEST(format_as_libc)
{
    char want[OUTPUT_MAX];
    struct sample sample;

    for (uint64_t i = 0; i < host_times(250000); i++) {
        random_sample(&sample);
        int length = CALL(libc_snprintf, want, sizeof(want), &sample);

        REQUIRE(length >= 0 && length < OUTPUT_MAX - 1);
        check_sample(&sample, want, length, 0);
        check_sample(&sample, want, length, 1);
        check_sample(&sample, want, length, (size_t)length + 1);
        check_sample(&sample, want, length, random_below((uint64_t)length + 20));
    }
}

/* Many conversions in one format: arguments are taken in order, from registers and then from the stack. */
HOST_TEST(format_many_arguments)
{
    const char format[] = "[%5lu.%06lu] %s: cpu%u %-8s at %#lx size %zu%% %c%d%+jd%8td|%.3s|%p|%-+6d|%#llo\n";
    char got[300], want[300];
    int a, b;

#define ARGUMENTS                                                                                                     \
    12ul, 345678ul, "memory", 3u, "free", 0xffff800000200000ul, (size_t)1048576, 'x', -3, INTMAX_MIN, (ptrdiff_t)-77, \
        "abcdef", (void *)got, -5, 01234567ull
    a = snprintf(got, sizeof(got), format, ARGUMENTS);
    b = libc_snprintf(want, sizeof(want), format, ARGUMENTS);
    CHECK_EQ(a, b);
    CHECK_STR(got, want);
}

#define CHECK_FORMAT(want, ...)                               \
    do {                                                      \
        char got[400];                                        \
        int length = snprintf(got, sizeof(got), __VA_ARGS__); \
        CHECK_STR(got, want);                                 \
        CHECK_EQ(length, __builtin_strlen(want));             \
    } while (0)

HOST_TEST(format_null)
{
    const char *volatile none = NULL;

    CHECK_FORMAT("(null)", "%s", none);
    CHECK_FORMAT("  (null)|(null)  ", "%8s|%-8s", none, none);
    CHECK_FORMAT("||(null)", "%.0s|%.5s|%.6s", none, none, none);
    CHECK_FORMAT("(nil)|   (nil)|(nil)   ", "%p|%8p|%-8p", (void *)none, (void *)none, (void *)none);
}

/* No buffer, and one as large as all addresses, whose end wraps. */
HOST_TEST(format_buffer_bounds)
{
    const size_t volatile sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX - 64};
    char got[100];

    CHECK_EQ(snprintf(NULL, 0, "page %d of %s", 7, "nowhere"), 17);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        CHECK_EQ(snprintf(got, sizes[i], "page %d of %s%70d", 7, "memory", 1), 86);
        CHECK(__builtin_memcmp(got, "page 7 of memory  ", 18) == 0 && __builtin_strlen(got) == 86);
    }
}

/* A string that its precision ends is not read further: the sanitizer watches the byte behind it. */
HOST_TEST(format_precision_ends_string)
{
    char *text = malloc(5);

    __builtin_memcpy(text, "abcde", 5);
    CHECK_FORMAT("abcde|abc", "%.5s|%.*s", text, 3, text);
    free(text);
}

HOST_TEST(format_unknown_conversion)
{
    const char *const volatile formats[] = {"%y", "%", "100%", "%-5.3k|", "a%lv", "%5", "%l", "%\x80\xff", "%f"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        CHECK_FORMAT(formats[i], formats[i]);
    CHECK_FORMAT("%Q7", (const char *volatile){"%Q%d"}, 7);
    CHECK_FORMAT("%%", "%%%%");
}

static const char *symbol_of(uintptr_t va, size_t *offset, size_t *size)
{
    if (va - 0x1000 >= 0x80)
        return NULL;
    *offset = va - 0x1000;
    *size = 0x80;
    return "kernel_main";
}

HOST_TEST(format_symbol_name)
{
    CHECK_FORMAT("0x0000000000001010 0x0000000000000000", "%pS %pS", (void *)0x1010, (void *)0);
    format_symbol = symbol_of;
    CHECK_FORMAT("<kernel_main+0x10/0x80> 7", "<%pS> %d", (void *)0x1010, 7);
    CHECK_FORMAT("kernel_main+0x0/0x80", "%pS", (void *)0x1000);
    CHECK_FORMAT("0xffff800000001010", "%pS", (void *)0xffff800000001010);
    format_symbol = NULL;
}

HOST_TEST(format_hex_dump)
{
    const uint8_t bytes[] = {0xde, 0xad, 0xbe, 0xef, 0x00, 0x7f};

    CHECK_FORMAT("<de ad be ef>", "<%*ph>", 4, bytes);
    CHECK_FORMAT("de ad be ef 00 7f", "%6ph", bytes);
    CHECK_FORMAT("de", "%*ph", 1, bytes);
    CHECK_FORMAT("<>", "<%*ph>", 0, NULL);
    CHECK_FORMAT("<deadbeef>", "<%*phN>", 4, bytes);
    CHECK_FORMAT("de7 N", "%*phN%d N", 1, bytes, 7);
    CHECK_FORMAT("<>", "<%*phN>", 0, NULL);
    CHECK_FORMAT("<>", "<%*ph>", -4, bytes);
}

HOST_TEST(format_human_size)
{
    static const struct {
        uint64_t bytes;
        const char *want;
    } cases[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {636 << 10, "636 KiB"},
        {128 << 20, "128 MiB"},
        {(128 << 20) - 1, "127.9 MiB"},
        {4ull << 30, "4 GiB"},
        {3ull << 29, "1.5 GiB"},
        {1ull << 40, "1 TiB"},
        {1ull << 50, "1 PiB"},
        {UINT64_MAX, "15.9 EiB"},
        {(1ull << 50) - 1, "1023.9 TiB"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        CHECK_FORMAT(cases[i].want, "%pZ", &cases[i].bytes);
    CHECK_FORMAT("[   1.5 KiB][1.5 KiB   ]", "[%10pZ][%-10pZ]", &cases[4].bytes, &cases[4].bytes);
}

struct stream {
    char text[256];
    size_t length;
    size_t first_length;
    unsigned runs;
};

static void stream_output(void *context, const char *text, size_t length)
{
    struct stream *stream = context;

    CHECK(length > 0 && length <= 64);
    REQUIRE(stream->length + length < sizeof(stream->text));
    if (stream->runs++ == 0)
        stream->first_length = length;
    __builtin_memcpy(stream->text + stream->length, text, length);
    stream->length += length;
}

/* What is before the first conversion comes at once, the rest in runs of up to 64 characters. */
HOST_TEST(format_stream)
{
    struct stream stream = {.length = 0};

    CHECK_EQ(format_write(stream_output, &stream, "boot: %s%d %#06x%s%c", "E", -12, 0x2au, "", '!'), 18);
    CHECK_STR(stream.text, "boot: E-12 0x002a!");
    CHECK_EQ(stream.first_length, 6);
    CHECK_EQ(stream.runs, 2);

    stream = (struct stream){.length = 0};
    CHECK_EQ(format_write(stream_output, &stream, "%-40s|%.70d|%s", "a", -1, ""), 40 + 1 + 71 + 1);
    CHECK_EQ(stream.length, 113);
    CHECK_EQ(format_write(stream_output, &stream, "%s", ""), 0);
}
