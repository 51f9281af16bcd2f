/* SPDX-License-Identifier: 0BSD */
/*
 * lib/string against the C library: every pair of alignments with every size up to 300 and some large ones, overlapping
 * moves in both directions, guard bytes all round, and strings that end where readable memory does.
 */
#include "host_test.h"
#include <sys/mman.h>
#include <unistd.h>

LIBC(memchr);
LIBC(memcmp);
LIBC(memcpy);
LIBC(memmove);
LIBC(memset);
LIBC(strchr);
LIBC(strcmp);
LIBC(strlen);
LIBC(strncmp);
LIBC(strnlen);

#include "prefix.h"
#include <ossa/string.h>

enum { ALIGNMENTS = 16, SMALL = 300, GUARD = 32, LARGE = 70000, AREA = GUARD + ALIGNMENTS + LARGE + GUARD };

static uint8_t source[AREA], got[AREA], want[AREA];

static int sign_of(int value)
{
    return (value > 0) - (value < 0);
}

static void fill_random(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(host_random() >> 32);
}

/* Calls `body` with every pair of alignments and every size up to SMALL, then with large sizes. */
static void for_each_layout(void (*body)(size_t to, size_t from, size_t size))
{
    static const size_t large[] = {511, 512, 1024, 1031, 4095, 4096, 4099, 65536, 65551};

    fill_random(source, sizeof(source));
    for (size_t to = 0; to < ALIGNMENTS; to++)
        for (size_t from = 0; from < ALIGNMENTS; from++) {
            for (size_t size = 0; size <= SMALL; size++)
                body(GUARD + to, GUARD + from, size);
            body(GUARD + to, GUARD + from, large[(to * ALIGNMENTS + from) % (sizeof(large) / sizeof(*large))]);
        }
}

/* The bytes from `begin` to `end` and a guard on both sides are the same in `got` and `want`. */
static void check_areas(const char *what, size_t begin, size_t end, size_t to, size_t from, size_t size)
{
    if (libc_memcmp(got + begin - GUARD, want + begin - GUARD, end - begin + 2 * GUARD) != 0)
        host_test_fail(__FILE__, __LINE__, "%s of %zu bytes from +%zu to +%zu: got other bytes, want libc's", what,
                       size, from - GUARD, to - GUARD);
}

static void check_memcpy(size_t to, size_t from, size_t size)
{
    libc_memset(got + to - GUARD, '~', size + 2 * GUARD);
    libc_memset(want + to - GUARD, '~', size + 2 * GUARD);
    libc_memcpy(want + to, source + from, size);
    CHECK(memcpy(got + to, source + from, size) == got + to);
    check_areas("memcpy", to, to + size, to, from, size);
}

HOST_TEST(string_memcpy)
{
    for_each_layout(check_memcpy);
}

static void check_memmove(size_t to, size_t from, size_t size)
{
    libc_memcpy(got, source, size + ALIGNMENTS + 2 * GUARD);
    libc_memcpy(want, source, size + ALIGNMENTS + 2 * GUARD);
    libc_memmove(want + to, want + from, size);
    CHECK(memmove(got + to, got + from, size) == got + to);
    check_areas("memmove", GUARD, GUARD + ALIGNMENTS + size, to, from, size);
}

HOST_TEST(string_memmove)
{
    for_each_layout(check_memmove);
}

/* Farther apart than the alignments go: every distance up and down at every alignment. */
HOST_TEST(string_memmove_distance)
{
    fill_random(source, sizeof(source));
    for (size_t low = GUARD; low < GUARD + 8; low++)
        for (size_t distance = 0; distance < 80; distance++)
            for (size_t size = 0; size < 200; size += 1 + size / 16) {
                libc_memcpy(got, source, 400);
                libc_memcpy(want, source, 400);
                memmove(got + low, got + low + distance, size);
                libc_memmove(want + low, want + low + distance, size);
                check_areas("memmove", GUARD, 340, low, low + distance, size);
                memmove(got + low + distance, got + low, size);
                libc_memmove(want + low + distance, want + low, size);
                check_areas("memmove", GUARD, 340, low + distance, low, size);
            }
}

static void check_memset(size_t to, size_t from, size_t size)
{
    int byte = (int)(from * 0x111) - 0x400;

    libc_memset(got + to - GUARD, '~', size + 2 * GUARD);
    libc_memset(want + to - GUARD, '~', size + 2 * GUARD);
    libc_memset(want + to, byte, size);
    CHECK(memset(got + to, byte, size) == got + to);
    check_areas("memset", to, to + size, to, from, size);
}

