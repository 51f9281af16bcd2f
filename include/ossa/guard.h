/* SPDX-License-Identifier: 0BSD */
/*
 * Scope guards: what must happen when a scope is left, however it is left: at its end, by return, break or goto, or by
 * a panic that unwinds. Built on __attribute__((cleanup)) (GCC manual, "Common Variable Attributes"); several in one
 * scope run in reverse order.
 *
 *     DEFER { uart_stop(uart); };              any statement; it sees the locals around it
 *
 *     GUARD(spinlock, &queue->lock);           held to the end of the scope
 *     GUARD(interrupts);                       masked to the end of the scope
 *
 *     OWNED(buffer_put) struct buffer *buffer = buffer_take();      given back at the end of the scope, unless NULL
 *     return KEEP(buffer);                                          or handed on to the caller
 *
 * A new kind of GUARD is a type and two functions, which any header may define:
 *
 *     struct kind_guard { ... };
 *     static inline struct kind_guard kind_guard_take(...);
 *     static inline void kind_guard_release(struct kind_guard *guard);
 *
 * and a new kind of OWNED is OWNER_DEFINE(function, type), where `function` takes a type * back, or
 * OWNER_DEFINE_ANY(function), where it takes a void *.
 */
#pragma once

#include <ossa/arch.h>

#define GUARD_JOIN_(a, b) a##b
#define GUARD_JOIN(a, b)  GUARD_JOIN_(a, b)
#define GUARD_UNIQUE(a)   GUARD_JOIN(a, __LINE__)

/* A nested function that only the cleanup calls: no address of it is taken, so there is no trampoline. */
#define DEFER                                                                                          \
    auto void GUARD_UNIQUE(defer_run_)(const char *);                                                  \
    __attribute__((cleanup(GUARD_UNIQUE(defer_run_)), unused)) const char GUARD_UNIQUE(defer_at_) = 0; \
    auto inline __attribute__((always_inline)) void GUARD_UNIQUE(defer_run_)(__attribute__((unused))   \
                                                                             const char *defer_unused)

#define GUARD(kind, ...)                                                                                     \
    __attribute__((cleanup(kind##_guard_release), unused)) struct kind##_guard GUARD_UNIQUE(kind##_guard_) = \
        kind##_guard_take(__VA_ARGS__)

#define OWNED(function) __attribute__((cleanup(function##_owned)))

#define OWNER_DEFINE(function, type)                          \
    static inline void function##_owned(type *const *pointer) \
    {                                                         \
        if (*pointer != NULL)                                 \
            function(*pointer);                               \
    }

/* The same for a function that takes a void * back: the variable may be a pointer of any type. */
#define OWNER_DEFINE_ANY(function)                           \
    static inline void function##_owned(const void *pointer) \
    {                                                        \
        void *object = *(void *const *)pointer;              \
        if (object != NULL)                                  \
            function(object);                                \
    }

/* The pointer, of which the scope lets go. */
#define KEEP(pointer)                            \
    __extension__({                              \
        __typeof__(pointer) keep_it = (pointer); \
        (pointer) = NULL;                        \
        keep_it;                                 \
    })

struct interrupts_guard {
    uint64_t state;
};

static inline struct interrupts_guard interrupts_guard_take(void)
{
    return (struct interrupts_guard){arch_interrupts_save()};
}

static inline void interrupts_guard_release(struct interrupts_guard *guard)
{
    arch_interrupts_restore(guard->state);
}
