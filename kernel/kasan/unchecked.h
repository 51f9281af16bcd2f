/* SPDX-License-Identifier: 0BSD */
/*
 * lib/string for code that is not checked, which hands it memory that others must not touch: forced with -include into
 * each file of it.
 */
#pragma once

#define memchr  unchecked_memchr
#define memcmp  unchecked_memcmp
#define memcpy  unchecked_memcpy
#define memmove unchecked_memmove
#define memset  unchecked_memset
#define strchr  unchecked_strchr
#define strcmp  unchecked_strcmp
#define strlcpy unchecked_strlcpy
#define strlen  unchecked_strlen
#define strncmp unchecked_strncmp
#define strnlen unchecked_strnlen
