/* SPDX-License-Identifier: 0BSD */
/*
 * What memory costs to get and to give back. 0 without CONFIG_MEMORY.
 */
#include <ossa/bench.h>
#include <ossa/page.h>
#include <ossa/vrange.h>

BENCH(page_alloc_free)
{
    for (unsigned round = 0; CONFIG_MEMORY && round < rounds; round++)
        page_free(page_alloc(0), 0);
}

BENCH(page_alloc_free_order3)
{
    for (unsigned round = 0; CONFIG_MEMORY && round < rounds; round++)
        page_free(page_alloc(3), 3);
}

BENCH(vrange_take_put)
{
    for (unsigned round = 0; CONFIG_MEMORY && round < rounds; round++)
        vrange_put(vrange_take(PAGE_SIZE, PAGE_SIZE));
}

BENCH(vrange_alloc_free)
{
    for (unsigned round = 0; CONFIG_MEMORY && round < rounds; round++)
        vrange_free(vrange_alloc(PAGE_SIZE));
}
