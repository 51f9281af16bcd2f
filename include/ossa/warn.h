/* SPDX-License-Identifier: 0BSD */
/*
 * What should not be and can be lived with. Any context but NMI, for it is logged.
 */
#pragma once

#include <ossa/panic.h>
#include <stdatomic.h>

/* Reports a condition that should not hold, and goes on. Gives the condition, so that it can stand in an if. */
#define WARN(condition)                           \
    __extension__({                               \
        bool warn_condition = (condition);        \
        if (warn_condition)                       \
            warn_report(PANIC_PLACE, #condition); \
        warn_condition;                           \
    })

/* Logs the condition and its place, and counts. */
void warn_report(const struct panic_place *place, const char *condition) __attribute__((cold));
extern atomic_uint warn_count; /* how many there were */