HOST_TEST(string_memset)
{
    for_each_layout(check_memset);
}

/* Equal, then different in one byte, before which and behind which bytes differ that do not count. */
static void check_memcmp(size_t left, size_t right, size_t size)
{
    size_t place = size ? host_random() % size : 0;

    libc_memcpy(got + left, source, size + 1);
    libc_memcpy(want + right, source, size + 1);
    want[right - 1] = (uint8_t)~got[left - 1];
    want[right + size] = (uint8_t)~got[left + size];
    CHECK_EQ(memcmp(got + left, want + right, size), 0);
    if (size == 0)
        return;
    want[right + place] ^= (uint8_t)(1 + host_random() % 255);
    CHECK_EQ(sign_of(memcmp(got + left, want + right, size)), sign_of(libc_memcmp(got + left, want + right, size)));
    CHECK_EQ(memcmp(got + left, want + right, place), 0);
}

HOST_TEST(string_memcmp)
{
    for_each_layout(check_memcmp);
}

static void check_memchr(size_t to, size_t from, size_t size)
{
    int byte = (int)(host_random() % 600) - 300;

    (void)to;
    CHECK(memchr(source + from, byte, size) == libc_memchr(source + from, byte, size));
}

HOST_TEST(string_memchr)
{
    for_each_layout(check_memchr);
}

/* Pages of which the last is followed by one that faults; strings are laid up to its edge. */
static char *page_end(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        return NULL;
    return pages + page;
}

/* Every length, that is every alignment too, with bytes above 127 among the characters. */
HOST_TEST(string_at_page_end)
{
    char *const end = page_end();

    REQUIRE(end);
    for (size_t length = 0; length <= SMALL; length++) {
        char *const text = end - length - 1;

        for (size_t i = 0; i < length; i++)
            text[i] = (char)(1 + host_random() % 255);
        text[length] = '\0';
        CHECK_EQ(strlen(text), length);
        CHECK_EQ(strnlen(text, SIZE_MAX), length);
        CHECK_EQ(strnlen(text, length / 2), length / 2);
        CHECK_EQ(strnlen(end - length, length), libc_strnlen(end - length, length));
        CHECK(strchr(text, '\0') == text + length);
        for (int i = 0; i < 8; i++) {
            int character = (int)(host_random() % 256) - (i & 1 ? 0 : 128);

            CHECK(strchr(text, character) == libc_strchr(text, character));
        }
        CHECK_EQ(memcmp(text, text, length + 1), 0);
        CHECK(memchr(text, '\0', SIZE_MAX) == text + length);
        memcpy(got, text, length + 1);
        memset(text, '~', length + 1);
        memmove(text, got, length + 1);
        CHECK_EQ(libc_memcmp(text, got, length + 1), 0);
    }
}

/* Short strings of few characters, often equal up to their end, one of them at the page's end. */
HOST_TEST(string_compare)
{
    static const char characters[] = "aab\x7f\x80\xff";
    char *const end = page_end(), other[24];

    REQUIRE(end);
    for (int round = 0; round < 100000; round++) {
        size_t length = host_random() % 20, place = host_random() % 20, limit = host_random() % 24;
        char *const text = end - length - 1;

        for (size_t i = 0; i < length; i++)
            other[i] = text[i] = characters[host_random() % 6];
        other[length] = text[length] = '\0';
        if (place < length && round & 1)
            other[place] = "\0ab\x80"[host_random() % 4];
        CHECK_EQ(sign_of(strcmp(text, other)), sign_of(libc_strcmp(text, other)));
        CHECK_EQ(sign_of(strcmp(other, text)), sign_of(libc_strcmp(other, text)));
        CHECK_EQ(sign_of(strncmp(text, other, limit)), sign_of(libc_strncmp(text, other, limit)));
        CHECK_EQ(sign_of(strncmp(text, text, limit)), 0);
    }
    CHECK_EQ(strncmp("a", "b", 0), 0);
}

HOST_TEST(string_strlcpy)
{
    char *const end = page_end();

    REQUIRE(end);
    for (size_t length = 0; length < 40; length++)
        for (size_t size = 0; size < 48; size++) {
            char area[64], *const text = end - length - 1;
            size_t kept = length < size ? length : size - 1;

            libc_memset(text, 'x', length);
            text[length] = '\0';
            libc_memset(area, '~', sizeof(area));
            CHECK_EQ(strlcpy(area + 8, text, size), length);
            CHECK(area[7] == '~' && area[8 + size] == '~');
            if (size > 0)
                CHECK(libc_memcmp(area + 8, text, kept) == 0 && libc_strlen(area + 8) == kept);
        }
}
