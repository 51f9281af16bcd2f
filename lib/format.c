/* SPDX-License-Identifier: 0BSD */
/*
 * The printf family, in one pass over the format and no memory but some stack. Owns the meaning of a conversion; where
 * the characters go is the caller's output function. Holds no state but the symbol lookup, and reads the format, its
 * arguments and nothing else.
 *
 * Characters are written where they stay: into a window, which is first the caller's buffer and then, where that is
 * full or there is none, a small one whose text is passed on. Invariant: what is before job->at is output in order.
 */
#include <ossa/format.h>
#include <ossa/string.h>
#include <stdbool.h>

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8 && sizeof(int) == 4, "lengths l z j t and p are 64 bits wide");

/* Bit c - ' ' for the flag character c. */
enum { SPACE = 1 << (' ' - ' '), HASH = 1 << ('#' - ' '), PLUS = 1 << ('+' - ' '), MINUS = 1 << ('-' - ' ') };
enum { ZERO = 1 << ('0' - ' '), ANY_FLAG = SPACE | HASH | PLUS | MINUS | ZERO };
enum { HEAD_MAX = 2, DIGITS_MAX = 22, WINDOW = 64, STEP = 7 };

/* The output so far, and the conversion at hand. */
struct format_job {
    char *start, *at, *end; /* of the window; the next character goes to `at` */
    size_t passed;          /* characters that are out of it */
    format_output output;
    void *context;
    unsigned flags, width, blanks_behind; /* the last: what of the width is still to come */
    int precision;                        /* negative: none given */
    va_list arguments;
    char window[WINDOW];
};

format_symbol_lookup format_symbol __attribute__((section(".data"))); /* asked before .bss is zero, too */

static inline void open_job(struct format_job *job, char *buffer, size_t size, format_output output, void *context)
{
    job->start = job->at = buffer;
    job->end = (char *)((uintptr_t)buffer + size); /* may wrap: then nothing fits */
    job->passed = 0;
    job->output = output;
    job->context = context;
}

/* Passes on what is in the window and goes on with an empty one. Not inlined, so that hot functions stay small. */
static __attribute__((noinline)) void pass(struct format_job *job)
{
    size_t length = (size_t)(job->at - job->start);
    job->passed += length;
    if (length > 0)
        job->output(job->context, job->start, length);
    job->at = job->start = job->window;
    job->end = job->window + WINDOW;
}

/* Where `count` characters, WINDOW at most, have room: at `at`, where the next goes, or in an empty window. */
static inline char *make_room(struct format_job *job, char *at, size_t count)
{
    if ((uintptr_t)at + count <= (uintptr_t)job->end)
        return at;
    job->at = at;
    pass(job);
    return job->at;
}

static void put_run(struct format_job *job, char character, size_t count)
{
    for (; count > 0; count--) {
        char *at = make_room(job, job->at, 1);
        *at = character;
        job->at = at + 1;
    }
}

/* A format_output itself: what one job writes can be a part of another's. */
static void put_bytes(void *job, const char *bytes, size_t count)
{
    for (; count > 0; count--)
        put_run(job, *bytes++, 1);
}

/* Puts `text` up to its null or a `stop`, and returns where that is. One look at the room does for STEP characters. */
static inline const char *put_text(struct format_job *job, const char *text, char stop)
{
    for (char *at = job->at;; at += STEP, text += STEP) {
        at = make_room(job, at, STEP);
#pragma GCC unroll 8
        for (unsigned i = 0; i < STEP; i++) {
            if ((uint8_t)text[i] <= '%' && (!text[i] || text[i] == stop)) {
                job->at = at + i;
                return text + i;
            }
            at[i] = text[i];
        }
    }
}

/* The next integer argument without the high `drop_bits` of its 64. */
static inline uint64_t take_integer(struct format_job *job, unsigned drop_bits)
{
    if (drop_bits == 0)
        return va_arg(job->arguments, uint64_t);
    return (uint64_t)va_arg(job->arguments, unsigned) << drop_bits >> drop_bits;
}

/* Puts the blanks before a field of `length` characters, or sees to those behind it. */
static inline void begin_field(struct format_job *job, size_t length)
{
    unsigned blanks = job->width > length ? job->width - (unsigned)length : 0;
    if (job->flags & MINUS)
        job->blanks_behind = blanks;
    else if (blanks > 0)
        put_run(job, ' ', blanks);
}

static void put_field(struct format_job *job, const char *text, size_t length)
{
    begin_field(job, length);
    put_bytes(job, text, length);
}

