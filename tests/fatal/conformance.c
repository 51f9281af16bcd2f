/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases that C can say, in the order of docs/conformance.md, which has the reason for each that is not
 * here. Those that need an instruction are in arch/<a>/tests/conformance.c, under the same name on every port.
 */
#include <ossa/cmdline.h>
#include <ossa/conformance.h>
#include <ossa/early_map.h>
#include <ossa/guard.h>
#include <ossa/list.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>
#include <ossa/warn.h>

#define NOINLINE __attribute__((noinline))

static volatile int zero, one = 1, sink;

static PLAIN void write_int(uintptr_t va)
{
    *(volatile int *)va = 1;
}

static PLAIN void read_int(uintptr_t va)
{
    (void)*(volatile int *)va;
}

static PLAIN void call(uintptr_t va)
{
    void (*volatile function)(void) = (void (*)(void))va;
    function();
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

/* == A console that acts while it writes: the way into trap handlers and reports ================================== */

static void (*act_once)(void);
static const char *last_text; /* what was written last */
static size_t last_bytes;

static void write_and_act(const char *text, size_t length_bytes)
{
    void (*act)(void) = act_once;
    arch_early_console_write(text, length_bytes);
    last_text = text;
    last_bytes = length_bytes;
    act_once = NULL;
    if (act != NULL)
        act();
}

static bool last_is(const char *text)
{
    return last_bytes == strlen(text) && memcmp(last_text, text, last_bytes) == 0;
}

static console_writer act_while_writing(void (*act)(void))
{
    act_once = act;
    return console_switch(write_and_act);
}

static NOINLINE void panic_here(void)
{
    panic("while writing");
}

static void fault_here(void)
{
    write_int(8);
}

/* == Panic, warning, trap ======================================================================================== */

CONFORMANCE(panic, "number 1 of 1")
{
    panic("number %d of %d", one, one);
}

/* The handler of a breakpoint is no more to be unwound than an interrupt's. */
CONFORMANCE_FATAL(panic_in_handler, "while writing", "inside a trap handler")
{
    act_while_writing(panic_here);
    arch_breakpoint();
}

CONFORMANCE(assert, "assertion failed: one == 2")
{
    ASSERT(one == 2);
}

CONFORMANCE(bug, "bug: reached what cannot be reached")
{
    BUG();
}

TEST(conformance_warning)
{
    unsigned before = warn_count;
    CHECK(WARN(one == 1));
    CHECK(!WARN(one == 2));
    CHECK_EQUAL(warn_count, before + 1);
}

CONFORMANCE_UBSAN(unreachable)
{
    if (zero == 0)
        __builtin_unreachable();
}

CONFORMANCE_FATAL(builtin_trap, "undefined behaviour or unreachable code: ", "a trap of this kind cannot be caught")
{
    __builtin_trap();
}

static bool stopped;

static void watch(void)
{
    stopped = stopped || last_is("stopped: ");
    act_once = watch;
}

TEST(conformance_breakpoint)
{
    console_writer before = act_while_writing(watch);
    arch_breakpoint();
    act_once = NULL;
    console_switch(before);
    CHECK(stopped);
}

CONFORMANCE_FATAL(trap_in_trap, "null pointer write: ", "inside a trap handler")
{
    act_while_writing(fault_here);
    arch_breakpoint();
}

/* == Memory ====================================================================================================== */

static const int constant = 1;

CONFORMANCE(write_ro, "write to read-only data: ")
{
    write_int((uintptr_t)&constant);
}

CONFORMANCE(write_kern, "write to code: ")
{
    write_int((uintptr_t)text_start);
}

/* The identity mapping of entry.S is gone. */
CONFORMANCE(write_text_via_alias, "write to unmapped memory: ")
{
    write_int(boot_info->kernel_pa);
}

static int code_in_data[16] __attribute__((aligned(16))) = {1};

static NOINLINE void do_nothing(void)
{
    __asm__ volatile("");
}

CONFORMANCE(exec_data, "execution of data: ")
{
    call((uintptr_t)do_nothing);
    call((uintptr_t)code_in_data);
}

CONFORMANCE(exec_stack, "execution of data: ")
{
    uint64_t code[4] = {0};
    call((uintptr_t)code);
}

CONFORMANCE(exec_rodata, "execution of data: ")
{
    call((uintptr_t)&constant);
}

CONFORMANCE(exec_null, "call of null pointer: ")
{
    call(0);
}

CONFORMANCE(null_read, "null pointer read: ")
{
    read_int(0);
}

CONFORMANCE(null_write, "null pointer write: ")
{
    write_int(0);
}

CONFORMANCE(null_0xff8, "null pointer read: ")
{
    read_int(0xff8);
}

/* Past the image: what of RAM is not the kernel's has no address yet. */
CONFORMANCE(unmapped_hole, "read of unmapped memory: ")
{
    read_int((uintptr_t)image_end);
}

/* == Stack ======================================================================================================= */

static NOINLINE int recurse(int depth)
{
    volatile char page[256];
    page[0] = (char)depth;
    return one == 0 ? 0 : recurse(depth + 1) + page[0];
}

CONFORMANCE_FATAL(exhaust_stack, "stack overflow: ", "a trap of this kind cannot be caught")
{
    recurse(0);
}

CONFORMANCE_FATAL(stack_guard_below, "stack overflow: ", "a trap of this kind cannot be caught")
{
    read_int((uintptr_t)boot_stack_start - sizeof(int));
}

/* It is the guard of the next. */
CONFORMANCE_FATAL(stack_guard_above, "stack overflow: ", "a trap of this kind cannot be caught")
{
    read_int((uintptr_t)boot_stack_end);
}

/* == Undefined behaviour ========================================================================================= */

CONFORMANCE_UBSAN(div_zero_ubsan)
{
    sink = one / zero;
}

CONFORMANCE_UBSAN(overflow_signed)
{
    int largest = INT32_MAX;
    __asm__("" : "+r"(largest));
    sink = largest + one;
}

/* X: unsigned numbers wrap (C11, 6.2.5), and GCC has no sanitizer that minds. */
TEST(conformance_overflow_unsigned)
{
    unsigned largest = UINT32_MAX;
    __asm__("" : "+r"(largest));
    CHECK_EQUAL(largest + (unsigned)one, 0);
}

CONFORMANCE_UBSAN(shift_oob)
{
    sink = one << (31 + one);
}

CONFORMANCE_UBSAN(array_bounds)
{
    static int array[8];
    sink = array[7 + one];
}

struct flexible {
    size_t count;
    int values[];
};

/* X: GCC 12 has no counted_by, so nobody knows the bound. */
TEST(conformance_fam_bounds)
{
    static struct {
        size_t count;
        int values[8];
    } storage = {.count = 4};
    struct flexible *flexible = (struct flexible *)&storage;
    flexible->values[5 + one] = 7;
    CHECK_EQUAL(storage.values[6], 7);
}

CONFORMANCE_UBSAN(invalid_bool)
{
    static char byte = 2;
    bool *truth = (bool *)&byte;
    __asm__("" : "+r"(truth));
    sink = *truth;
}

CONFORMANCE_UBSAN(misaligned_ptr)
{
    char *bytes = (char *)code_in_data + one;
    sink = *(int *)(void *)bytes;
}

CONFORMANCE_UBSAN(null_ubsan)
{
    int *null = NULL;
    __asm__("" : "+r"(null));
    sink = *null;
}

/* == What nothing checks: each says so the day that somebody does ================================================ */

static unsigned other_calls;

static NOINLINE int other_prototype(int number)
{
    other_calls++;
    return number;
}

/* X: GCC 12 cannot check the type of the function behind a pointer. */
TEST(conformance_cfi_forward_proto)
{
    other_calls = 0;
    call((uintptr_t)other_prototype);
    CHECK_EQUAL(other_calls, 1);
}

/* == Lists: the stray write must not have happened ================================================================ */

static struct list members = LIST(members);
static struct list first_member = LIST(first_member), second_member = LIST(second_member);
static struct list target[2]; /* what a broken link leads to */

static void break_list(struct list *next, struct list *previous)
{
    list_init(&members);
    list_init(&first_member);
    list_init(&second_member);
    list_add_last(&members, &first_member);
    memset(target, 0, sizeof(target));
    if (next != NULL)
        members.next = next;
    if (previous != NULL)
        first_member.previous = previous;
}

static bool targets_are_whole(void)
{
    for (size_t i = 0; i < sizeof(target); i++)
        if (((const char *)target)[i] != 0)
            return false;
    return second_member.next == &second_member && second_member.previous == &second_member;
}

CONFORMANCE(corrupt_list_add, "list corruption: adding ")
{
    break_list(target, NULL);
    DEFER
    {
        CHECK(targets_are_whole());
    };
    list_add_first(&members, &second_member);
}

CONFORMANCE(corrupt_list_add_twice, "list corruption: adding ")
{
    break_list(NULL, NULL);
    list_add_first(&members, &first_member);
}

CONFORMANCE(corrupt_list_remove, "list corruption: removing ")
{
    break_list(NULL, target);
    DEFER
    {
        CHECK(targets_are_whole());
    };
    list_remove(&first_member);
}

/* == Locks, parsing ============================================================================================== */

CONFORMANCE(spinlockup, "deadlock: self is held already, taken at ")
{
    static struct spinlock self = SPINLOCK("self");
    GUARD(spinlock, &self);
    spinlock_take(&self);
}

/* What a pointer that leads astray does to a reader of boot documents. */
CONFORMANCE(boot_info_trap, "read of unmapped memory: ")
{
    char value[8];
    cmdline_find(image_end, "key", value, sizeof(value));
}

/* == Survival: what a panic must stand without any help ========================================================== */

FATAL_TEST_STATUS(conformance_survival_fault_in_report, "panic: again while reporting: ", MACHINE_NESTED)
{
    act_while_writing(fault_here);
    panic("its report faults");
}

FATAL_TEST_STATUS(conformance_survival_panic_in_report, "panic: again while reporting: panic_here, pc ", MACHINE_NESTED)
{
    act_while_writing(panic_here);
    panic("its report panics");
}

static void panic_again_here(void)
{
    act_once = panic_again_here;
    if (last_is("panic: ") || last_is("panic: again while reporting: "))
        panic("while writing");
}

/* The report's first word panics, and so does the short line: nothing but the status is left. */
FATAL_TEST_STATUS(conformance_survival_panic_in_nested_report, "panic: again while reporting: ", MACHINE_NESTED)
{
    act_while_writing(panic_again_here);
    panic("its report panics, and the short one too");
}

static void mark_tables(uint64_t table_pa, unsigned level, bool *is_table)
{
    uint64_t offset = table_pa - boot_entry.kernel_pa, pa;
    if (offset >= (uint64_t)(image_end - image_start))
        return; /* kernel/memory/'s, and those below it */
    const uint64_t *table = (const uint64_t *)(KERNEL_VA + offset);
    is_table[offset / PAGE_SIZE] = true;
    for (unsigned i = 0; level > 0 && i < 512; i++)
        if ((arch_page_entry_flags(table[i], level, &pa) & (PAGE_PRESENT | PAGE_TABLE)) == (PAGE_PRESENT | PAGE_TABLE))
            mark_tables(pa, level - 1, is_table);
}

/* Only what boot_start() cannot do without yet may be believed: all of .bss but the page tables is garbage. */
FATAL_TEST(conformance_survival_bss_not_cleared, "panic: before .bss is cleared" CONFORMANCE_REST)
{
    GUARD(interrupts);
    bool is_table[KERNEL_SIZE_MAX / PAGE_SIZE] = {0};
    console_init_early();
    mark_tables(arch_page_tables_root(), paging_levels - 1, is_table);
    for (char *byte = bss_start; byte < bss_end; byte++)
        if (!is_table[(byte - image_start) / PAGE_SIZE])
            *byte = (char)0xa5;
    panic("before .bss is cleared");
}

/* == Survival: a stack that is not what the tables say =========================================================== */

/* What functions with a frame pointer keep at ARCH_FRAME_RECORD from where it points. */
struct saved {
    uint64_t frame_pointer, return_address;
};

static PLAIN void lose_return(uint64_t va)
{
    volatile struct saved *saved = (volatile struct saved *)((char *)__builtin_frame_address(0) + ARCH_FRAME_RECORD);
    saved->return_address = va;
    panic("lost the way");
}

#define LOST CONFORMANCE_UNREACHED("no unwind table for this address")

CONFORMANCE_FATAL(survival_return_address, "lost the way", LOST)
{
    lose_return(0x4141414141414141);
}

CONFORMANCE_FATAL(survival_return_to_data, "lost the way", LOST)
{
    lose_return((uintptr_t)data_start);
}

static PLAIN void lose_frame(bool loop)
{
    volatile struct saved *saved = (volatile struct saved *)((char *)__builtin_frame_address(0) + ARCH_FRAME_RECORD);
    saved->frame_pointer = loop ? (uintptr_t)__builtin_frame_address(0) : 0x4141414141414140;
    panic("lost the frame");
}

static volatile size_t some_bytes = 100;

/* The caller finds its frame by what was saved. It leads back here. */
CONFORMANCE_FATAL(survival_frame_loop, "lost the frame", CONFORMANCE_UNREACHED("the next frame is not above this one"))
{
    *(volatile char *)__builtin_alloca(some_bytes) = 0;
    lose_frame(true);
}

CONFORMANCE_FATAL(survival_frame_pointer, "lost the frame", CONFORMANCE_UNREACHED("the next frame is not on the stack"))
{
    *(volatile char *)__builtin_alloca(some_bytes) = 0;
    lose_frame(false);
}
