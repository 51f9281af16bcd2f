/* SPDX-License-Identifier: 0BSD */
/*
 * The printf family, in one pass over the format and no memory but a few dozen bytes of stack. Owns the meaning of a
 * conversion; where the characters go is the caller's output function. Holds no state but the symbol lookup, and reads
 * the format, its arguments and nothing else.
 */
#include <ossa/format.h>
#include <ossa/string.h>
#include <stdbool.h>

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8 && sizeof(int) == 4, "lengths l z j t and p are 64 bits wide");

/* A flag is the bit its character has in the row that starts with the blank. */
#define FLAG_BIT(character) (1u << ((character) - ' '))

enum format_flag {
    FLAG_SPACE = FLAG_BIT(' '),
    FLAG_HASH = FLAG_BIT('#'),
    FLAG_PLUS = FLAG_BIT('+'),
    FLAG_MINUS = FLAG_BIT('-'),
    FLAG_ZERO = FLAG_BIT('0'),
    FLAG_ANY = FLAG_SPACE | FLAG_HASH | FLAG_PLUS | FLAG_MINUS | FLAG_ZERO,
};

enum radix { RADIX_DECIMAL, RADIX_OCTAL, RADIX_HEX };

enum { DIGITS_MAX = 24, PREFIX_MAX = 2, PADDING_RUN = 32 };

/* The output so far, and the conversion at hand. */
struct format_job {
    size_t total;
    format_output output; /* NULL: to buffer[0 .. size), and what does not fit is dropped */
    void *context;
    char *buffer;
    size_t size;
    unsigned flags;
    unsigned width;
    int precision; /* negative: none given */
    va_list arguments;
};

format_symbol_lookup format_symbol;

static const char digits_lower[] = "0123456789abcdefx", digits_upper[] = "0123456789ABCDEFX";

/* The rest is set by each conversion, and the arguments by the caller. */
static inline void job_start(struct format_job *job, format_output output, void *context, char *buffer, size_t size)
{
    job->total = 0;
    job->output = output;
    job->context = context;
    job->buffer = buffer;
    job->size = size;
}

static void put_run(struct format_job *job, const char *text, size_t length)
{
    size_t start = job->total, end = start + length;

    if (length == 0)
        return;
    job->total = end;
    if (end <= job->size)
        memcpy(job->buffer + start, text, length);
    else if (start < job->size)
        memcpy(job->buffer + start, text, job->size - start);
    else if (job->output)
        job->output(job->context, text, length);
}

static void put_padding(struct format_job *job, const char padding[PADDING_RUN], size_t count)
{
    for (; count > PADDING_RUN; count -= PADDING_RUN)
        put_run(job, padding, PADDING_RUN);
    put_run(job, padding, count);
}

/* Puts `text` in the job's width, with `zeros` more zeros behind its first `head` characters. */
static void put_padded(struct format_job *job, const char *text, size_t length, size_t head, size_t zeros)
{
    static const char blank_run[] = "                                ";
    static const char zero_run[] = "00000000000000000000000000000000";
    size_t blanks = job->width > length + zeros ? job->width - length - zeros : 0;

    if (!(job->flags & FLAG_MINUS))
        put_padding(job, blank_run, blanks);
    if (zeros) {
        put_run(job, text, head);
        put_padding(job, zero_run, zeros);
        text += head;
        length -= head;
    }
    put_run(job, text, length);
    if (job->flags & FLAG_MINUS)
        put_padding(job, blank_run, blanks);
}

static inline void put_field(struct format_job *job, const char *text, size_t length)
{
    if (job->width <= length)
        put_run(job, text, length);
    else
        put_padded(job, text, length, 0, 0);
}

/* Writes the digits of `value`, at least one, so that they end before `end`, and returns where they start. */
static char *write_decimal(char *end, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    for (uint64_t rest; value >= 100; value = rest) {
        rest = value / 100;
        end -= 2;
        __builtin_memcpy(end, &pairs[(value - rest * 100) * 2], 2);
    }
    *--end = pairs[value * 2 + 1];
    if (value >= 10)
        *--end = pairs[value * 2];
    return end;
}

/* Fills up before `start` until `length` characters, or as many as the buffer is for, stand before `end`. */
static inline char *write_fill(char *start, char *end, size_t length, char fill)
{
    char *const left = end - (length < DIGITS_MAX ? length : DIGITS_MAX);

    while (start > left)
        *--start = fill;
    return start;
}

