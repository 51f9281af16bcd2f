/* SPDX-License-Identifier: 0BSD */
/*
 * Where the nodes of a devicetree are, so that walks need not pass over their properties again. Invariant: a place is
 * believed only of the node that it was of, and only while the name in front of it still ends there.
 */
#include <ossa/fdt.h>
#include <stddef.h>

enum { NAME, PROPERTIES, DEPTH, WORDS }; /* of a place: addresses, and how deep */

static bool next_place(struct fdt_node *node)
{
    const uintptr_t *place = node->place, *next = place + WORDS;
    if (!place || next >= node->fdt->places_end || (uintptr_t)node->at[node->depth] != place[PROPERTIES] ||
        *((const char *)next[PROPERTIES] - 1) != '\0')
        return false;
    node->place = next;
    node->name = (const char *)next[NAME];
    node->depth = (uint32_t)next[DEPTH];
    node->at[next[DEPTH]] = (const uint32_t *)next[PROPERTIES];
    return true;
}

void fdt_index(struct fdt *fdt, uintptr_t (*places)[3], uint32_t count_max)
{
    struct fdt_node node;
    uint32_t count = 0;
    fdt->next = NULL;
    for (bool more = fdt_find(fdt, "", &node); more && count < count_max; more = fdt_next_node(&node)) {
        places[count][NAME] = (uintptr_t)node.name;
        places[count][PROPERTIES] = (uintptr_t)node.at[node.depth];
        places[count++][DEPTH] = node.depth;
    }
    fdt->places = places[0];
    fdt->places_end = places[0] + WORDS * count;
    fdt->next = next_place;
}
