/* SPDX-License-Identifier: 0BSD */
/*
 * Formatted output: the printf family (ISO C11 7.21.6) for integers, characters, strings and pointers, without floating
 * point, allocation, recursion or state. Callable in any context, before anything is set up and from inside a panic.
 *
 * Conversions d i u x X o c s p %, flags - + space # 0, width and precision as digits or *, lengths hh h l ll z j t.
 * A null %s prints "(null)", a null %p "(nil)". An unknown conversion prints as it stands and takes no argument. A
 * letter right behind %p, where GCC's format check takes it for plain text, says more about the pointer:
 *
 *     %pS     the symbol at this code or data address: name+0x1c/0x80, or 0x%016lx where none is known
 *     %*ph    `width` bytes in hexadecimal: de ad be ef; the pointer is not looked at when width is 0
 *     %pZ     the uint64_t it points to, as a size: 128 MiB, 1.5 GiB, 100 B; further decimals are cut off, never
 * rounded up; width and the flag - apply
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the next `length` characters (never 0) of the output; they are not terminated, and gone after the call. */
typedef void (*format_output)(void *context, const char *text, size_t length);

/*
 * What %pS asks: the name of the symbol that holds `va`, with the offset of `va` in it and its size, both in bytes;
 * NULL when there is none. Set once, by whoever has a symbol table, before which every address prints as a number.
 */
typedef const char *(*format_symbol_lookup)(uintptr_t va, size_t *offset, size_t *size);
extern format_symbol_lookup format_symbol;

/*
 * Passes the output on in order, text between conversions straight from `format`, each conversion in as few runs as
 * possible, nothing held back. Returns the number of characters.
 */
size_t format_vwrite(format_output output, void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
size_t format_write(format_output output, void *context, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * ISO C11 7.21.6.12 and 7.21.6.5: at most `size` characters are stored, the last of them a null; `buffer` is not
 * touched when `size` is 0. Return the length the whole output has.
 */
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));
int snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