/* Puts the blanks, the head and the zeros that width and precision ask for before `length` digits. */
static inline void put_lead(struct format_job *job, unsigned head, size_t length)
{
    size_t head_length = head > UINT8_MAX ? 2 : head > 0, wanted = 0, zeros;
    if (job->precision >= 0)
        wanted = (size_t)job->precision;
    else if ((job->flags & (ZERO | MINUS)) == ZERO && job->width > head_length)
        wanted = job->width - head_length;
    zeros = wanted > length ? wanted - length : 0;
    begin_field(job, head_length + zeros + length);
    for (; head > 0; head >>= 8)
        put_run(job, (char)head, 1);
    put_run(job, '0', zeros);
}

/* Puts what is before a number's `length` digits, and returns where those end. Its head is up to two characters, the
 * first of them in the low byte. */
static inline char *begin_number(struct format_job *job, unsigned head, size_t length)
{
    if (job->width > length || job->precision >= 0) {
        put_lead(job, head, length);
        head = 0;
    }
    char *at = make_room(job, job->at, HEAD_MAX + DIGITS_MAX);
    for (; head > 0; head >>= 8)
        *at++ = (char)head;
    return job->at = at + length;
}

/* As the conversions d, i and u ask. */
static void put_decimal(struct format_job *job, char conversion, uint64_t value, unsigned drop_bits)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    unsigned sign = conversion == 'u' ? 0 : job->flags & PLUS ? '+' : job->flags & SPACE ? ' ' : 0;
    if (conversion != 'u' && (int64_t)(value << drop_bits) < 0) {
        sign = '-';
        value = (0 - value) << drop_bits >> drop_bits;
    }
    size_t length = value > 0 || job->precision != 0;
    uint64_t rest = value;
    for (; rest >= 100; rest /= 100)
        length += 2;
    length += rest >= 10;
    char *end = begin_number(job, sign, length), *start = end - length;
    for (; value >= 10; value = rest) {
        rest = value > UINT32_MAX ? value / 100 : (uint32_t)value / 100; /* the smaller division is the quicker one */
        end -= 2;
        __builtin_memcpy(end, &pairs[2 * (value - 100 * rest)], 2);
    }
    if (end > start)
        *start = (char)('0' + value);
}

/* As the conversions o, x, X and p ask. */
static void put_binary(struct format_job *job, char conversion, uint64_t value)
{
    if (conversion == 'p' && value == 0) {
        put_field(job, "(nil)", 5);
        return;
    }
    const char *digits = conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const unsigned shift = conversion == 'o' ? 3 : 4;
    unsigned head = 0;
    size_t length = value > 0 || job->precision != 0;
    for (uint64_t rest = value >> shift; rest > 0; rest >>= shift)
        length++;
    if (job->flags & HASH && shift == 4 && value > 0)
        head = conversion == 'X' ? '0' | 'X' << 8 : '0' | 'x' << 8;
    else if (job->flags & HASH && shift == 3 && job->precision <= (int)length && (value > 0 || length == 0))
        head = '0';
    char *end = begin_number(job, head, length), *start = end - length;
    for (; end > start; value >>= shift)
        *--end = digits[value & ((1u << shift) - 1)];
}

static void put_string(struct format_job *job, const char *text)
{
    if (!text)
        text = (unsigned)job->precision >= 6 ? "(null)" : "";
    if (job->precision < 0 && (job->width == 0 || job->flags & MINUS))
        begin_field(job, (size_t)(put_text(job, text, '\0') - text));
    else
        put_field(job, text, strnlen(text, (size_t)job->precision));
}

static void put_symbol(struct format_job *job, uintptr_t va)
{
    size_t offset, size;
    const char *name = format_symbol ? format_symbol(va, &offset, &size) : NULL;
    if (name)
        format_write(put_bytes, job, "%s+0x%zx/0x%zx", name, offset, size);
    else
        format_write(put_bytes, job, "0x%016lx", va);
}

static void put_size(struct format_job *job, uint64_t bytes)
{
    static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    char text[sizeof("1023.9 KiB")];
    unsigned unit = 0, tenths = 0;
    for (; bytes >= 1024; bytes >>= 10, unit++)
        tenths = (unsigned)(bytes % 1024 * 10 / 1024);
    put_field(job, text,
              (size_t)snprintf(text, sizeof(text), "%lu%s%.0u %s", bytes, tenths ? "." : "", tenths, units[unit]));
}

/* `width` bytes, none if that was negative, with a blank between two of them if `blanks`. */
static void put_dump(struct format_job *job, const uint8_t *bytes, bool blanks)
{
    static const char digits[] = "0123456789abcdef";
    for (; job->width > 0 && !(job->flags & MINUS); job->width--, bytes++) {
        put_run(job, digits[*bytes / 16], 1);
        put_run(job, digits[*bytes % 16], 1);
        put_run(job, ' ', blanks && job->width > 1);
    }
}

