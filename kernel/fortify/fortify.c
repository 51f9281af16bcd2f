/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the checks behind <ossa/fortify.h>. Nothing has been written yet when one panics, so the panic can be caught.
 */
#include <ossa/fortify.h>
#include <ossa/panic.h>

static void check_write(const char *function, size_t size, size_t object_bytes)
{
    if (size > object_bytes)
        panic("%s of %zu bytes into an object of %zu", function, size, object_bytes);
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t object_bytes)
{
    check_write("memcpy", size, object_bytes);
    return (memcpy)(to, from, size);
}

void *__memmove_chk(void *to, const void *from, size_t size, size_t object_bytes)
{
    check_write("memmove", size, object_bytes);
    return (memmove)(to, from, size);
}

void *__memset_chk(void *to, int byte, size_t size, size_t object_bytes)
{
    check_write("memset", size, object_bytes);
    return (memset)(to, byte, size);
}

size_t fortify_strlcpy(char *to, const char *from, size_t size, size_t object_bytes)
{
    check_write("strlcpy", size, object_bytes);
    return (strlcpy)(to, from, size);
}
