/* SPDX-License-Identifier: 0BSD */
/*
 * See shapes.h. Each shape has cleanups, calls plan_next() in the middle, and looks at its locals afterwards.
 */
#include "shapes.h"
#include <alloca.h>
#include <ossa/unwind.h>
#include <stdbool.h>
#include <string.h>

struct guard {
    struct plan *plan;
    int which;
    uintptr_t value;
};

static void guard_clean(struct guard *guard)
{
    plan_note(guard->plan, guard->which, guard->value);
}

#define GUARD(name, which, value) \
    struct guard name __attribute__((cleanup(guard_clean), unused)) = {plan, which, (uintptr_t)(value)}

#define SHAPE __attribute__((noinline)) static void

SHAPE plain(struct plan *plan)
{
    plan_next(plan);
    plan->wrong += plan_opaque(1) != 1;
}

SHAPE one(struct plan *plan)
{
    GUARD(guard, 1, plan_opaque(plan->at));
    plan_next(plan);
}

SHAPE nested(struct plan *plan)
{
    GUARD(outer, 10, plan_opaque(10));
    GUARD(middle, 11, plan_opaque(11));
    if (plan_opaque(1)) {
        GUARD(inner, 12, plan_opaque(12));
        plan_next(plan);
    }
    plan_next(plan);
}

/* More values than there are registers that calls keep; cleanups see some. */
SHAPE many_values(struct plan *plan)
{
    uintptr_t v[16], sum = 0;
    uintptr_t a = plan_opaque(21), b = plan_opaque(22), c = plan_opaque(23), d = plan_opaque(24), e = plan_opaque(25);
    uintptr_t f = plan_opaque(26), g = plan_opaque(27), h = plan_opaque(28), i = plan_opaque(29), j = plan_opaque(30);
    for (int n = 0; n < 16; n++)
        v[n] = plan_opaque(n);
    GUARD(guard, 20, a ^ c << 8 ^ e << 16);
    plan_next(plan);
    for (int n = 0; n < 16; n++)
        sum += v[n];
    GUARD(after, 21, sum);
    plan_next(plan);
    plan->wrong += sum != 120 || a != 21 || b != 22 || c != 23 || d != 24 || e != 25;
    plan->wrong += f != 26 || g != 27 || h != 28 || i != 29 || j != 30;
}

SHAPE with_alloca(struct plan *plan)
{
    size_t size = 100 + plan_opaque(plan->at) * 24;
    char *memory = alloca(size);
    memset(memory, 0x5a, size);
    GUARD(guard, 30, memory[size - 1]);
    plan_next(plan);
    plan->wrong += memory[plan_opaque(50)] != 0x5a;
}

#pragma GCC diagnostic ignored "-Wvla"
SHAPE with_vla(struct plan *plan)
{
    size_t size = 10 + plan_opaque(plan->at);
    for (uintptr_t round = 0; round < 2; round++) {
        uintptr_t memory[size + round];
        memory[size - 1] = round;
        GUARD(guard, 40, memory[size - 1]);
        plan_next(plan);
        plan->wrong += memory[size - 1] != round;
    }
}

SHAPE big(struct plan *plan)
{
    volatile char memory[9000];
    memory[plan_opaque(8999)] = 50;
    GUARD(guard, 50, memory[8999]);
    plan_next(plan);
    plan->wrong += memory[8999] != 50;
}

SHAPE aligned(struct plan *plan)
{
    _Alignas(128) volatile uintptr_t memory[4];
    memory[plan_opaque(3)] = 60;
    uintptr_t kept = plan_opaque(61);
    GUARD(guard, 60, (uintptr_t)memory % 128 + memory[3]);
    plan_next(plan);
    plan->wrong += memory[3] != 60 || kept != 61;
}

SHAPE aligned_alloca(struct plan *plan)
{
    _Alignas(64) volatile uintptr_t memory[4];
    volatile char *more = alloca(plan_opaque(200));
    memory[3] = more[199] = 70;
    uintptr_t a = plan_opaque(71), b = plan_opaque(72), c = plan_opaque(73), d = plan_opaque(74), e = plan_opaque(75);
    GUARD(guard, 70, (uintptr_t)memory % 64 + memory[3] + a);
    plan_next(plan);
    plan->wrong += memory[3] != 70 || more[199] != 70 || a + b + c + d + e != 365;
}

/* Left by goto, continue and break, and entered again. */
SHAPE loop(struct plan *plan)
{
    for (uintptr_t round = 0; round < 5; round++) {
        GUARD(guard, 80, plan_opaque(round));
        if (round == 0)
            continue;
        GUARD(second, 81, plan_opaque(round));
        if (round == 3)
            goto out;
        if (round == 2)
            plan_next(plan);
    }
out:
    plan_note(plan, 82, 0);
}

