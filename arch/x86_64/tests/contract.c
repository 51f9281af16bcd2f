/* SPDX-License-Identifier: 0BSD */
/*
 * What only x86_64 can say of the entry contract (include/ossa/boot.h).
 */
#include <ossa/test.h>

TEST(x86_64_fp_disabled)
{
    CHECK((cr0_read() & CR0_EM) != 0);
    CHECK((cr4_read() & CR4_OSFXSR) == 0);
}

TEST(x86_64_gs_base)
{
    struct thread *by_gs;
    __asm__("mov %%gs:%c1, %0" : "=r"(by_gs) : "i"(CPU_THREAD));
    CHECK(by_gs == cpu_this()->thread);
}
