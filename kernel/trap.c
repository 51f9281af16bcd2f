/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what becomes of an exception once the port has saved and decoded it: resume, fix up, or panic. The words for a
 * fault come from what was accessed, how, and where the address lies in the image.
 */
#include <ossa/arch.h>
#include <ossa/image.h>
#include <ossa/panic.h>
#include <ossa/stack.h>

static bool trap_fix_up(struct arch_frame *frame)
{
    SET_EACH (entry, extable) {
        if ((uintptr_t)&entry->fault + entry->fault == arch_frame_pc(frame)) {
            arch_frame_set_pc(frame, (uintptr_t)&entry->fixup + entry->fixup);
            return true;
        }
    }
    return false;
}

void trap_handle(struct arch_frame *frame)
{
    struct trap trap = {.kind = TRAP_UNKNOWN};
    arch_trap_decode(frame, &trap);
    if (CONFIG_INTERRUPT && trap.kind == TRAP_INTERRUPT) {
        interrupt_handle(frame);
        return;
    }
    if (CONFIG_CPU && trap.kind == TRAP_NMI && cpu_handle_nmi(frame))
        return;
    if (trap_fix_up(frame))
        return;
    if (trap.kind != TRAP_BREAKPOINT)
        panic_trap(frame, &trap);
    panic_report_frame(frame, &trap);
    arch_frame_skip_breakpoint(frame);
}

static bool between(uint64_t va, const char *start, const char *end)
{
    return va >= (uintptr_t)start && va < (uintptr_t)end;
}

bool trap_is_stack_overflow(const struct trap *trap, const struct arch_frame *frame)
{
    return stack_is_guard(arch_frame_sp(frame)) || (trap->has_va && stack_is_guard(trap->va));
}

const char *trap_describe(const struct trap *trap, const struct arch_frame *frame)
{
    static const char *const null[] = {"null pointer", "null pointer read", "null pointer write",
                                       "call of null pointer"};
    static const char *const text[] = {"access to code", "read of code", "write to code", "execution of code"};
    static const char *const rodata[] = {"access to read-only data", "read of read-only data",
                                         "write to read-only data", "execution of data"};
    static const char *const data[] = {"access to data", "read of data", "write to data", "execution of data"};
    static const char *const other[] = {"access to unmapped memory", "read of unmapped memory",
                                        "write to unmapped memory", "execution of unmapped memory"};

    if (trap_is_stack_overflow(trap, frame))
        return "stack overflow";
    if (trap->kind == TRAP_TRAP_INSTRUCTION)
        return "undefined behaviour or unreachable code";
    if (trap->kind != TRAP_MEMORY || !trap->has_va)
        return NULL;
    if (trap->va < PAGE_SIZE)
        return null[trap->access];
    if (between(trap->va, text_start, text_end))
        return text[trap->access];
    if (between(trap->va, rodata_start, rodata_end))
        return rodata[trap->access];
    if (between(trap->va, data_start, image_end))
        return data[trap->access];
    /* Elsewhere: heap, direct map, ranges. What can be read and yet faults may not be written or executed. */
    uint8_t byte;
    bool mapped = CONFIG_MEMORY && trap->va > INT64_MAX && arch_probe_read((const volatile void *)trap->va, &byte);
    return mapped ? rodata[trap->access] : other[trap->access];
}