/* Puts what the letters behind %p ask for, and returns what follows them. Not inlined, as an array costs its function a
 * stack protector. */
static __attribute__((noinline)) const char *put_pointed(struct format_job *job, const char *next, const void *pointer)
{
    bool tight = *next == 'h' && next[1] == 'N';
    if (*next == 'h')
        put_dump(job, pointer, !tight);
    else if (*next == 'Z')
        put_size(job, *(const uint64_t *)pointer);
    else
        put_symbol(job, (uintptr_t)pointer);
    return next + 1 + tight;
}

/* A width or precision; one too large for an int wraps around. */
static inline const char *take_count(struct format_job *job, const char *next, unsigned *count)
{
    if (*next == '*') {
        *count = (unsigned)take_integer(job, 32);
        return next + 1;
    }
    for (*count = 0; *next >= '0' && *next <= '9'; next++)
        *count = 10 * *count + (unsigned)(*next - '0');
    return next;
}

/* Flags, width and precision. */
static inline const char *take_layout(struct format_job *job, const char *next)
{
    for (unsigned bit; (bit = (unsigned)(*next - ' ')) <= '0' - ' ' && 1u << bit & ANY_FLAG; next++)
        job->flags |= 1u << bit;
    next = take_count(job, next, &job->width);
    if ((int)job->width < 0) {
        job->flags |= MINUS;
        job->width = 0 - job->width;
    }
    return *next == '.' ? take_count(job, next + 1, (unsigned *)&job->precision) : next;
}

/* Puts the conversion whose % is at `percent`, and returns what follows it. */
static const char *put_conversion(struct format_job *job, const char *percent)
{
    const char *next = percent + 1;
    unsigned drop_bits = 32;
    job->flags = job->width = job->blanks_behind = 0;
    job->precision = -1;
    if (*next < 'A')
        next = take_layout(job, next);
again:
    switch (*next++) {
    case 'h':
        drop_bits = drop_bits == 32 ? 48 : 56;
        goto again;
    case 'l':
    case 'z':
    case 'j':
    case 't':
        drop_bits = 0;
        goto again;
    case 'd':
    case 'i':
    case 'u':
        put_decimal(job, next[-1], take_integer(job, drop_bits), drop_bits);
        break;
    case 'p':
        if (*next == 'S' || *next == 'Z' || *next == 'h') {
            next = put_pointed(job, next, (const void *)take_integer(job, 0));
            break;
        }
        job->flags |= HASH;
        drop_bits = 0;
        __attribute__((fallthrough));
    case 'o':
    case 'x':
    case 'X':
        put_binary(job, next[-1], take_integer(job, drop_bits));
        break;
    case 'c':
        begin_field(job, 1);
        put_run(job, (char)take_integer(job, 32), 1);
        break;
    case 's':
        put_string(job, (const char *)take_integer(job, 0));
        break;
    case '%':
        put_run(job, '%', 1);
        return next;
    case '\0':
        next--;
        __attribute__((fallthrough));
    default:
        put_bytes(job, percent, (size_t)(next - percent));
        return next;
    }
    if (job->blanks_behind > 0)
        put_run(job, ' ', job->blanks_behind);
    return next;
}

static void put_format(struct format_job *job, const char *format)
{
    while (*(format = put_text(job, format, '%')))
        format = put_conversion(job, format);
}

size_t format_vwrite(format_output output, void *context, const char *format, va_list arguments)
{
    struct format_job job;
    open_job(&job, job.window, WINDOW, output, context);
    va_copy(job.arguments, arguments);
    format = put_text(&job, format, '%');
    pass(&job);
    put_format(&job, format);
    pass(&job);
    va_end(job.arguments);
    return job.passed;
}

size_t format_write(format_output output, void *context, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_vwrite(output, context, format, arguments);
    va_end(arguments);
    return length;
}

/* What is left of a buffer. */
struct rest {
    char *at;
    size_t size;
};

/* A format_output; what is in its place already is not copied. */
static void store(void *context, const char *text, size_t length)
{
    struct rest *rest = context;
    size_t fits = length < rest->size ? length : rest->size;
    if (text != rest->at && fits > 0)
        memcpy(rest->at, text, fits);
    rest->at += fits;
    rest->size -= fits;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct rest rest = {buffer, size};
    struct format_job job;
    open_job(&job, buffer, size, store, &rest);
    va_copy(job.arguments, arguments);
    put_format(&job, format);
    va_end(job.arguments);
    if (job.start != buffer)
        pass(&job);
    size_t length = job.passed + (size_t)(job.at - job.start);
    if (size > 0)
        buffer[length < size ? length : size - 1] = '\0';
    return length > INT32_MAX ? -1 : (int)length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
