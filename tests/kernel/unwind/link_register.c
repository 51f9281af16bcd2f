/* SPDX-License-Identifier: 0BSD */
/*
 * A load that traps is no call: to GCC the register of return addresses survives it. Here GCC 12 for riscv64 keeps
 * `request` in ra, from the store to the landing pad.
 */
#include <ossa/pool.h>
#include <ossa/test.h>

struct request {
    struct request *next;
    char text[24];
};
POOL_DEFINE(request, struct request, 2)

static struct spinlock lock = SPINLOCK("request lock");

static void store(void *argument)
{
    GUARD(spinlock, &lock);
    OWNED(request_put) struct request *request = request_take();
    *(volatile uint32_t *)argument = 1;
    request->next = NULL;
}

TEST(cleanup_finds_link_register)
{
    REQUIRE(panic_catch(store, (void *)0x10, NULL));
    CHECK_EQUAL(request_pool.taken, 0);
}
