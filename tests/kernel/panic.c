/* SPDX-License-Identifier: 0BSD */
/*
 * WARN (warn.h), and that ASSERT costs nothing but its condition when it holds.
 */
#include <ossa/test.h>
#include <ossa/warn.h>

static unsigned evaluated;

static bool evaluate(bool value)
{
    evaluated++;
    return value;
}

TEST(panic_warn_reports_and_goes_on)
{
    unsigned before = warn_count;
    evaluated = 0;
    CHECK(WARN(evaluate(true)));
    CHECK(!WARN(evaluate(false)));
    CHECK_EQUAL(warn_count, before + 1);
    CHECK_EQUAL(evaluated, 2);
}

TEST(panic_assert_evaluates_once)
{
    evaluated = 0;
    ASSERT(evaluate(true));
    CHECK_EQUAL(evaluated, 1);
}
