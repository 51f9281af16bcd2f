/* SPDX-License-Identifier: 0BSD */
/*
 * Options of the command line: what is taken, and that what makes no sense is refused in words and changes nothing.
 */
#include <ossa/log_ring.h>
#include <ossa/option.h>
#include <ossa/string.h>
#include <ossa/test.h>

static const char *const colours[] = {"red", "green", NULL};

/* Whether the log ends in these words; there may be no log. */
static bool was_said(const char *words)
{
    static char last[160];
    if (!CONFIG_LOG)
        return true;
    size_t length = log_read_last(last, sizeof(last)), wanted = strlen(words);
    return length > wanted && memcmp(last + length - 1 - wanted, words, wanted) == 0;
}

TEST(option_number)
{
    CHECK_EQUAL(option_read_number("a=1 n=0 b", "n", 9, 5), 0);
    CHECK_EQUAL(option_read_number("n=3 n=10", "n", 10, 5), 10);
    CHECK_EQUAL(option_read_number("n=18446744073709551615", "n", UINT64_MAX, 5), UINT64_MAX);
    CHECK_EQUAL(option_read_number("m=3", "n", 10, 5), 5);
}

TEST(option_number_refused)
{
    static const char *const lines[] = {"n=11",
                                        "n",
                                        "n=",
                                        "n=-1",
                                        "n=0x1",
                                        "n=1s",
                                        "n=18446744073709551616",
                                        "n=99999999999999999999999999999999999999999999"};
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint64_t most = i == 0 ? 10 : UINT64_MAX;
        CHECK_EQUAL(option_read_number(lines[i], "n", most, 5), 5);
        CHECK(was_said(i == 0 ? "warn: n: got \"11\", want a number up to 10"
                              : ", want a number up to 18446744073709551615"));
    }
}

TEST(option_word)
{
    CHECK_EQUAL(option_read_word("colour=green", "colour", colours, 0), 1);
    CHECK_EQUAL(option_read_word("colour=green", "other", colours, 0), 0);
    CHECK_EQUAL(option_read_word("colour=gree", "colour", colours, 1), 1);
    CHECK(was_said("warn: colour: got \"gree\", want one of: red, green"));
    CHECK_EQUAL(option_read_word("colour=greengreengreengreengreengreengreengreengreen", "colour", colours, 1), 1);
    CHECK(was_said(", want one of: red, green"));
}
