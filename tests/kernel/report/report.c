/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/report/ adds to a panic's report.
 */
#include <ossa/log.h>
#include <ossa/test.h>

FATAL_TEST(panic_prints_last_messages, "] only in the ring: 4711")
{
    log_debug("only in the ring: %d", 4711);
    panic("the ring comes last");
}

FATAL_TEST(panic_says_what_follows, "(end of the ring) ... then    ")
{
    log_error("(end of the ring)");
    panic("the final action comes last");
}
