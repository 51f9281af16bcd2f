/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what is known of memory: who wrote and read a variable last, and what an atomic one hands on. GCC calls the
 * functions at the end for each access of what it compiles with -fsanitize=thread (gcc/sanitizer.def); they stand in
 * for its library.
 *
 * Order is by vector clocks (Flanagan and Freund, "FastTrack: efficient and precise dynamic race detection", 2009), one
 * for each CPU: a CPU's own accesses are in order, whichever threads did them. A release hands the CPU's clock to the
 * variable, an acquire takes it from there. So values are sequentially consistent here, but an order that is weaker
 * than the data needs is found all the same.
 * Invariant: plain accesses that are not ordered fail, so it is enough to interleave at the atomic ones.
 */
#include "explore.h"
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define VARIABLES_MAX 4096

struct clock {
    uint32_t times[WORLD_CPUS_MAX];
};

/* One first byte of an access. */
static struct variable {
    uintptr_t address;
    unsigned run; /* that this is known of */
    unsigned writer;
    uint32_t written;         /* the writer's time; 0: never */
    struct clock reads;       /* each reader's time */
    struct clock handed_over; /* of an atomic variable: by its last release */
    const void *written_at, *read_at;
} variables[VARIABLES_MAX];

static struct clock clocks[WORLD_CPUS_MAX];
static unsigned run;
static bool active;

static struct {
    uintptr_t start, end;
} allowed[8];
static unsigned allowed_count;

void access_begin(bool checked)
{
    run += checked;
    active = checked;
    allowed_count = checked ? allowed_count : 0;
    for (unsigned i = 0; i < WORLD_CPUS_MAX; i++)
        for (unsigned j = 0; j < WORLD_CPUS_MAX; j++)
            clocks[i].times[j] = i == j;
}

static bool is_allowed(uintptr_t address)
{
    for (unsigned i = 0; i < allowed_count; i++)
        if (address >= allowed[i].start && address < allowed[i].end)
            return true;
    return false;
}

void access_allow_race(const void *address, size_t size_bytes)
{
    if (is_allowed((uintptr_t)address))
        return;
    HOLDS(allowed_count < sizeof(allowed) / sizeof(allowed[0]));
    allowed[allowed_count].start = (uintptr_t)address;
    allowed[allowed_count++].end = (uintptr_t)address + size_bytes;
}

static struct variable *find(uintptr_t address)
{
    unsigned at = (address ^ address >> 12) * 0x9e3779b1u % VARIABLES_MAX;
    for (unsigned tries = 0; tries < VARIABLES_MAX; tries++, at = (at + 1) % VARIABLES_MAX) {
        struct variable *variable = &variables[at];
        if (variable->run != run)
            *variable = (struct variable){.address = address, .run = run};
        if (variable->address == address)
            return variable;
    }
    explore_fail("more than %d variables", VARIABLES_MAX);
}

static void check_alive(const void *address, const void *pc)
{
    if (!world_is_alive(address))
        explore_fail("%s uses memory that is no more: %p", explore_where(pc), address);
}

/* == Plain accesses ================================================================================================ */

static void refuse_race(const void *address, const void *pc, unsigned cpu, const void *other_pc)
{
    char here[160];
    strcpy(here, explore_where(pc));
    explore_fail("%s uses %p, not ordered with cpu %u in %s", here, address, cpu, explore_where(other_pc));
}

static void access(const void *address, bool write, const void *pc)
{
    if (!active)
        return;
    check_alive(address, pc);
    if (is_allowed((uintptr_t)address))
        return;
    unsigned cpu = world_cpu();
    struct variable *variable = find((uintptr_t)address);
    if (variable->written > clocks[cpu].times[variable->writer])
        refuse_race(address, pc, variable->writer, variable->written_at);
    for (unsigned i = 0; write && i < WORLD_CPUS_MAX; i++)
        if (variable->reads.times[i] > clocks[cpu].times[i])
            refuse_race(address, pc, i, variable->read_at);
    if (write) {
        variable->writer = cpu;
        variable->written = clocks[cpu].times[cpu];
        variable->written_at = pc;
    } else {
        variable->reads.times[cpu] = clocks[cpu].times[cpu];
        variable->read_at = pc;
    }
}

