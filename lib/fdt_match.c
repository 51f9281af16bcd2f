/* SPDX-License-Identifier: 0BSD */
/*
 * What a node of a devicetree is, of all that the asker knows, by one look at its `compatible` (Devicetree
 * Specification v0.4, 2.3.1).
 */
#include <ossa/errno.h>
#include <ossa/fdt_more.h>

/* strcmp() without a call: most names differ in their first characters. */
static inline bool is_same(const char *text, const char *name)
{
    for (; *text == *name && *text != '\0'; text++)
        name++;
    return *text == *name;
}

int fdt_match(const struct fdt_node *node, const char *const *names, unsigned count)
{
    uint32_t size;
    const char *text = fdt_find_property(node, "compatible", &size), *end = text + size;
    if (!text || size == 0 || end[-1] != '\0')
        return -ENOENT;
    for (; text < end; text++) {
        for (unsigned i = 0; i < count; i++)
            if (is_same(text, names[i]))
                return (int)i;
        while (*text != '\0')
            text++;
    }
    return -ENOENT;
}
