/* SPDX-License-Identifier: 0BSD */
/*
 * Formatted output: the printf family (ISO C11 7.21.6) for integers, characters, strings and pointers, without floating
 * point or allocation. Callable in any context, before anything is set up and from inside a panic.
 *
 * Conversions d i u x X o c s p %, flags - + space # 0, width and precision as digits or *, and for d i u x X o the
 * lengths hh h l ll z j t. A null %s prints "(null)", or "" where its precision is below 6; a null %p "(nil)". An
 * unknown conversion prints as it stands and takes no argument but for its stars. Letters right behind %p, where GCC's
 * format check takes them for plain text, say more about the pointer:
 *
 *     %pS     the symbol at this code or data address: name+0x1c/0x80, or 0x%016lx where none is known
 *     %*ph    `width` bytes, and no pointer needed for 0 of them or fewer: de ad be ef; %*phN: deadbeef
 *     %pZ     the uint64_t it points to, as a size: 128 MiB, 1.5 GiB, 100 B, decimals cut off; width and flag - apply
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the next `length` characters (never 0) of the output; they are not terminated, and gone after the call. */
typedef void (*format_output)(void *context, const char *text, size_t length);

/* The name of the symbol that holds `va`, with its size and the offset in it, in bytes; NULL if there is none. */
typedef const char *(*format_symbol_lookup)(uintptr_t va, size_t *offset, size_t *size);
extern format_symbol_lookup format_symbol; /* what %pS asks, set by whoever has a symbol table */

/* Passes the output on in order: what is before the first conversion at once, the rest in runs of up to 64 characters.
 * Returns its length. */
size_t format_vwrite(format_output output, void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
size_t format_write(format_output output, void *context, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ISO C11 7.21.6.12 and 7.21.6.5: store at most `size` characters, the last a null; return the whole length, -1 if that
 * is more than an int holds. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));
int snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
