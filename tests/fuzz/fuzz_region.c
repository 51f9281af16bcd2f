/* SPDX-License-Identifier: 0BSD */
/*
 * Region lists beside a model that keeps the kind of every byte of a small address space: after every step the list
 * must be the model's, and answer as it does. Two bytes of input say where the space is and how long the list may be,
 * each further eight a step and a question. For libFuzzer and, included by tests/host/test_region.c, for a host test.
 */
#include <inttypes.h>
#include <ossa/errno.h>
#include <ossa/region.h>
#include <ossa/string.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX = 16, SPACE = 64, KINDS = 4, NOTHING = -1, STEP = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct region array[MAX + 1]; /* what is behind count_max is never touched */
static struct region_list list;
static int8_t model[SPACE]; /* the kind of each byte from base on, or NOTHING */
static uint64_t base;
static unsigned fuzz_full, fuzz_counts[SPACE + 1]; /* steps that met a full list, that left so many regions */

static void start_list(size_t count_max)
{
    memset(array, 0xa5, sizeof(array));
    list = (struct region_list){array, 0, count_max};
}

static bool list_is(const struct region *want, size_t count)
{
    static const uint64_t untouched = 0xa5a5a5a5a5a5a5a5;
    bool same = list.count == count;
    for (size_t i = 0; same && i < count; i++)
        same = array[i].start == want[i].start && array[i].end == want[i].end && array[i].kind == want[i].kind;
    for (size_t i = 0; !same && i < list.count; i++)
        printf("# is [%#" PRIx64 ", %#" PRIx64 ") %u\n", array[i].start, array[i].end, array[i].kind);
    return same && array[list.count_max].start == untouched && array[list.count_max].end == untouched;
}

/* Reads the model as the list it should be: sorted, disjoint, merged. */
static size_t model_list(struct region *regions)
{
    size_t count = 0;
    for (unsigned i = 0; i < SPACE; i++) {
        if (model[i] == NOTHING)
            continue;
        if (i > 0 && model[i - 1] == model[i])
            regions[count - 1].end++;
        else
            regions[count++] = (struct region){base + i, base + i + 1, (unsigned)model[i]};
    }
    return count;
}

/* An add that was cut short has entered all up to some byte, and left what was there from that byte on. The model
 * becomes that; whether the list is the model is the caller's question. */
static bool entered_in_part(const int8_t *before, unsigned end)
{
    int8_t now[SPACE];
    unsigned stop = 0;
    memset(now, NOTHING, sizeof(now));
    for (const struct region *r = array; r < array + list.count; r++)
        for (uint64_t at = r->start; at < r->end && at - base < SPACE; at++)
            now[at - base] = (int8_t)r->kind;
    while (stop < SPACE && now[stop] == model[stop])
        stop++;
    memcpy(model + stop, before + stop, SPACE - stop);
    return stop < end;
}

static bool step_add(unsigned start, unsigned end, unsigned kind)
{
    size_t count = list.count;
    struct region wanted[SPACE];
    int8_t before[SPACE];
    bool interrupted = false; /* only then it may need more room on the way than in the end */
    memcpy(before, model, SPACE);
    for (unsigned i = start; i < end; i++) {
        interrupted |= model[i] > (int)kind;
        model[i] = model[i] > (int)kind ? model[i] : (int8_t)kind;
    }
    int error = region_add(&list, base + start, base + end, kind);
    bool fits = model_list(wanted) <= (count > list.count_max ? count : list.count_max);
    fuzz_full += error == -ENOSPC;
    if (error == -ENOSPC)
        return (interrupted || !fits) && entered_in_part(before, end);
    return error == (start < end ? 0 : -EINVAL);
}

/* Of each run of the kind only the units that lie in it whole remain. */
static void step_trim(unsigned kind, uint64_t unit)
{
    region_trim(&list, kind, unit);
    for (unsigned start = 0, end; start < SPACE; start = end) {
        for (end = start + 1; end < SPACE && model[end] == model[start];)
            end++;
        if (model[start] != (int)kind)
            continue;
        for (unsigned i = start; i < end; i++) {
            uint64_t whole = (base + i) & -unit;
            if (whole < base + start || base + end - whole < unit)
                model[i] = NOTHING;
        }
    }
}

static bool answers_agree(unsigned start, unsigned end, unsigned kind, unsigned size, uint64_t alignment)
{
    uint64_t found = REGION_NONE, bytes = 0;
    unsigned run = 0;
    for (unsigned i = start; i < end; i++) {
        run = model[i] == (int)kind ? run + 1 : 0;
        bytes += run > 0;
        uint64_t at = (base + i + 1 - size) & -alignment; /* the last multiple that can end here */
        if (found == REGION_NONE && run >= size && base + i + 1 - at <= run)
            found = at;
    }
    return region_bytes(&list, kind, base + start, base + end) == bytes &&
           region_find(&list, kind, base + start, base + end, size, alignment) == found;
}

static bool fuzz_run(const uint8_t *data, size_t size)
{
    struct region want[SPACE];
    if (size < 2)
        return true;
    base = (const uint64_t[]){0, 4096 - 8, 4096 + 5, -(uint64_t)SPACE - 1}[data[0] % 4];
    start_list(1 + data[1] % MAX);
    memset(model, NOTHING, sizeof(model));
    for (data += 2, size -= 2; size >= STEP; data += STEP, size -= STEP) {
        unsigned kind = data[0] % KINDS, start = data[1] % (SPACE + 1), end = data[2] % (SPACE + 1);
        if (data[3] % 8 > 0 && start + data[2] % 5 <= SPACE)
            end = start + data[2] % 5; /* short ones make long lists */
        bool sound = true;
        if (data[0] >= 240)
            step_trim(kind, 1u << data[1] % 5);
        else
            sound = step_add(start, end, kind);
        size_t count = model_list(want);
        fuzz_counts[count]++;
        if (!sound || !list_is(want, count) ||
            !answers_agree(data[4] % (SPACE + 1), data[5] % (SPACE + 1), data[6] % KINDS, 1 + data[7] % 8,
                           1u << data[7] / 8 % 4))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!fuzz_run(data, size))
        abort();
    return 0;
}
