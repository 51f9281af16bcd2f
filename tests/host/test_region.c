/* SPDX-License-Identifier: 0BSD */
/*
 * lib/region: tables of what firmware's maps look like, then random sequences beside the model of tests/fuzz. What fits
 * must come out the same, in whatever order it went in.
 */
#include "host_test.h"

#include "prefix.h"

#include "../fuzz/fuzz_region.c"

#define TOP UINT64_MAX
#define LIST_IS(...) \
    CHECK(list_is((const struct region[]){__VA_ARGS__}, sizeof((const struct region[]){__VA_ARGS__}) / sizeof(*array)))

/* == Tables ======================================================================================================== */

struct scenario {
    const char *name;
    struct region in[4], out[6]; /* up to the first that is empty */
};

static const struct scenario scenarios[] = {
    {"one", {{10, 20, 0}}, {{10, 20, 0}}},
    {"hole", {{10, 20, 0}, {30, 40, 0}}, {{10, 20, 0}, {30, 40, 0}}},
    {"hole filled", {{10, 20, 0}, {30, 40, 0}, {20, 30, 0}}, {{10, 40, 0}}},
    {"hole filled in part", {{10, 20, 0}, {30, 40, 0}, {22, 28, 0}}, {{10, 20, 0}, {22, 28, 0}, {30, 40, 0}}},
    {"hole covered by a lower kind",
     {{10, 20, 1}, {30, 40, 1}, {5, 45, 0}},
     {{5, 10, 0}, {10, 20, 1}, {20, 30, 0}, {30, 40, 1}, {40, 45, 0}}},
    {"hole covered by a higher kind", {{10, 20, 0}, {30, 40, 0}, {15, 35, 1}}, {{10, 15, 0}, {15, 35, 1}, {35, 40, 0}}},
    {"duplicate", {{10, 20, 0}, {10, 20, 0}}, {{10, 20, 0}}},
    {"duplicate of another kind", {{10, 20, 0}, {10, 20, 2}, {10, 20, 1}}, {{10, 20, 2}}},
    {"overlap of a kind", {{10, 20, 0}, {15, 30, 0}}, {{10, 30, 0}}},
    {"overlap of a kind, three", {{10, 20, 0}, {25, 35, 0}, {15, 30, 0}}, {{10, 35, 0}}},
    {"overlap of two kinds", {{10, 20, 0}, {15, 30, 1}}, {{10, 15, 0}, {15, 30, 1}}},
    {"overlap of three kinds", {{10, 30, 0}, {15, 25, 2}, {20, 40, 1}}, {{10, 15, 0}, {15, 25, 2}, {25, 40, 1}}},
    {"inside its kind", {{10, 40, 0}, {20, 30, 0}}, {{10, 40, 0}}},
    {"inside a lower kind", {{10, 40, 0}, {20, 30, 1}}, {{10, 20, 0}, {20, 30, 1}, {30, 40, 0}}},
    {"inside a higher kind", {{10, 40, 1}, {20, 30, 0}}, {{10, 40, 1}}},
    {"at the start of a lower kind", {{10, 40, 0}, {10, 30, 1}}, {{10, 30, 1}, {30, 40, 0}}},
    {"at the end of a lower kind", {{10, 40, 0}, {30, 40, 1}}, {{10, 30, 0}, {30, 40, 1}}},
    {"adjacent", {{10, 20, 0}, {20, 30, 0}}, {{10, 30, 0}}},
    {"adjacent, two kinds", {{10, 20, 0}, {20, 30, 1}}, {{10, 20, 0}, {20, 30, 1}}},
    {"adjacent once what parts them is taken", {{10, 20, 1}, {20, 30, 0}, {30, 40, 1}, {20, 30, 1}}, {{10, 40, 1}}},
    {"one byte", {{10, 11, 0}}, {{10, 11, 0}}},
    {"one byte of a lower kind", {{10, 13, 0}, {11, 12, 1}}, {{10, 11, 0}, {11, 12, 1}, {12, 13, 0}}},
    {"one byte apart", {{10, 20, 0}, {21, 30, 0}}, {{10, 20, 0}, {21, 30, 0}}},
    {"unaligned",
     {{0x1001, 0x2fff, 0}, {0x1fff, 0x2001, 1}},
     {{0x1001, 0x1fff, 0}, {0x1fff, 0x2001, 1}, {0x2001, 0x2fff, 0}}},
    {"address 0", {{0, 1, 0}, {0, 10, 1}}, {{0, 10, 1}}},
    {"top", {{TOP - 1, TOP, 0}, {TOP - 10, TOP, 1}}, {{TOP - 10, TOP, 1}}},
    {"everything", {{10, 20, 1}, {0, TOP, 0}}, {{0, 10, 0}, {10, 20, 1}, {20, TOP, 0}}},
    {"everything, reserved", {{10, 20, 0}, {30, 40, 1}, {0, TOP, 2}}, {{0, TOP, 2}}},
    {"highest kind", {{10, 20, UINT32_MAX}, {15, 25, 0}}, {{10, 20, UINT32_MAX}, {20, 25, 0}}},
};

