/* SPDX-License-Identifier: 0BSD */
/*
 * Lists and reference counts as they should be used, and every way in which a reference count can end. What breaks a
 * list is in tests/fatal/conformance.c.
 */
#include <ossa/list.h>
#include <ossa/refcount.h>
#include <ossa/test.h>
#include <ossa/warn.h>

struct item {
    int number;
    struct list link;
};

static int digits_of(const struct list *list)
{
    int digits = 0;
    LIST_EACH(list, const struct item, link, item)
    digits = 10 * digits + item->number;
    return digits;
}

TEST(list_order)
{
    struct list list = LIST(list);
    struct item items[3];
    CHECK(list_is_empty(&list));
    for (int i = 0; i < 3; i++) {
        items[i].number = i + 1;
        list_init(&items[i].link);
    }
    list_add_last(&list, &items[1].link);
    list_add_last(&list, &items[2].link);
    list_add_first(&list, &items[0].link);
    CHECK_EQUAL(digits_of(&list), 123);
    list_remove(&items[1].link);
    CHECK_EQUAL(digits_of(&list), 13);
    list_add_first(&list, &items[1].link);
    CHECK_EQUAL(digits_of(&list), 213);
    for (int i = 0; i < 3; i++)
        list_remove(&items[i].link);
    CHECK(list_is_empty(&list));
    list_remove(&items[0].link);
    CHECK(list_is_empty(&items[0].link));
}

TEST(refcount_use)
{
    struct refcount refcount = REFCOUNT(1);
    refcount_take(&refcount);
    CHECK(refcount_try_take(&refcount));
    CHECK_EQUAL(refcount_read(&refcount), 3);
    CHECK(!refcount_put(&refcount));
    CHECK(!refcount_put(&refcount));
    CHECK(refcount_put(&refcount));
    CHECK(!refcount_try_take(&refcount));
    CHECK_EQUAL(refcount_read(&refcount), 0);
}

enum change { TAKE, TRY_TAKE, PUT };

/* The reference count cases of docs/conformance.md: what a change makes of a count, and whether it warns. */
static const struct {
    unsigned before;
    enum change change;
    bool gives;
    unsigned after, warnings;
} cases[] = {
    {REFCOUNT_MAX - 1, TAKE, false, REFCOUNT_MAX, 0},
    {REFCOUNT_MAX, TAKE, false, REFCOUNT_SATURATED, 1},
    {REFCOUNT_MAX, TRY_TAKE, true, REFCOUNT_SATURATED, 1},
    {REFCOUNT_MAX, PUT, false, REFCOUNT_MAX - 1, 0},
    {0, TAKE, false, REFCOUNT_SATURATED, 1},
    {0, TRY_TAKE, false, 0, 0},
    {0, PUT, false, REFCOUNT_SATURATED, 1},
    {REFCOUNT_SATURATED, TAKE, false, REFCOUNT_SATURATED, 0},
    {REFCOUNT_SATURATED, TRY_TAKE, true, REFCOUNT_SATURATED, 0},
    {REFCOUNT_SATURATED, PUT, false, REFCOUNT_SATURATED, 0},
};

TEST(conformance_refcount)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct refcount refcount = REFCOUNT(cases[i].before);
        unsigned warnings = warn_count;
        bool gives = false;
        if (cases[i].change == TAKE)
            refcount_take(&refcount);
        else
            gives = cases[i].change == PUT ? refcount_put(&refcount) : refcount_try_take(&refcount);
        CHECK_EQUAL(refcount_read(&refcount), cases[i].after);
        CHECK_EQUAL(gives, cases[i].gives);
        CHECK_EQUAL(warn_count - warnings, cases[i].warnings);
    }
}
