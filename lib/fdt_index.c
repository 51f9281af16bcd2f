/* SPDX-License-Identifier: 0BSD */
/*
 * Where the nodes of a devicetree are, and what they are compatible with, so that walks need not pass over properties
 * again. Invariant: a place is believed only of the node that it was of, and only as far as what is there now is sound.
 */
#include "fdt_index.h"
#include <stddef.h>

enum { NAME, PROPERTIES, DEPTH, COMPATIBLE, WORDS }; /* of a place: addresses, and how deep; COMPATIBLE may be 0 */

static uint32_t be(uint32_t cell)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? cell : __builtin_bswap32(cell);
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

const char *fdt_find_compatible(const struct fdt_node *node, uint32_t *size_bytes)
{
    const struct fdt *fdt = node->fdt;
    const uintptr_t *place = node->place;
    bool known = place && place < fdt->places_end && (uintptr_t)node->at[node->depth] == place[PROPERTIES];
    const uint32_t *property = known ? (const uint32_t *)place[COMPATIBLE] : NULL;
    if (!property || property[2] != fdt->compatible ||
        be(property[1]) >= (size_t)((const char *)fdt->end - (const char *)(property + 3)))
        return fdt_find_property(node, "compatible", size_bytes);
    *size_bytes = be(property[1]);
    return (const char *)(property + 3);
}

/* Among properties that have been passed, and so are sound; all that lie in front of `end`. 0: none has that name. */
static uintptr_t find_passed(const uint32_t *token, const uint32_t *end, uint32_t name)
{
    while (token < end && (token[0] != be(3) || token[2] != name)) /* a property's token, section 5.4.1; else a NOP's */
        token += token[0] == be(3) ? 3 + (be(token[1]) + 3) / 4 : token[0] == be(4) ? 1 : (uint32_t)(end - token);
    return token < end ? (uintptr_t)token : 0;
}

void fdt_index(struct fdt *fdt, uintptr_t (*places)[4], uint32_t count_max)
{
    struct fdt_node node;
    uint32_t count = 0, size;
    fdt->next = NULL;
    bool more = fdt_find(fdt, "", &node);
    const uint32_t *named = fdt_find_property(&node, "compatible", &size);
    fdt->compatible = named ? named[-1] : UINT32_MAX;
    while (more && count < count_max) {
        const uint32_t *properties = node.at[node.depth];
        uintptr_t *place = places[count++];
        place[NAME] = (uintptr_t)node.name;
        place[PROPERTIES] = (uintptr_t)properties;
        place[DEPTH] = node.depth;
        more = fdt_next_node(&node);
        place[COMPATIBLE] =
            more && named ? find_passed(properties, (const uint32_t *)node.name - 1, fdt->compatible) : 0;
    }
    fdt->places = places[0];
    fdt->places_end = places[0] + WORDS * count;
    fdt->next = next_place;
}
