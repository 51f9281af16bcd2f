/* SPDX-License-Identifier: 0BSD */
/*
 * Ends by action: every kind of fault the entry contract promises to be taken, each alone in a machine of its own.
 */
#include <ossa/test.h>

/* The access itself must trap, not a sanitizer's check before it. */
#define PLAIN __attribute__((noinline, no_sanitize_undefined))

static PLAIN void write_int(uintptr_t va)
{
    *(volatile int *)va = 1;
}

static PLAIN void read_int(uintptr_t va)
{
    (void)*(volatile int *)va;
}

FATAL_TEST(trap_null_write, "panic: null pointer write: ")
{
    write_int(0);
}

FATAL_TEST(trap_null_read, "panic: null pointer read: ")
{
    read_int(0xff8);
}

FATAL_TEST(trap_null_call, "panic: call of null pointer: ")
{
    void (*volatile null)(void) = NULL;
    null();
}

FATAL_TEST(trap_write_text, "panic: write to code: ")
{
    *(volatile char *)text_start = 0;
}

static const int constant = 1;

FATAL_TEST(trap_write_rodata, "panic: write to read-only data: ")
{
    *(volatile int *)&constant = 2;
}

static char code_in_data[64] __attribute__((aligned(16))) = {1};

FATAL_TEST(trap_execute_data, "panic: execution of data: ")
{
    void (*volatile call)(void) = (void (*)(void))(uintptr_t)code_in_data;
    call();
}

FATAL_TEST(trap_execute_rodata, "panic: execution of data: ")
{
    void (*volatile call)(void) = (void (*)(void))(uintptr_t)&constant;
    call();
}

FATAL_TEST(trap_execute_stack, "panic: execution of data: ")
{
    uint64_t code[4] = {0};
    void (*volatile call)(void) = (void (*)(void))code;
    call();
}

FATAL_TEST(trap_unmapped_read, "panic: read of unmapped memory: ")
{
    read_int(KERNEL_VA - PAGE_SIZE);
}

FATAL_TEST(trap_lower_half, "panic: write to unmapped memory: ")
{
    write_int(boot_info->kernel_pa);
}

FATAL_TEST(trap_illegal_instruction, "panic: ")
{
    arch_illegal_instruction();
}

FATAL_TEST(trap_builtin_trap, "panic: undefined behaviour or unreachable code: ")
{
    __builtin_trap();
}

static volatile unsigned stop_at = -1u;

static __attribute__((noinline)) unsigned recurse(unsigned depth)
{
    volatile char page[256];
    page[0] = (char)depth;
    return depth == stop_at ? 0 : recurse(depth + 1) + (unsigned)page[0];
}

FATAL_TEST(trap_stack_overflow, "panic: stack overflow: ")
{
    recurse(0);
}

FATAL_TEST(trap_stack_guard_write, "panic: stack overflow: ")
{
    *(volatile char *)(boot_stack_guard + STACK_SIZE - 1) = 0;
}

FATAL_TEST(trap_shows_registers, "registers")
{
    write_int(16);
}
