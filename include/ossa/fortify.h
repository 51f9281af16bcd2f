/* SPDX-License-Identifier: 0BSD */
/*
 * Copies that know the object they write to: where the compiler can tell its size (GCC manual, "Object Size Checking"),
 * writing past it panics before the first byte is written. The size is that of the smallest member or array that `to`
 * points into, so a neighbour in the same structure is protected too. Included in all of the kernel but lib/ by the
 * Makefile; a call whose sizes are known at compile time costs nothing.
 */
#pragma once

#include <ossa/string.h>

/* GCC's names: it folds them into the plain functions, or calls these. kernel/fortify/fortify.c */
void *__memcpy_chk(void *to, const void *from, size_t size, size_t object_bytes);
void *__memmove_chk(void *to, const void *from, size_t size, size_t object_bytes);
void *__memset_chk(void *to, int byte, size_t size, size_t object_bytes);
size_t fortify_strlcpy(char *to, const char *from, size_t size, size_t object_bytes);

#define memcpy(to, from, size)  __builtin___memcpy_chk(to, from, size, __builtin_object_size(to, 1))
#define memmove(to, from, size) __builtin___memmove_chk(to, from, size, __builtin_object_size(to, 1))
#define memset(to, byte, size)  __builtin___memset_chk(to, byte, size, __builtin_object_size(to, 1))
#define strlcpy(to, from, size) fortify_strlcpy(to, from, size, __builtin_object_size(to, 1))