void access_write(const void *address, const void *pc)
{
    access(address, true, pc);
}

#define PC __builtin_return_address(0)

#define PLAIN(size)                        \
    void __tsan_read##size(void *address)  \
    {                                      \
        access(address, false, PC);        \
    }                                      \
    void __tsan_write##size(void *address) \
    {                                      \
        access(address, true, PC);         \
    }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *address, long size)
{
    for (long i = 0; i < size; i += 8)
        access((char *)address + i, false, PC);
}

void __tsan_write_range(void *address, long size)
{
    for (long i = 0; i < size; i += 8)
        access((char *)address + i, true, PC);
}

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void *unused)
{
    (void)unused;
}

/* == Atomic accesses: a point, then the access and what it orders ================================================== */

static void join(struct clock *to, const struct clock *from)
{
    for (unsigned i = 0; i < WORLD_CPUS_MAX; i++)
        if (from->times[i] > to->times[i])
            to->times[i] = from->times[i];
}

static void point(const volatile void *address, const char *what, const void *pc)
{
    if (!active)
        return;
    world_point(what, pc);
    check_alive((const void *)address, pc);
}

static void acquire(const volatile void *address, int order)
{
    if (active && order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE)
        join(&clocks[world_cpu()], &find((uintptr_t)address)->handed_over);
}

/* A change of the variable by itself takes up what it has handed over before; a store does not. */
static void release(const volatile void *address, int order, bool store)
{
    if (!active)
        return;
    unsigned cpu = world_cpu();
    struct variable *variable = find((uintptr_t)address);
    if (store)
        variable->handed_over = (struct clock){};
    if (order == __ATOMIC_RELAXED || order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME)
        return;
    join(&variable->handed_over, &clocks[cpu]);
    clocks[cpu].times[cpu]++;
}

static void note_change(bool changed)
{
    if (active && changed)
        world_changed();
}

#define CHANGE(type, name, what, new)                     \
    type name(volatile void *at, type operand, int order) \
    {                                                     \
        volatile type *address = at;                      \
        point(at, what, PC);                              \
        type old = *address;                              \
        *address = new;                                   \
        acquire(at, order);                               \
        release(at, order, false);                        \
        note_change(*address != old);                     \
        return old;                                       \
    }

#define COMPARE_EXCHANGE(type, name)                                                        \
    bool name(volatile void *at, void *expected, type desired, int order, int order_if_not) \
    {                                                                                       \
        volatile type *address = at;                                                        \
        point(at, "compare", PC);                                                           \
        type old = *address, wanted = *(type *)expected;                                    \
        acquire(at, old == wanted ? order : order_if_not);                                  \
        *(type *)expected = old;                                                            \
        if (old != wanted)                                                                  \
            return false;                                                                   \
        *address = desired;                                                                 \
        release(at, order, false);                                                          \
        note_change(desired != old);                                                        \
        return true;                                                                        \
    }

#define ATOMIC(type, bits)                                                     \
    type __tsan_atomic##bits##_load(const volatile void *at, int order)        \
    {                                                                          \
        point(at, "load", PC);                                                 \
        acquire(at, order);                                                    \
        return *(const volatile type *)at;                                     \
    }                                                                          \
    void __tsan_atomic##bits##_store(volatile void *at, type value, int order) \
    {                                                                          \
        volatile type *address = at;                                           \
        point(at, "store", PC);                                                \
        note_change(*address != value);                                        \
        *address = value;                                                      \
        release(at, order, true);                                              \
    }                                                                          \
    CHANGE(type, __tsan_atomic##bits##_exchange, "exchange", operand)          \
    CHANGE(type, __tsan_atomic##bits##_fetch_add, "add", old + operand)        \
    CHANGE(type, __tsan_atomic##bits##_fetch_sub, "subtract", old - operand)   \
    COMPARE_EXCHANGE(type, __tsan_atomic##bits##_compare_exchange_strong)      \
    COMPARE_EXCHANGE(type, __tsan_atomic##bits##_compare_exchange_weak)
ATOMIC(uint8_t, 8)
ATOMIC(uint32_t, 32)
ATOMIC(uint64_t, 64)