/* Puts the digits from `start` to `end`, in a buffer with room before them, as flags and precision ask. */
static void put_digits(struct format_job *job, char *start, char *end, enum radix radix, char sign)
{
    bool hash = job->flags & FLAG_HASH;
    size_t wanted = 0, head = sign != 0, zeros;

    if (radix == RADIX_HEX)
        head = hash && start < end && *start != '0' ? 2 : 0;
    if (job->precision >= 0)
        wanted = (size_t)job->precision;
    else if ((job->flags & (FLAG_ZERO | FLAG_MINUS)) == FLAG_ZERO && job->width > head)
        wanted = job->width - head;
    start = write_fill(start, end, wanted, '0');
    zeros = wanted > DIGITS_MAX ? wanted - DIGITS_MAX : 0;
    if (radix == RADIX_OCTAL && hash && (start == end || *start != '0'))
        *--start = '0';
    if (head)
        *--start = sign;
    if (head > 1)
        *--start = '0';
    if (zeros)
        put_padded(job, start, (size_t)(end - start), head, zeros);
    else
        put_field(job, start, (size_t)(end - start));
}

static void put_number(struct format_job *job, uint64_t value, enum radix radix, char sign, const char *digits)
{
    char buffer[PREFIX_MAX + DIGITS_MAX], *const end = buffer + sizeof(buffer), *start = end;

    if (!value && job->precision == 0)
        start = end;
    else if (radix == RADIX_DECIMAL)
        start = write_decimal(end, value);
    else if (radix == RADIX_HEX)
        do
            *--start = digits[value % 16];
        while (value >>= 4);
    else
        do
            *--start = digits[value % 8];
        while (value >>= 3);
    if (job->precision >= 0 || job->flags & (FLAG_HASH | FLAG_ZERO)) {
        put_digits(job, start, end, radix, radix == RADIX_HEX ? digits[16] : sign);
        return;
    }
    if (sign)
        *--start = sign;
    if (!(job->flags & FLAG_MINUS))
        start = write_fill(start, end, job->width, ' ');
    put_field(job, start, (size_t)(end - start));
}

/* The next integer argument, of which the high `drop_bits` of 64 mean nothing. Not inlined: va_arg is long code on some
 * ABIs. */
static __attribute__((noinline)) uint64_t take_integer(struct format_job *job, unsigned drop_bits)
{
    return drop_bits ? va_arg(job->arguments, unsigned) : va_arg(job->arguments, uint64_t);
}

static __attribute__((noinline)) const void *take_pointer(struct format_job *job)
{
    return va_arg(job->arguments, const void *);
}

static void put_integer(struct format_job *job, unsigned drop_bits, bool negative, enum radix radix, const char *digits)
{
    uint64_t value = take_integer(job, drop_bits);
    char sign = '\0';

    value <<= drop_bits;
    if (negative) {
        sign = job->flags & FLAG_PLUS ? '+' : job->flags & FLAG_SPACE ? ' ' : '\0';
        if ((int64_t)value < 0) {
            sign = '-';
            value = 0 - value;
        }
    }
    put_number(job, value >> drop_bits, radix, sign, digits);
}

static void put_string(struct format_job *job, const char *text)
{
    if (!text)
        text = job->precision < 0 || job->precision >= 6 ? "(null)" : "";
    put_field(job, text, strnlen(text, (size_t)job->precision));
}

static void put_hex(struct format_job *job, uint64_t value, int digits)
{
    job->flags = 0;
    job->width = 0;
    job->precision = digits;
    put_run(job, "0x", 2);
    put_number(job, value, RADIX_HEX, '\0', digits_lower);
}

static void put_symbol(struct format_job *job, uintptr_t va)
{
    size_t offset, size;
    const char *name = format_symbol ? format_symbol(va, &offset, &size) : NULL;

    if (!name) {
        put_hex(job, va, 16);
        return;
    }
    put_run(job, name, strlen(name));
    put_run(job, "+", 1);
    put_hex(job, offset, 1);
    put_run(job, "/", 1);
    put_hex(job, size, 1);
}

static void put_size(struct format_job *job, uint64_t bytes)
{
    char buffer[sizeof("1023.9 KiB")], *const end = buffer + sizeof(buffer), *start = end;
    unsigned unit = 0, tenths = 0;

    for (; bytes >= 1024; bytes >>= 10, unit++)
        tenths = (unsigned)(bytes % 1024 * 10 / 1024);
    *--start = 'B';
    if (unit) {
        *--start = 'i';
        *--start = " KMGTPE"[unit];
    }
    *--start = ' ';
    if (tenths) {
        *--start = (char)('0' + tenths);
        *--start = '.';
    }
    start = write_decimal(start, bytes);
    put_field(job, start, (size_t)(end - start));
}

static void put_dump(struct format_job *job, const uint8_t *bytes)
{
    char text[3] = {'\0', '\0', ' '};

    for (unsigned left = job->width; left > 0; left--, bytes++) {
        text[0] = digits_lower[*bytes >> 4];
        text[1] = digits_lower[*bytes & 15];
        put_run(job, text, left > 1 ? 3 : 2);
    }
}

