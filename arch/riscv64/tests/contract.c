/* SPDX-License-Identifier: 0BSD */
/*
 * What of the entry contract and of traps only riscv64 can say: the state of its CSRs, that a trap gives back every
 * register from whatever stack it came, what ends in a call, and the functions that stand in for libgcc.
 */
#include <ossa/early_map.h>
#include <ossa/test.h>

TEST(riscv64_csrs_clean)
{
    CHECK_EQUAL(csr_read(sstatus) & (SSTATUS_SUM | SSTATUS_MXR), 0);
    CHECK_EQUAL(csr_read(sstatus) & (SSTATUS_FS | SSTATUS_VS), 0);
    CHECK_EQUAL(csr_read(satp) >> SATP_MODE_BITS, SATP_SV39 + paging_levels - 3);
    CHECK_EQUAL(csr_read(stvec), (uintptr_t)trap_vector);
}

/* Fills the registers a call may change, stops at a breakpoint on the stack `sp`; gives the number of differences. */
static unsigned long changed_by_breakpoint(const char *sp)
{
    unsigned long changed;
    __asm__ volatile("mv   s1, sp\n"
                     "mv   sp, %1\n"
                     ".set number, 0\n"
                     ".irp register, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7\n"
                     ".set number, number + 1\n"
                     "li   \\register, number\n"
                     ".endr\n"
                     ".option push\n"
                     ".option norvc\n"
                     "ebreak\n"
                     ".option pop\n"
                     "xor  s2, sp, %1\n"
                     ".set number, 0\n"
                     ".irp register, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7\n"
                     ".set number, number + 1\n"
                     "xori \\register, \\register, number\n"
                     "or   s2, s2, \\register\n"
                     ".endr\n"
                     "mv   sp, s1\n"
                     "mv   %0, s2\n"
                     : "=r"(changed)
                     : "r"(sp)
                     : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
                       "s1", "s2", "memory");
    return changed;
}

TEST(riscv64_trap_keeps_registers)
{
    CHECK_EQUAL(changed_by_breakpoint((char *)__builtin_frame_address(0) - 1024), 0);
    CHECK_EQUAL(changed_by_breakpoint(boot_stack_start + 16), 0); /* no room for a frame: emergency stack */
    CHECK_EQUAL(changed_by_breakpoint(NULL), 0);
}

/* Around the end of a page, too. */
TEST(riscv64_calls_are_known_anywhere)
{
    static uint16_t code[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    for (unsigned end = PAGE_SIZE / 2 - 2; end <= PAGE_SIZE / 2 + 2; end++) {
        uintptr_t va = (uintptr_t)&code[end];
        CHECK(!arch_follows_call(va));
        code[end - 2] = 0x00ef; /* jal ra, 0; the rest of it is 0 */
        CHECK(arch_follows_call(va));
        code[end - 2] = 0;
        code[end - 1] = 0x9082; /* c.jalr ra */
        CHECK(arch_follows_call(va));
        code[end - 1] = 0;
    }
}

TEST(riscv64_libgcc)
{
    uint64_t number = 0x0123456789abcdef;
    __asm__("" : "+r"(number)); /* the compiler no longer knows it */
    CHECK_EQUAL(__builtin_clzl(number), 7);
    CHECK_EQUAL(__builtin_ctzl(number << 40), 40);
    CHECK_EQUAL(__builtin_ffsl((long)(number << 9)), 10);
    CHECK_EQUAL(__builtin_popcountl(number), 32);
    CHECK_EQUAL(__builtin_parityl(number | 16), 1);
    CHECK_EQUAL(__builtin_bswap64(number), 0xefcdab8967452301);
    CHECK_EQUAL(__builtin_bswap32((uint32_t)number), 0xefcdab89);
}