static size_t count_regions(const struct region *regions, size_t max)
{
    size_t count = 0;
    while (count < max && regions[count].start < regions[count].end)
        count++;
    return count;
}

/* Adds the regions in the order that `permutation`, a number below count!, stands for. */
static void add_permuted(const struct region *regions, size_t count, unsigned permutation)
{
    bool added[4] = {false};
    for (size_t left = count; left > 0; permutation /= left--) {
        size_t skip = permutation % left, i = 0;
        for (; added[i] || skip > 0; i++)
            skip -= !added[i];
        added[i] = true;
        CHECK_EQ(region_add(&list, regions[i].start, regions[i].end, regions[i].kind), 0);
    }
}

HOST_TEST(scenarios_in_every_order)
{
    static const unsigned factorial[] = {1, 1, 2, 6, 24};
    for (const struct scenario *s = scenarios; s < scenarios + sizeof(scenarios) / sizeof(*scenarios); s++) {
        size_t in = count_regions(s->in, 4), out = count_regions(s->out, 6);
        for (unsigned permutation = 0; permutation < factorial[in]; permutation++) {
            start_list(MAX);
            add_permuted(s->in, in, permutation);
            if (!CHECK(list_is(s->out, out)))
                printf("# %s, order %u\n", s->name, permutation);
        }
    }
}

HOST_TEST(empty_is_refused)
{
    start_list(MAX);
    CHECK_EQ(region_add(&list, 0, 0, 0), -EINVAL);
    CHECK_EQ(region_add(&list, 10, 10, 0), -EINVAL);
    CHECK_EQ(region_add(&list, 10, 9, 0), -EINVAL);
    CHECK_EQ(region_add(&list, TOP, 0, 0), -EINVAL);
    CHECK_EQ(list.count, 0);
}

