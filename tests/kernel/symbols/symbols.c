/* SPDX-License-Identifier: 0BSD */
/*
 * The table of functions: what it must name and what not, that a broken one does no harm, and that a report names the
 * function that died.
 */
#include <ossa/format.h>
#include <ossa/string.h>
#include <ossa/symbols.h>
#include <ossa/test.h>

static bool is_named(const struct symbol *symbol, const char *prefix, const char *name)
{
    char want[SYMBOLS_NAME_MAX];
    snprintf(want, sizeof(want), "%s%s", prefix, name);
    if (strcmp(symbol->name, want) == 0)
        return true;
    console_printf("# symbols: got \"%s\", want \"%s\"\n", symbol->name, want);
    return false;
}

static void check_function(uintptr_t start, const char *name)
{
    struct symbol symbol;
    REQUIRE(symbols_find(start, &symbol));
    CHECK(is_named(&symbol, "", name));
    CHECK_EQUAL(symbol.offset_bytes, 0);
    size_t size = symbol.size_bytes;
    REQUIRE(size > 0);
    REQUIRE(symbols_find(start + size - 1, &symbol));
    CHECK(is_named(&symbol, "", name));
    CHECK_EQUAL(symbol.offset_bytes, size - 1);
    CHECK_EQUAL(symbol.size_bytes, size);
    CHECK(!symbols_find(start + size, &symbol) || symbol.offset_bytes == 0);
}

TEST(symbols_find_functions)
{
    check_function((uintptr_t)kernel_main, "kernel_main");
    check_function((uintptr_t)panic_at, "panic_at");
    check_function((uintptr_t)memcpy, "memcpy");
    check_function((uintptr_t)format_vwrite, "format_vwrite");
    check_function((uintptr_t)arch_frame_capture, "arch_frame_capture"); /* assembly, as is the next */
    check_function((uintptr_t)arch_page_tables_load, "arch_page_tables_load");
}

TEST(symbols_find_every_test)
{
    struct symbol symbol;
    SET_EACH (test, tests) {
        REQUIRE(symbols_find((uintptr_t)test->run, &symbol));
        CHECK_EQUAL(symbol.offset_bytes, 0);
        CHECK(is_named(&symbol, "test_run_", test->name));
    }
}

TEST(symbols_find_nothing_outside_text)
{
    struct symbol symbol;
    const uintptr_t outside[] = {0,
                                 1,
                                 (uintptr_t)text_start - 1,
                                 (uintptr_t)text_end,
                                 (uintptr_t)rodata_start,
                                 (uintptr_t)&symbol,
                                 (uintptr_t)text_start + (1ul << 32),
                                 UINTPTR_MAX};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        CHECK(!symbols_find(outside[i], &symbol));
        CHECK(!symbols_find_call(outside[i], &symbol) || outside[i] == (uintptr_t)text_end); /* may follow a call */
    }
}

TEST(symbols_find_call_at_the_end)
{
    struct symbol symbol;
    unsigned ends = 0;
    SET_EACH (test, tests) {
        REQUIRE(symbols_find((uintptr_t)test->run, &symbol));
        uintptr_t end = (uintptr_t)test->run + symbol.size_bytes;
        if (!arch_follows_call(end))
            continue;
        ends++;
        REQUIRE(symbols_find_call(end, &symbol));
        CHECK(is_named(&symbol, "test_run_", test->name));
        CHECK_EQUAL(symbol.offset_bytes, symbol.size_bytes);
    }
    CHECK(ends > 0); /* those that end by panic() */
}

TEST(symbols_format)
{
    char text[96], want[96];
    struct symbol symbol;
    REQUIRE(symbols_find((uintptr_t)kernel_main, &symbol));
    snprintf(text, sizeof(text), "%pS", (void *)((uintptr_t)kernel_main + 1));
    snprintf(want, sizeof(want), "kernel_main+0x1/%#zx", symbol.size_bytes);
    CHECK(strcmp(text, want) == 0);
    snprintf(text, sizeof(text), "%pS", (void *)rodata_start);
    snprintf(want, sizeof(want), "0x%016lx", (uintptr_t)rodata_start);
    CHECK(strcmp(text, want) == 0);
}

/* Behind the emergency stack nothing is mapped, so that a copy of the table at its end cannot be overread unnoticed. */
TEST(symbols_survive_a_broken_table)
{
    size_t size = (symbols_end - symbols_start) & -4;
    char *copy = emergency_stack_end - size;
    uint32_t random = 1, text_size = text_end - text_start;
    if (size > STACK_SIZE)
        SKIP("the table is larger than the emergency stack");
    for (unsigned round = 0; round < 500; round++) {
        memcpy(copy, symbols_start, size);
        for (unsigned change = 0; change <= round % 8; change++) {
            random = random * 1664525 + 1013904223;
            copy[(random >> 8) % (round % 2 == 0 ? 64 : size)] = (char)(random >> 24);
        }
        for (unsigned i = 0; i < 8; i++) {
            struct symbol symbol = {.name = "?"};
            random = random * 1664525 + 1013904223;
            symbols_find_in(copy, size, random % text_size, &symbol);
            CHECK(strnlen(symbol.name, SYMBOLS_NAME_MAX) < SYMBOLS_NAME_MAX);
        }
    }
    for (size_t left = 0; left <= size; left += 4) { /* cut short */
        struct symbol symbol;
        char *start = emergency_stack_end - left;
        memcpy(start, symbols_start, left);
        symbols_find_in(start, left, text_size / 2, &symbol);
    }
}

FATAL_TEST(symbols_name_the_dead, " test_run_symbols_name_the_dead+0x")
{
    if (!CONFIG_PANIC_REPORT)
        SKIP("the report has no calls");
    panic("who was it?");
}
