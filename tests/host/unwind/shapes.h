/* SPDX-License-Identifier: 0BSD */
/*
 * Functions with every kind of stack frame, for the host tests of the unwinder. shapes.c is compiled once for each
 * optimization level; a plan says which of its functions call each other, and what is called at the end.
 */
#pragma once

#include <stdint.h>

#define PLAN_CALLS_MAX 400
#define PLAN_NOTES_MAX 2000

/* What cleanups saw: which, and the value of the variable it cleans. */
struct note {
    int which;
    uintptr_t value;
};

struct plan {
    void (*const *calls)(struct plan *); /* one after the other, each by the one before */
    unsigned count, at;
    void (*bottom)(struct plan *);
    struct note notes[PLAN_NOTES_MAX];
    unsigned note_count;
    unsigned wrong; /* locals that were not as before, after a return */
};

struct shape {
    const char *name;
    void (*call)(struct plan *);
};

struct shapes {
    const char *level;
    const struct shape *all; /* the last has no name */
    void (*fault_read)(struct plan *);
    void (*fault_leaf)(struct plan *);
    void (*fault_call)(struct plan *);
    unsigned (*keep_registers)(void (*function)(void *), void *argument);
};

extern const struct shapes shapes_O0, shapes_O1, shapes_O2, shapes_O3, shapes_Os;

/* In the test program, so that no level can look into them. */
void plan_next(struct plan *plan);
void plan_note(struct plan *plan, int which, uintptr_t value);
uintptr_t plan_opaque(uintptr_t value);
int plan_arguments(struct plan *plan, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j);