HOST_TEST(full_list_loses_nothing)
{
    start_list(3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(region_add(&list, 10 + 20 * i, 20 + 20 * i, 1), 0);
    CHECK_EQ(region_add(&list, 80, 90, 2), -ENOSPC); /* one more */
    CHECK_EQ(region_add(&list, 12, 18, 2), -ENOSPC); /* one made three */
    CHECK_EQ(region_add(&list, 0, 5, 0), -ENOSPC);
    CHECK_EQ(region_add(&list, 22, 28, 1), -ENOSPC);
    LIST_IS({10, 20, 1}, {30, 40, 1}, {50, 60, 1});
    CHECK_EQ(region_add(&list, 10, 20, 0), 0); /* what makes it no longer is still taken */
    CHECK_EQ(region_add(&list, 5, 20, 1), 0);
    CHECK_EQ(region_add(&list, 30, 40, 2), 0);
    LIST_IS({5, 20, 1}, {30, 40, 2}, {50, 60, 1});
    CHECK_EQ(region_add(&list, 15, 55, 1), 0);
    LIST_IS({5, 30, 1}, {30, 40, 2}, {40, 60, 1});
}

HOST_TEST(full_list_takes_a_part)
{
    start_list(4);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(region_add(&list, 10 + 20 * i, 20 + 20 * i, 1), 0);
    CHECK_EQ(region_add(&list, 5, 65, 0), -ENOSPC);
    LIST_IS({5, 10, 0}, {10, 20, 1}, {30, 40, 1}, {50, 60, 1});
    CHECK_EQ(region_add(&list, 0, TOP, 1), 0); /* shorter at once */
    LIST_IS({0, TOP, 1});
    list.count_max = 0;
    CHECK_EQ(region_add(&list, 0, TOP, 2), 0); /* nor longer than it was */
    CHECK_EQ(region_add(&list, 0, 1, 3), -ENOSPC);
    list.count_max = 4;
    LIST_IS({0, TOP, 2});
}

HOST_TEST(trim_rounds_inwards)
{
    start_list(MAX);
    const struct region in[] = {{0, 0x1000, 0},      {0x1001, 0x3fff, 0}, {0x4001, 0x4fff, 0}, {0x5fff, 0x6001, 0},
                                {0x7000, 0x7001, 1}, {0x8001, 0x8fff, 1}, {0x9fff, 0xa000, 0}, {0xb000, 0xb001, 0},
                                {0xc001, 0xe000, 0}, {-0x2001ul, -1ul, 0}};
    for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
        CHECK_EQ(region_add(&list, in[i].start, in[i].end, in[i].kind), 0);
    region_trim(&list, 0, 0x1000);
    LIST_IS({0, 0x1000, 0}, {0x2000, 0x3000, 0}, {0x7000, 0x7001, 1}, {0x8001, 0x8fff, 1}, {0xd000, 0xe000, 0},
            {-0x2000ul, -0x1000ul, 0});
    region_trim(&list, 1, 1);
    CHECK_EQ(list.count, 6);
    region_trim(&list, 1, 1ul << 63);
    LIST_IS({0, 0x1000, 0}, {0x2000, 0x3000, 0}, {0xd000, 0xe000, 0}, {-0x2000ul, -0x1000ul, 0});
    region_trim(&list, 0, 1ul << 63);
    CHECK_EQ(list.count, 0);
    CHECK_EQ(region_add(&list, TOP - 5, TOP, 0), 0); /* rounded up its start would be 2^64 */
    region_trim(&list, 0, 16);
    region_trim(&list, 0, 16);
    CHECK_EQ(list.count, 0);
}

/* Two halves of a page that two entries of a map describe are a page. */
HOST_TEST(trim_after_merging_keeps_more)
{
    start_list(MAX);
    region_add(&list, 0x1000, 0x2800, 0);
    region_add(&list, 0x2800, 0x4000, 0);
    region_trim(&list, 0, 0x1000);
    LIST_IS({0x1000, 0x4000, 0});
}

HOST_TEST(find_and_reserve)
{
    start_list(MAX);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 1, 1), REGION_NONE);
    region_add(&list, 0x0800, 0x9000, 0);
    region_add(&list, 0x2000, 0x3000, 1);
    region_add(&list, 0x100000, 0x200000, 0);
    region_add(&list, TOP - 0x100, TOP, 0);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 1, 1), 0x800);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 0x1000, 0x1000), 0x1000);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 0x1801, 1), 0x3000);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 0x6000, 1), 0x3000);
    CHECK_EQ(region_find(&list, 0, 0, TOP, 0x6001, 1), 0x100000);
    CHECK_EQ(region_find(&list, 0, 0x1001, 0x100000, 0x1000, 0x1000), 0x3000);
    CHECK_EQ(region_find(&list, 0, 0x8001, 0x100000, 0x1000, 0x1000), REGION_NONE);
    CHECK_EQ(region_find(&list, 0, 0, 0x1fff, 0x1000, 0x1000), REGION_NONE);
    CHECK_EQ(region_find(&list, 0, 0x8000, 0x8000, 1, 1), REGION_NONE);
    CHECK_EQ(region_find(&list, 1, 0, TOP, 0x1000, 1), 0x2000);
    CHECK_EQ(region_find(&list, 1, 0, TOP, 0x1001, 1), REGION_NONE);
    CHECK_EQ(region_find(&list, 2, 0, TOP, 1, 1), REGION_NONE);
    CHECK_EQ(region_find(&list, 0, 0x200000, TOP, 0x100, 1), TOP - 0x100);
    CHECK_EQ(region_find(&list, 0, 0x200000, TOP, 0x101, 1), REGION_NONE);
    CHECK_EQ(region_find(&list, 0, 0x200000, TOP, 1, 0x1000), REGION_NONE); /* the next multiple is 2^64 */
    CHECK_EQ(region_find(&list, 0, 0, TOP, TOP, 1), REGION_NONE);

    uint64_t page = region_find(&list, 0, 0x1000, 0x100000, 0x1000, 0x1000);
    CHECK_EQ(region_add(&list, page, page + 0x1000, 2), 0);
    CHECK_EQ(region_find(&list, 0, 0x1000, 0x100000, 0x1000, 0x1000), 0x3000);
    LIST_IS({0x800, 0x1000, 0}, {0x1000, 0x2000, 2}, {0x2000, 0x3000, 1}, {0x3000, 0x9000, 0}, {0x100000, 0x200000, 0},
            {TOP - 0x100, TOP, 0});
}

HOST_TEST(bytes_of_a_kind)
{
    start_list(MAX);
    CHECK_EQ(region_bytes(&list, 0, 0, TOP), 0);
    region_add(&list, 10, 20, 0);
    region_add(&list, 20, 25, 1);
    region_add(&list, 30, 40, 0);
    CHECK_EQ(region_bytes(&list, 0, 0, TOP), 20);
    CHECK_EQ(region_bytes(&list, 1, 0, TOP), 5);
    CHECK_EQ(region_bytes(&list, 2, 0, TOP), 0);
    CHECK_EQ(region_bytes(&list, 0, 12, 14), 2);
    CHECK_EQ(region_bytes(&list, 0, 15, 35), 10);
    CHECK_EQ(region_bytes(&list, 0, 20, 30), 0);
    CHECK_EQ(region_bytes(&list, 0, 40, 10), 0);
    region_add(&list, 0, TOP, 2);
    CHECK_EQ(region_bytes(&list, 2, 0, TOP), (intmax_t)TOP);
}

/* == Random sequences ============================================================================================== */

HOST_TEST(random_beside_a_model)
{
    uint8_t input[2 + 40 * STEP];
    for (uint64_t sequence = 0; sequence < host_times(20000); sequence++) {
        for (size_t i = 0; i < sizeof(input); i++)
            input[i] = (uint8_t)(host_random() >> 20);
        REQUIRE(fuzz_run(input, 2 + STEP * (1 + sequence % 40)));
    }
    CHECK(fuzz_full > 10000);
    for (unsigned count = 0; count <= MAX; count++)
        CHECK(fuzz_counts[count] > 100);
}
