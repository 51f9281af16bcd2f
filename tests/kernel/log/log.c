/* SPDX-License-Identifier: 0BSD */
/*
 * The log's ring: what was logged is kept whole and in order, whatever the console showed of it, and wraps.
 */
#include <ossa/log.h>
#include <ossa/log_ring.h>
#include <ossa/string.h>
#include <ossa/test.h>

TEST(log_keeps_what_the_console_does_not_show)
{
    static char kept[200];
    log_debug("kept %d", 4711);
    size_t length = log_read_last(kept, sizeof(kept) - 1);
    kept[length] = '\0';
    REQUIRE(length > 10);
    CHECK(strcmp(kept + length - 11, "] kept 4711\n") == 0 || strcmp(kept + length - 10, "kept 4711\n") == 0);
}

TEST(log_wraps)
{
    static char kept[LOG_RING_BYTES + 1];
    for (unsigned i = 0; i < LOG_RING_BYTES / 32 + 1; i++)
        log_debug("line %5u of many that fill it", i);
    size_t length = log_read_last(kept, sizeof(kept));
    CHECK(length <= LOG_RING_BYTES);
    CHECK(length > LOG_RING_BYTES - 100);
    CHECK(kept[0] == '[');
    CHECK(kept[length - 1] == '\n');
    unsigned lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += kept[i] == '\n';
    CHECK(lines > LOG_RING_BYTES / 60);
}
