/* SPDX-License-Identifier: 0BSD */
/*
 * The printf family, in one pass over the format and no memory but some stack. Owns the meaning of a conversion; where
 * the characters go is the caller's output function. Holds no state but the symbol lookup, and reads the format, its
 * arguments and nothing else.
 */
#include <ossa/format.h>
#include <ossa/string.h>
#include <stdbool.h>

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8 && sizeof(int) == 4, "lengths l z j t and p are 64 bits wide");

/* Bit c - ' ' for the flag character c. */
enum { SPACE = 1 << (' ' - ' '), HASH = 1 << ('#' - ' '), PLUS = 1 << ('+' - ' '), MINUS = 1 << ('-' - ' ') };
enum { ZERO = 1 << ('0' - ' '), ANY_FLAG = SPACE | HASH | PLUS | MINUS | ZERO };
enum { DIGITS_MAX = 24, PREFIX_MAX = 2, NUMBER_MAX = PREFIX_MAX + DIGITS_MAX };

/* The output so far, and the conversion at hand. */
struct format_job {
    size_t total;
    char *buffer; /* takes the first `size` characters, */
    size_t size;
    format_output output; /* and this, unless NULL, all that start behind them */
    void *context;
    unsigned flags, width;
    int precision; /* negative: none given */
    va_list arguments;
    char number[NUMBER_MAX]; /* the digits being made: here once, as an array costs a function its stack protector */
};

format_symbol_lookup format_symbol __attribute__((section(".data"))); /* asked before .bss is zero, too */

/* A format_output itself: what one job writes can be a part of another's. */
static void put_run(void *context, const char *text, size_t length)
{
    struct format_job *job = context;
    size_t start = job->total, end = start + length;
    job->total = end;
    if (end <= job->size)
        memcpy(job->buffer + start, text, length);
    else if (start < job->size)
        memcpy(job->buffer + start, text, job->size - start);
    else if (job->output && length > 0)
        job->output(job->context, text, length);
}

static void put_padding(struct format_job *job, const char run[16], size_t count)
{
    for (size_t part; (part = count < 16 ? count : 16) > 0; count -= part)
        put_run(job, run, part);
}

/* Puts `text` in the job's width, with `zeros` more zeros behind its first `head` characters. */
static void put_padded(struct format_job *job, const char *text, size_t length, size_t head, size_t zeros)
{
    static const char blank_run[] = "                ", zero_run[] = "0000000000000000";
    size_t blanks = job->width > length + zeros ? job->width - length - zeros : 0;
    if (!(job->flags & MINUS))
        put_padding(job, blank_run, blanks);
    if (head > 0)
        put_run(job, text, head);
    put_padding(job, zero_run, zeros);
    put_run(job, text + head, length - head);
    if (job->flags & MINUS)
        put_padding(job, blank_run, blanks);
}

static inline void put_field(struct format_job *job, const char *text, size_t length, size_t head, size_t zeros)
{
    if (job->width <= length && zeros == 0)
        put_run(job, text, length);
    else
        put_padded(job, text, length, head, zeros);
}

/* The next integer argument without the high `drop_bits` of its 64; not inlined, va_arg is long code. */
static __attribute__((noinline)) uint64_t take_integer(struct format_job *job, unsigned drop_bits)
{
    uint64_t value = drop_bits ? va_arg(job->arguments, unsigned) : va_arg(job->arguments, uint64_t);
    return value << drop_bits >> drop_bits;
}

/* Writes the digits of `value`, none for 0, so that they end at `end`, and returns where they start. */
static char *write_decimal(char *end, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    for (; value >= 10; value /= 100) {
        end -= 2;
        __builtin_memcpy(end, &pairs[value % 100 * 2], 2);
    }
    if (value > 0)
        *--end = (char)('0' + value);
    return end;
}

/* Puts what take_integer() returned as the conversion d i u o x or X asks. */
static void put_number(struct format_job *job, char conversion, uint64_t value, unsigned drop_bits)
{
    char *const end = job->number + NUMBER_MAX, *start = end, sign = '\0';
    size_t wanted = 1, head = 0, zeros;
    if ((conversion | 32) == 'x') {
        const char *digits = conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
        sign = job->flags & HASH && value ? conversion : '\0';
        head = sign ? 2 : 0;
        for (; value > 0; value >>= 4)
            *--start = digits[value % 16];
    } else if (conversion == 'o') {
        for (; value > 0; value >>= 3)
            *--start = (char)('0' + value % 8);
        if (job->flags & HASH)
            *--start = '0';
    } else {
        if (conversion != 'u') {
            sign = (int64_t)(value << drop_bits) < 0 ? '-' : job->flags & PLUS ? '+' : job->flags & SPACE ? ' ' : '\0';
            value = sign == '-' ? (0 - value) << drop_bits >> drop_bits : value;
            head = sign != '\0';
        }
        start = write_decimal(end, value);
    }
    if (job->precision >= 0)
        wanted = (size_t)job->precision;
    else if ((job->flags & (ZERO | MINUS)) == ZERO && job->width > head)
        wanted = job->width - head;
    zeros = wanted > DIGITS_MAX ? wanted - DIGITS_MAX : 0;
    while ((size_t)(end - start) < wanted - zeros)
        *--start = '0';
    if (head > 0)
        *--start = sign;
    if (head > 1)
        *--start = '0';
    if (zeros == 0 && !(job->flags & MINUS))
        while (end - start < job->width && start > job->number)
            *--start = ' ';
    put_field(job, start, (size_t)(end - start), head, zeros);
}

