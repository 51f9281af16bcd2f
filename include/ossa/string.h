/* SPDX-License-Identifier: 0BSD */
/*
 * Memory and strings: the part of ISO C11 7.24 that a kernel needs, with the standard's meaning, strnlen (POSIX.1-2017)
 * and strlcpy. The compiler itself calls memcpy, memmove, memset and memcmp. Callable in any context, with the MMU on
 * or off: every access is aligned to its own size, and none reaches outside the aligned words the arguments lie in.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memchr(const void *bytes, int byte, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t size);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);
char *strchr(const char *string, int character);

/* Stores at most `size` - 1 characters and a null. Returns strlen(from): cut short when that is >= `size`. */
size_t strlcpy(char *to, const char *from, size_t size);
