/* SPDX-License-Identifier: 0BSD */
/*
 * Where the nodes of a devicetree are, so that walks need not pass over their properties again. Invariant: a place is
 * believed only of the node that it was of, and only while the name in front of it still ends there.
 */
#include <ossa/fdt.h>
#include <stddef.h>

enum { NAME, PROPERTIES, DEPTH }; /* of a place: where they begin, in cells from the blob's start, and how deep */

static bool next_place(struct fdt_node *node)
{
    const struct fdt *fdt = node->fdt;
    if (node->number + 1 >= fdt->place_count)
        return false;
    const uint32_t *place = fdt->places[node->number], *next = fdt->places[node->number + 1];
    const uint32_t *properties = fdt->cells + next[PROPERTIES];
    if (node->at[node->depth] != fdt->cells + place[PROPERTIES] || ((const char *)properties)[-1] != '\0')
        return false;
    node->name = (const char *)(fdt->cells + next[NAME]);
    node->number++;
    node->depth = next[DEPTH];
    node->at[node->depth] = properties;
    return true;
}

void fdt_index(struct fdt *fdt, uint32_t (*places)[3], uint32_t count_max)
{
    struct fdt_node node;
    fdt->next = NULL;
    fdt->place_count = 0;
    for (bool more = fdt_find(fdt, "", &node); more && fdt->place_count < count_max; more = fdt_next_node(&node)) {
        uint32_t *place = places[fdt->place_count++];
        place[NAME] = node.depth == 0 ? 0 : (uint32_t)((const uint32_t *)node.name - fdt->cells); /* never asked for */
        place[PROPERTIES] = (uint32_t)(node.at[node.depth] - fdt->cells);
        place[DEPTH] = node.depth;
    }
    fdt->places = (const uint32_t(*)[3])places;
    fdt->next = next_place;
}
