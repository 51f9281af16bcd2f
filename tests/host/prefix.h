/* SPDX-License-Identifier: 0BSD */
/*
 * The public symbols of lib/ under the names they have on the host, where they link beside the C library: forced into
 * each file of lib/ with -include, and included by the tests just before the headers they test. A public symbol missing
 * here would take the C library's place in the test program.
 */
#pragma once

/* lib/format */
#define format_symbol ossa_format_symbol
#define format_vwrite ossa_format_vwrite
#define format_write  ossa_format_write
#define snprintf      ossa_snprintf
#define vsnprintf     ossa_vsnprintf

/* lib/string */
#define memchr  ossa_memchr
#define memcmp  ossa_memcmp
#define memcpy  ossa_memcpy
#define memmove ossa_memmove
#define memset  ossa_memset
#define strchr  ossa_strchr
#define strcmp  ossa_strcmp
#define strlcpy ossa_strlcpy
#define strlen  ossa_strlen
#define strncmp ossa_strncmp
#define strnlen ossa_strnlen
#define strrchr ossa_strrchr
