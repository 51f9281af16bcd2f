/* SPDX-License-Identifier: 0BSD */
/*
 * For tests of kernel/kasan/: accesses that must be found, and those that must not. They are made all the same, so none
 * may hurt. Values pass through HIDDEN, or the compiler sees what is wrong, and says so or drops it.
 */
#pragma once

#include <ossa/kasan.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define HIDDEN(value)                                  \
    __extension__({                                    \
        __typeof__((value) + 0) hidden = (value);      \
        __asm__ volatile("" : "+r"(hidden)::"memory"); \
        hidden;                                        \
    })

#define READ(va)         ((void)*(volatile const char *)HIDDEN((const char *)(va)))
#define WRITE(va, value) ((void)(*(volatile char *)HIDDEN((char *)(va)) = (value)))

/* What the statement is found to do. */
#define FIND(finding, ...)              \
    struct kasan_finding finding = {0}; \
    kasan_expected = &finding;          \
    __asm__ volatile("" ::: "memory");  \
    __VA_ARGS__;                        \
    __asm__ volatile("" ::: "memory");  \
    kasan_expected = NULL

#define CHECK_FOUND(words, ...)                                                \
    do {                                                                       \
        FIND(found, __VA_ARGS__);                                              \
        CHECK(found.count > 0 && strcmp(found.what, words) == 0);              \
        if (found.count > 0 && strcmp(found.what, words) != 0)                 \
            console_printf("# found: %s at %#lx\n", found.what, found.bad_va); \
    } while (0)

#define CHECK_SILENT(...)            \
    do {                             \
        FIND(found, __VA_ARGS__);    \
        CHECK_EQUAL(found.count, 0); \
    } while (0)
