/* SPDX-License-Identifier: 0BSD */
/*
 * Writes past an object whose size the compiler knows: refused before the first byte.
 */
#include <ossa/conformance.h>
#include <ossa/guard.h>

static volatile size_t nine = 9, twenty = 20;

static struct members {
    char first[8], second[8];
} members;

static void start(void)
{
    members = (struct members){"before", "whole"};
}

#define NOTHING_WRITTEN                                                                     \
    DEFER                                                                                   \
    {                                                                                       \
        CHECK(members.first[0] == 'b' && members.first[5] == 'e' && members.first[6] == 0); \
        CHECK(members.second[0] == 'w');                                                    \
    }

CONFORMANCE(fortify_mem_object, "memcpy of 20 bytes into an object of 16")
{
    start();
    NOTHING_WRITTEN;
    memcpy(&members, "nobody wants to read on here", twenty);
}

CONFORMANCE(fortify_mem_member, "memset of 9 bytes into an object of 8")
{
    start();
    NOTHING_WRITTEN;
    memset(members.first, 'x', nine);
}

CONFORMANCE(fortify_mem_move, "memmove of 9 bytes into an object of 8")
{
    start();
    NOTHING_WRITTEN;
    memmove(members.first, members.second - 1, nine);
}

CONFORMANCE(fortify_str_object, "strlcpy of 20 bytes into an object of 16")
{
    start();
    NOTHING_WRITTEN;
    strlcpy((char *)&members, "nobody wants to read on here", twenty);
}

CONFORMANCE(fortify_str_member, "strlcpy of 9 bytes into an object of 8")
{
    start();
    NOTHING_WRITTEN;
    strlcpy(members.first, "just nine", nine);
}