/* `next` is behind the p; returns what follows the letter behind it that was taken, if any. */
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
        put_dump(job, pointer);
        return next + 1;
    default:
        job->flags |= FLAG_HASH;
        if (pointer)
            put_number(job, (uintptr_t)pointer, RADIX_HEX, '\0', digits_lower);
        else
            put_field(job, "(nil)", 5);
        return next;
    }
}

/* A width or precision; one too large for an int wraps around. */
static inline const char *take_count(struct format_job *job, const char *next, int *count)
{
    unsigned value = 0;

    if (*next == '*') {
        *count = (int)take_integer(job, 32);
        return next + 1;
    }
    for (unsigned digit; (digit = (unsigned)(*next - '0')) < 10; next++)
        value = 10 * value + digit;
    *count = (int)value;
    return next;
}

static inline const char *take_layout(struct format_job *job, const char *next)
{
    unsigned flags = 0;
    int width;

    for (unsigned bit; (bit = (unsigned)(*next - ' ')) <= '0' - ' ' && FLAG_ANY >> bit & 1; next++)
        flags |= 1u << bit;
    next = take_count(job, next, &width);
    if (width < 0) {
        flags |= FLAG_MINUS;
        width = (int)(0 - (unsigned)width);
    }
    job->flags = flags;
    job->width = (unsigned)width;
    if (*next == '.')
        next = take_count(job, next + 1, &job->precision);
    return next;
}

/* Puts the conversion whose % is at `percent`, and returns what follows it. */
static const char *put_conversion(struct format_job *job, const char *percent)
{
    const char *next = percent + 1, *digits = digits_lower;
    enum radix radix = RADIX_DECIMAL;
    unsigned drop_bits = 32;
    bool negative = false;
    char character;

    job->flags = 0;
    job->width = 0;
    job->precision = -1;
    if (*next < 'A')
        next = take_layout(job, next);
    if (*next == 'l') {
        drop_bits = 0;
        next++;
    }
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
        negative = true;
        break;
    case 'u':
        break;
    case 'o':
        radix = RADIX_OCTAL;
        break;
    case 'X':
        digits = digits_upper;
        radix = RADIX_HEX;
        break;
    case 'x':
        radix = RADIX_HEX;
        break;
    case 'c':
        character = (char)take_integer(job, 32);
        put_field(job, &character, 1);
        return next;
    case 's':
        put_string(job, take_pointer(job));
        return next;
    case 'p':
        return put_pointer(job, next, take_pointer(job));
    case '%':
        put_run(job, "%", 1);
        return next;
    default:
        if (next[-1] == '\0')
            next--;
        put_run(job, percent, (size_t)(next - percent));
        return next;
    }
    put_integer(job, drop_bits, negative, radix, digits);
    return next;
}

/* Puts what stands before the next conversion, and returns its end. One pass serves the buffer and, being run through,
 * the output. */
static const char *put_literal(struct format_job *job, const char *const format)
{
    char *const buffer = job->buffer;
    const size_t size = job->size;
    size_t total = job->total;
    const char *next = format;

    for (; (uint8_t)*next > '%' || (*next != '%' && *next); next++, total++)
        if (total < size)
            buffer[total] = *next;
    job->total = total;
    if (job->output && next != format)
        job->output(job->context, format, (size_t)(next - format));
    return next;
}

static void put_format(struct format_job *job, const char *format)
{
    while (*(format = put_literal(job, format)))
        format = put_conversion(job, format);
}

size_t format_vwrite(format_output output, void *context, const char *format, va_list arguments)
{
    struct format_job job;

    job_start(&job, output, context, NULL, 0);
    va_copy(job.arguments, arguments);
    put_format(&job, format);
    va_end(job.arguments);
    return job.total;
}

size_t format_write(format_output output, void *context, const char *format, ...)
{
    struct format_job job;

    job_start(&job, output, context, NULL, 0);
    va_start(job.arguments, format);
    put_format(&job, format);
    va_end(job.arguments);
    return job.total;
}

/* Ends the string in the buffer, and returns what the caller does. */
static int end_buffer(const struct format_job *job)
{
    if (job->size)
        job->buffer[job->total < job->size ? job->total : job->size - 1] = '\0';
    return (int)job->total;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct format_job job;

    job_start(&job, NULL, NULL, buffer, size);
    va_copy(job.arguments, arguments);
    put_format(&job, format);
    va_end(job.arguments);
    return end_buffer(&job);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    struct format_job job;

    job_start(&job, NULL, NULL, buffer, size);
    va_start(job.arguments, format);
    put_format(&job, format);
    va_end(job.arguments);
    return end_buffer(&job);
}
