/* SPDX-License-Identifier: 0BSD */
/*
 * Traps that the kernel survives: breakpoints, and faults with an entry in the exception table. Also what the report
 * relies on: the captured registers and the test for return addresses.
 */
#include <ossa/string.h>
#include <ossa/test.h>

TEST(trap_breakpoint_resumes)
{
    volatile unsigned after = 0;
    arch_breakpoint();
    after++;
    arch_breakpoint();
    after++;
    CHECK_EQUAL(after, 2);
}

TEST(trap_frame_has_registers)
{
    for (unsigned i = 0; i < ARCH_REGISTER_COUNT; i++) {
        CHECK(arch_registers[i].offset % 8 == 0 && arch_registers[i].offset < sizeof(struct arch_frame));
        CHECK(strnlen(arch_registers[i].name, 8) < 8 && arch_registers[i].name[0] != '\0');
    }
}

static struct arch_frame captured;

static __attribute__((noinline)) void *capture(void)
{
    arch_frame_capture(&captured);
    __asm__ volatile("" ::: "memory");
    return __builtin_return_address(0);
}

TEST(trap_frame_captures_caller)
{
    void *back = capture();
    uintptr_t pc = arch_frame_pc(&captured), sp = arch_frame_sp(&captured), start = (uintptr_t)capture;
    __asm__ volatile("" : "+r"(start)); /* a number: GCC objects to reading what is before a function */
    CHECK(pc > start && pc < start + 256);
    CHECK(sp > (uintptr_t)boot_stack_start && sp < (uintptr_t)boot_stack_end);
    CHECK(arch_follows_call(pc));
    CHECK(arch_follows_call((uintptr_t)back));
    CHECK(!arch_follows_call(start));
}

TEST(trap_words)
{
    struct arch_frame frame;
    struct trap trap = {.kind = TRAP_MEMORY, .access = TRAP_ACCESS_WRITE, .has_va = true, .va = 8};
    arch_frame_capture(&frame);
    CHECK(strcmp(trap_describe(&trap, &frame), "null pointer write") == 0);
    trap.va = (uintptr_t)text_start;
    CHECK(strcmp(trap_describe(&trap, &frame), "write to code") == 0);
    trap.va = (uintptr_t)rodata_start;
    CHECK(strcmp(trap_describe(&trap, &frame), "write to read-only data") == 0);
    trap.access = TRAP_ACCESS_EXECUTE;
    CHECK(strcmp(trap_describe(&trap, &frame), "execution of data") == 0);
    trap.va = (uintptr_t)boot_stack_start - 1;
    CHECK(strcmp(trap_describe(&trap, &frame), "stack overflow") == 0);
    trap.has_va = false;
    CHECK(trap_describe(&trap, &frame) == NULL);
}
