/* SPDX-License-Identifier: 0BSD */
/*
 * What a node of a devicetree is, of all that the asker knows, by one look at its `compatible` (Devicetree
 * Specification v0.4, 2.3.1).
 */
#include <ossa/errno.h>
#include <ossa/fdt_more.h>
#include <ossa/string.h>

int fdt_match(const struct fdt_node *node, const char *const *names, unsigned count)
{
    uint32_t size;
    const char *text = fdt_find_property(node, "compatible", &size), *end = text + size;
    if (!text || size == 0 || end[-1] != '\0')
        return -ENOENT;
    for (; text < end; text += strlen(text) + 1)
        for (unsigned i = 0; i < count; i++)
            if (*text == *names[i] && strcmp(text, names[i]) == 0)
                return (int)i;
    return -ENOENT;
}