__attribute__((cold, noinline)) static void cold_call(struct plan *plan)
{
    GUARD(guard, 91, 91);
    plan_next(plan);
}

/* The call is in a part that GCC puts elsewhere. */
SHAPE hot_cold(struct plan *plan)
{
    uintptr_t value = plan_opaque(90);
    GUARD(guard, 90, value);
    if (__builtin_expect(plan_opaque(1) != 0, 0)) {
        GUARD(inner, 92, plan_opaque(92));
        cold_call(plan);
        plan_note(plan, 93, value);
    }
}

SHAPE tail(struct plan *plan)
{
    plan_note(plan, 100, 0);
    plan_next(plan);
}

/* Arguments on the stack while the call panics. */
SHAPE arguments(struct plan *plan)
{
    GUARD(guard, 110, plan_opaque(110));
    int value = (int)plan_opaque(1);
    plan->wrong += plan_arguments(plan, value, 2, 3, 4, 5, 6, 7, 8, 9, 10) != 55;
    plan->wrong += plan_arguments(plan, value, 2, 3, 4, 5, 6, 7, 8, 9, 11) != 56;
}

static void by_value(struct guard guard)
{
    plan_note(guard.plan, 121, guard.value);
    plan_next(guard.plan);
}

SHAPE structure(struct plan *plan)
{
    GUARD(guard, 120, plan_opaque(120));
    by_value((struct guard){plan, 0, plan_opaque(122)});
}

/* A function within a function, reached through a pointer. */
SHAPE recursive_inner(struct plan *plan, int depth)
{
    GUARD(guard, 130 + depth, plan_opaque((uintptr_t)depth));
    if (depth > 0)
        recursive_inner(plan, depth - 1);
    else
        plan_next(plan);
    plan_note(plan, 140 + depth, 0);
}

SHAPE recursive(struct plan *plan)
{
    recursive_inner(plan, 6);
}

static __attribute__((noreturn, noinline)) void no_return(struct plan *plan)
{
    GUARD(guard, 150, plan_opaque(150));
    plan_next(plan);
    __builtin_trap();
}

/* The call is the function's last instruction: its return address belongs to what follows. Only as last but bottom. */
SHAPE calls_no_return(struct plan *plan)
{
    GUARD(guard, 151, plan_opaque(151));
    if (plan->at == plan->count)
        no_return(plan);
    plan_next(plan);
}

__attribute__((noinline)) static void fault_read(struct plan *plan)
{
    GUARD(guard, 160, plan_opaque(160));
    volatile int *nowhere = (volatile int *)plan_opaque(8);
    plan_note(plan, 161, (uintptr_t)*nowhere);
}

__attribute__((noinline)) static int leaf_read(const int *pointer)
{
    return *pointer + 1;
}

__attribute__((noinline)) static void fault_leaf(struct plan *plan)
{
    GUARD(guard, 170, plan_opaque(170));
    plan_note(plan, 171, (uintptr_t)leaf_read((const int *)plan_opaque(16)));
}

__attribute__((noinline)) static void fault_call(struct plan *plan)
{
    GUARD(guard, 180, plan_opaque(180));
    ((void (*)(void))plan_opaque(0x10))();
    plan_note(plan, 181, 0);
}

/* How many of the values held in registers across a catch are not what they were. */
__attribute__((noinline)) static unsigned keep_registers(void (*function)(void *), void *argument)
{
    uintptr_t a = plan_opaque(1), b = plan_opaque(2), c = plan_opaque(3), d = plan_opaque(4), e = plan_opaque(5);
    uintptr_t f = plan_opaque(6), g = plan_opaque(7), h = plan_opaque(8), i = plan_opaque(9), j = plan_opaque(10);
    unsigned wrong = !arch_unwind_catch(function, argument);
    wrong += a != 1 || b != 2 || c != 3 || d != 4 || e != 5 || f != 6 || g != 7 || h != 8 || i != 9 || j != 10;
    return wrong + (plan_opaque(a) != a);
}

static const struct shape all[] = {
    {"plain", plain},
    {"one", one},
    {"nested", nested},
    {"many_values", many_values},
    {"with_alloca", with_alloca},
    {"with_vla", with_vla},
    {"big", big},
    {"aligned", aligned},
    {"aligned_alloca", aligned_alloca},
    {"loop", loop},
    {"hot_cold", hot_cold},
    {"tail", tail},
    {"arguments", arguments},
    {"structure", structure},
    {"recursive", recursive},
    {"calls_no_return", calls_no_return},
    {0},
};

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)
#define NAME_(x) shapes_##x
#define NAME(x)  NAME_(x)

const struct shapes NAME(LEVEL) = {TEXT(LEVEL), all, fault_read, fault_leaf, fault_call, keep_registers};
