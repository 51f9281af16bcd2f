/* SPDX-License-Identifier: 0BSD */
/*
 * Where the nodes of a devicetree are, so that walks need not pass over their properties again. Invariant: a place is
 * believed only of the node that it was of, and only as far as what is there now is sound.
 */
#include "fdt_index.h"
#include <stddef.h>

enum { NAME, PROPERTIES, DEPTH, WORDS }; /* of a place: addresses, and how deep */

/* Shifts, as in fdt.c. */
static inline uint32_t be(uint32_t cell)
{
    uint32_t swapped = cell << 24 | (cell & 0xff00) << 8 | (cell >> 8 & 0xff00) | cell >> 24;
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? cell : swapped;
}

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

/* The property of that name in [token, end), which the next node's first token follows; NULL: not found. */
static const uint32_t *find_named(const uint32_t *token, const uint32_t *end, uint32_t name)
{
    const uint32_t property = be(3), nop = be(4); /* tokens, section 5.4.1 */
    while (token < end && (*token != property || token[2] != name)) {
        if (*token != property && *token != nop)
            return NULL;
        token += *token == nop ? 1 : 3 + ((size_t)be(token[1]) + 3) / 4;
    }
    return token + 3 <= end && be(token[1]) <= (size_t)((const char *)end - (const char *)(token + 3)) ? token : NULL;
}

const char *fdt_find_compatible(const struct fdt_node *node, uint32_t *size_bytes)
{
    const struct fdt *fdt = node->fdt;
    const uint32_t *properties = node->at[node->depth], *found = NULL;
    const uintptr_t *place = node->place;
    if (place && place + WORDS < fdt->places_end && (uintptr_t)properties == place[PROPERTIES])
        found = find_named(properties, (const uint32_t *)place[WORDS + NAME] - 1, fdt->compatible);
    if (!found) /* or it has that name at another place of the strings */
        return fdt_find_property(node, "compatible", size_bytes);
    *size_bytes = be(found[1]);
    return (const char *)(found + 3);
}

void fdt_index(struct fdt *fdt, uintptr_t (*places)[3], uint32_t count_max)
{
    struct fdt_node node;
    uint32_t count = 0, size;
    fdt->next = NULL;
    bool more = fdt_find(fdt, "", &node);
    const uint32_t *compatible = fdt_find_property(&node, "compatible", &size);
    fdt->compatible = compatible ? compatible[-1] : UINT32_MAX;
    for (; more && count < count_max; more = fdt_next_node(&node)) {
        places[count][NAME] = (uintptr_t)node.name;
        places[count][PROPERTIES] = (uintptr_t)node.at[node.depth];
        places[count++][DEPTH] = node.depth;
    }
    fdt->places = places[0];
    fdt->places_end = places[0] + WORDS * count;
    fdt->next = next_place;
}
