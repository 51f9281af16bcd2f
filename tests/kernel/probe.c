/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses to suspicious memory: what can be accessed is, what cannot is an error, and the kernel goes on.
 */
#include <ossa/errno.h>
#include <ossa/probe.h>
#include <ossa/string.h>
#include <ossa/test.h>

TEST(probe_reads_what_is_there)
{
    static const char text[] = "twelve bytes";
    char copy[sizeof(text)] = "";
    CHECK_EQUAL(probe_read(copy, text, sizeof(text)), 0);
    CHECK(memcmp(copy, text, sizeof(text)) == 0);
}

TEST(probe_refuses_what_is_not)
{
    char copy[8] = "kept";
    CHECK_EQUAL(probe_read(copy, (void *)8, 1), -EFAULT);
    CHECK(strcmp(copy, "kept") == 0);
    CHECK_EQUAL(probe_read(copy, boot_stack_guard, 1), -EFAULT);
    CHECK_EQUAL(probe_read(copy, (void *)(KERNEL_VA - 4), 8), -EFAULT);
    CHECK_EQUAL(probe_read(copy, (void *)0x5a5a5a5a5a5a5a5a, 1), -EFAULT); /* no address at all on some CPUs */
    CHECK_EQUAL(probe_write(text_start, "x", 1), -EFAULT);
    CHECK_EQUAL(probe_write(rodata_start, "x", 1), -EFAULT);
    CHECK_EQUAL(probe_write(NULL, "x", 1), -EFAULT);
}

TEST(probe_writes_up_to_the_fault)
{
    static char last[4];
    CHECK_EQUAL(probe_write(last, "abcd", 4), 0);
    CHECK(memcmp(last, "abcd", 4) == 0);
    uint8_t *end =
        (uint8_t *)emergency_stack_start + STACK_SIZE - 2; /* the image ends here; nothing is mapped behind it */
    CHECK_EQUAL(probe_write(end, "abcd", 4), -EFAULT);
    CHECK_EQUAL(end[1], 'b');
}