static void put_string(struct format_job *job, const char *text)
{
    if (!text)
        text = job->precision < 0 || job->precision >= 6 ? "(null)" : "";
    put_field(job, text, strnlen(text, (size_t)job->precision), 0, 0);
}

static void put_symbol(struct format_job *job, uintptr_t va)
{
    size_t offset, size;
    const char *name = format_symbol ? format_symbol(va, &offset, &size) : NULL;
    if (name)
        format_write(put_run, job, "%s+0x%zx/0x%zx", name, offset, size);
    else
        format_write(put_run, job, "0x%016lx", va);
}

static void put_size(struct format_job *job, uint64_t bytes)
{
    static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    char text[sizeof("1023.9 KiB")];
    unsigned unit = 0, tenths = 0;
    for (; bytes >= 1024; bytes >>= 10, unit++)
        tenths = (unsigned)(bytes % 1024 * 10 / 1024);
    put_field(job, text,
              (size_t)snprintf(text, sizeof(text), "%lu%s%.0u %s", bytes, tenths ? "." : "", tenths, units[unit]), 0,
              0);
}

/* `width` bytes, with a blank between two of them if `blanks`. */
static void put_bytes(struct format_job *job, const uint8_t *bytes, bool blanks)
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned left = job->width; left > 0; left--, bytes++)
        put_run(job, (char[]){digits[*bytes / 16], digits[*bytes % 16], ' '}, blanks && left > 1 ? 3 : 2);
}

/* `next` is behind the p; returns what follows the letters behind it that were taken, if any. */
static const char *put_pointer(struct format_job *job, const char *next, const void *pointer)
{
    switch (*next) {
    case 'S':
        put_symbol(job, (uintptr_t)pointer);
        return next + 1;
    case 'Z':
        put_size(job, *(const uint64_t *)pointer);
        return next + 1;
    case 'h':
        put_bytes(job, pointer, next[1] != 'N');
        return next + (next[1] == 'N' ? 2 : 1);
    }
    job->flags |= HASH;
    if (pointer)
        put_number(job, 'x', (uintptr_t)pointer, 0);
    else
        put_field(job, "(nil)", 5, 0, 0);
    return next;
}

/* A width or precision; one too large for an int wraps around. */
static const char *take_count(struct format_job *job, const char *next, int *count)
{
    unsigned value = 0;
    if (*next == '*') {
        *count = (int)take_integer(job, 32);
        return next + 1;
    }
    for (; *next >= '0' && *next <= '9'; next++)
        value = 10 * value + (unsigned)(*next - '0');
    *count = (int)value;
    return next;
}

/* Flags, width and precision. */
static const char *take_layout(struct format_job *job, const char *next)
{
    int width;
    for (unsigned bit; (bit = (unsigned)(*next - ' ')) <= '0' - ' ' && 1u << bit & ANY_FLAG; next++)
        job->flags |= 1u << bit;
    next = take_count(job, next, &width);
    if (width < 0)
        job->flags |= MINUS;
    job->width = width < 0 ? 0 - (unsigned)width : (unsigned)width;
    return *next == '.' ? take_count(job, next + 1, &job->precision) : next;
}

/* Puts the conversion whose % is at `percent`, and returns what follows it. */
static const char *put_conversion(struct format_job *job, const char *percent)
{
    const char *next = percent + 1;
    unsigned drop_bits = 32;
    job->flags = 0;
    job->width = 0;
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
    case 'o':
    case 'x':
    case 'X':
        put_number(job, next[-1], take_integer(job, drop_bits), drop_bits);
        return next;
    case 'c':
        put_field(job, &(char){(char)take_integer(job, 32)}, 1, 0, 0);
        return next;
    case 's':
        put_string(job, (const char *)take_integer(job, 0));
        return next;
    case 'p':
        return put_pointer(job, next, (const void *)take_integer(job, 0));
    case '%':
        put_run(job, "%", 1);
        return next;
    case '\0':
        next--;
    }
    put_run(job, percent, (size_t)(next - percent));
    return next;
}

/* Puts what stands before the next conversion, and returns its end. */
static const char *put_literal(struct format_job *job, const char *const format)
{
    const size_t room = job->total < job->size ? job->size - job->total : 0;
    char *const to = room > 0 ? job->buffer + job->total : NULL;
    size_t length = 0;
    for (; (uint8_t)format[length] > '%' || (format[length] != '%' && format[length]); length++)
        if (length < room)
            to[length] = format[length];
    job->total += length;
    if (job->output && length > 0)
        job->output(job->context, format, length);
    return format + length;
}

static size_t put_format(struct format_job *job, const char *format, va_list arguments)
{
    va_copy(job->arguments, arguments);
    while (*(format = put_literal(job, format)))
        format = put_conversion(job, format);
    va_end(job->arguments);
    return job->total;
}

size_t format_vwrite(format_output output, void *context, const char *format, va_list arguments)
{
    struct format_job job = {.output = output, .context = context};
    return put_format(&job, format, arguments);
}

size_t format_write(format_output output, void *context, const char *format, ...)
{
    va_list arguments;
    size_t total;
    va_start(arguments, format);
    total = format_vwrite(output, context, format, arguments);
    va_end(arguments);
    return total;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct format_job job = {.buffer = buffer, .size = size};
    size_t length = put_format(&job, format, arguments);

    if (size > 0)
        buffer[length < size ? length : size - 1] = '\0';
    return (int)length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    int length;
    va_start(arguments, format);
    length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
