/* SPDX-License-Identifier: 0BSD */
/*
 * What is typed at the console. Somebody must type: tests/scripts/test_console_input.py.
 */
#include <ossa/cmdline.h>
#include <ossa/console_input.h>
#include <ossa/errno.h>
#include <ossa/test.h>

#define LINE_BYTES 64

TEST(console_input_is_echoed)
{
    char line[LINE_BYTES] = "";
    if (cmdline_find(boot_info->command_line, "typist", line, sizeof(line)) < 0)
        SKIP("nobody types");
    console_printf("# type a line\n");
    size_t length = 0;
    for (unsigned char byte; length < LINE_BYTES - 1 && (byte = console_input_wait()) != '\n';)
        line[length++] = (char)byte;
    line[length] = '\0';
    console_printf("# typed %s\n", line);
    CHECK_EQUAL(console_input_lost, 0);
}

/* The ring alone, as a driver fills it. */
TEST(console_input_keeps_what_fits)
{
    unsigned long lost = console_input_lost;
    while (console_input_read() >= 0)
        ;
    for (unsigned i = 0; i < CONSOLE_INPUT_BYTES + 3; i++)
        console_input_add((unsigned char)i);
    CHECK_EQUAL(console_input_lost - lost, 3);
    for (unsigned i = 0; i < CONSOLE_INPUT_BYTES; i++)
        CHECK_EQUAL(console_input_read(), i % 256);
    CHECK_EQUAL(-console_input_read(), ENOENT);
    console_input_lost = lost;
}
