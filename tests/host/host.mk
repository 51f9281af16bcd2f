# SPDX-License-Identifier: 0BSD
#
# What the Makefile builds for the host, in $(O)/host/: lib/ beside libc, every public symbol with the prefix ossa_, the
# tests of it and of parts of kernel/, and the fuzzers.

host_rules    := Makefile tests/host/host.mk
HOST_CC       ?= gcc
HOST_FLAGS    := -std=gnu11 -g1 $(warnings) -Iinclude -MMD -MP
HOST_SANITIZE := -Og -fsanitize=address,undefined -fno-sanitize-recover=undefined
H             := $(O)/host
export OSSA_DTBS := $(abspath $H/dtbs)
export OSSA_ACPI := $(abspath $H/acpi)
$H/lib/%.o $H/sanitized/%.o: HOST_FLAGS += -ffreestanding -include tests/host/prefix.h \
    -fno-tree-loop-distribute-patterns
# Those that depend on the architecture run on the others too, by QEMU's user mode.
TEST_ARCHES  ?= $(or $(given_arch),$(ports))
export TEST_ARCHES
host_tests := $(patsubst tests/host/%.c,$H/%,$(wildcard tests/host/test_*.c)) \
    $(patsubst %,$H/test_unwind_%,$(filter-out $(host_arch),$(filter riscv64 aarch64,$(TEST_ARCHES))))
lib_names  := $(patsubst lib/%.c,%,$(wildcard lib/*.c))

$H/dtbs/made: scripts/make-dtbs $(wildcard tests/host/fdt/*.dts)
	$(call say,DTB,$(@D))scripts/make-dtbs $(@D) && touch $@

# Made by the script itself, unless there is no iasl.
$H/acpi/made: scripts/make-acpi $(wildcard tests/host/acpi/*.asl)
	$(call say,ACPI,$(@D))scripts/make-acpi $(@D)

host-tests: $(host_tests) $H/dtbs/made $H/acpi/made
	@$(foreach t,$(host_tests),echo $t;)

$H/libossa.a: $(lib_names:%=$H/lib/%.o)  ## lib/ for the host
	$(call say,AR,$@)rm -f $@ && ar rcsD $@ $^
$H/lib/%.o: lib/%.c $(host_rules)
	$(call say,HOSTCC,$<)mkdir -p $(@D) && $(HOST_CC) $(HOST_FLAGS) -O2 -c $< -o $@
$H/sanitized/%.o: lib/%.c $(host_rules)
	$(call say,HOSTCC,$<)mkdir -p $(@D) && $(HOST_CC) $(HOST_FLAGS) $(HOST_SANITIZE) -c $< -o $@
$H/test_%: tests/host/test_%.c $(lib_names:%=$H/sanitized/%.o)
	$(call say,HOSTCC,$@)$(HOST_CC) $(HOST_FLAGS) $(HOST_SANITIZE) $< $(filter %.o,$^) $(if $(filter %fdt,$@),-lfdt) -o $@

# kernel/unwind/ beside libgcc's, on frames of every optimization level; and alone, on broken tables. Another Linux's,
# for qemu-user: HOST_ARCH=riscv64 HOST_CC=riscv64-linux-gnu-gcc.
HOST_ARCH    ?= $(host_arch)
UNWIND_FLAGS := -Iarch/$(HOST_ARCH)/include -Iarch/$(HOST_ARCH)/tests -include tests/host/unwind/prefix.h
UNWIND_PARTS := $(addprefix kernel/unwind/,expression.c frames.c landing.c rows.c)
UNWIND_LINK  := -static -no-pie -Wl,--eh-frame-hdr,--wrap=_Unwind_Resume,-z,noexecstack
host_unwind   = $(HOST_CC) $(HOST_FLAGS) $(UNWIND_FLAGS)

$H/unwind/shapes-%.o: tests/host/unwind/shapes.c $(host_rules)
	$(call say,HOSTCC,$@)mkdir -p $(@D) && $(host_unwind) $(y_UNWIND) -fno-pie -$* -DLEVEL=$* -c $< -o $@
$H/test_unwind: tests/host/test_unwind.c $(UNWIND_PARTS) kernel/unwind/tables.c arch/$(HOST_ARCH)/unwind.S \
    tests/host/unwind/tables.ld $(patsubst %,$H/unwind/shapes-%.o,O0 O1 O2 O3 Os)
	$(call say,HOSTCC,$@)$(host_unwind) $(y_UNWIND) -fno-pie -O2 $(filter %.c %.S %.o %.ld,$^) $(UNWIND_LINK) -o $@
$H/test_unwind_broken: tests/host/test_unwind_broken.c $(UNWIND_PARTS) tests/fuzz/fuzz_unwind.c
	$(call say,HOSTCC,$@)$(host_unwind) $(HOST_SANITIZE) $(filter-out tests/fuzz/%,$(filter %.c,$^)) -o $@

# The shadow of kernel/kasan/, around an array.
$H/test_kasan: tests/host/test_kasan.c kernel/kasan/shadow.c
	$(call say,HOSTCC,$@)mkdir -p $(@D) && $(HOST_CC) $(HOST_FLAGS) -Iarch/$(HOST_ARCH)/include -DCONFIG_KASAN=1 \
	    $(HOST_SANITIZE) $< -o $@

$H/test_lock_graph: tests/host/test_lock_graph.c kernel/lock_debug/graph.c
	$(call say,HOSTCC,$@)mkdir -p $(@D) && $(HOST_CC) $(HOST_FLAGS) -Iarch/$(HOST_ARCH)/include $(HOST_SANITIZE) $< -o $@

# kernel/memory/ on the host. The port is the template, whose functions leave arguments unused. test_page: on physical
# memory that is a file. test_heap and test_heap_debug: on pages of their own, of the same objects, and without
# AddressSanitizer, for it is compared with the C library's malloc.
host_memory = $(HOST_CC) $(HOST_FLAGS) -Wno-unused-parameter -Itests/host/memory -Iarch/template/include \
    -include tests/host/memory/prefix.h
$H/test_page: tests/host/test_page.c kernel/memory/page.c kernel/memory/section.c $(host_rules)
	$(call say,HOSTCC,$@)mkdir -p $(@D) && $(host_memory) $(HOST_SANITIZE) $< -o $@
host_heap = $(host_memory) -O1 -fsanitize=undefined -fno-sanitize-recover=undefined
$H/heap/%.o: %.c $(host_rules)
	$(call say,HOSTCC,$<)mkdir -p $(@D) && $(host_heap) -c $< -o $@
$H/test_heap $H/test_heap_debug: $H/%: tests/host/%.c tests/host/memory/world.c \
    $(patsubst %.c,$H/heap/%.o,$(wildcard kernel/memory/heap*.c) kernel/lock.c kernel/spinlock.c) $(host_rules)
	$(call say,HOSTCC,$@)$(host_heap) -DWORLD_DEBUG=$(if $(filter %debug,$@),true,false) $< \
	    tests/host/memory/world.c $(filter %.o,$^) -o $@

# The kernel's locks, threads, timers and calls on virtual CPUs. Each access of theirs, and of the test's, calls
# access.c: by -fsanitize=thread, which excludes AddressSanitizer, and without its library. A CPU's variables are no
# part of the first one's object.
INTERLEAVING  := tests/host/interleaving
host_explored  = $(HOST_CC) $(HOST_FLAGS) -Wno-unused-parameter -I$(INTERLEAVING) -Iarch/template/include \
    -include $(INTERLEAVING)/prefix.h -O2 -fsanitize=undefined -fno-sanitize=object-size \
    -fno-sanitize-recover=undefined -fno-pie -no-pie
$H/interleaving_kernel.o: $(INTERLEAVING)/scheduler.c kernel/lock.c kernel/spinlock.c kernel/cpu/call.c \
    kernel/interrupt/interrupt.c $(wildcard kernel/thread/*.c include/ossa/*.h $(INTERLEAVING)/*.h \
    $(INTERLEAVING)/*/*.h) $(addprefix kernel/time/,timer.c timer_queue.c) $(host_rules)
	$(call say,HOSTCC,$@)mkdir -p $(@D) && $(host_explored) -fsanitize=thread -ffunction-sections -r -nostdlib \
	    $(filter-out kernel/thread/scheduler.c,$(filter %.c,$^)) -o $@
$H/interleaving_test.o: tests/host/test_interleaving.c $H/interleaving_kernel.o
	$(call say,HOSTCC,$@)$(host_explored) -fsanitize=thread -c $< -o $@
$H/test_interleaving: $H/interleaving_kernel.o $H/interleaving_test.o $(addprefix $(INTERLEAVING)/,access.c explore.c \
    kernel.c world.c state.ld)
	$(call say,HOSTCC,$@)$(host_explored) $(filter %.c %.o,$^) -Wl,--gc-sections,-T,$(filter %.ld,$^) -o $@

.PHONY: FORCE
$H/test_unwind_riscv64 $H/test_unwind_aarch64: $H/test_unwind_%: FORCE
	@mkdir -p $(@D) && $(MAKE) -s O=$H/$* HOST_ARCH=$* HOST_CC=$*-linux-gnu-gcc $H/$*/host/test_unwind
	@printf '#!/bin/sh\nexec qemu-$* $H/$*/host/test_unwind\n' >$@ && chmod +x $@

.PHONY: fuzz
fuzz: $(patsubst tests/fuzz/%.c,$H/%,$(wildcard tests/fuzz/*.c))  ## RUNS inputs for each of tests/fuzz/, or 10^7
	set -e; for f in $^; do $$f -runs=$(or $(RUNS),10000000) -close_fd_mask=1 -artifact_prefix=$H/; done
$H/fuzz_unwind: tests/fuzz/fuzz_unwind.c $(UNWIND_PARTS)
	$(call say,FUZZ,$@)mkdir -p $(@D) && clang $(HOST_FLAGS) $(UNWIND_FLAGS) -O1 -fsanitize=fuzzer,address,undefined \
	    $(filter %.c,$^) -o $@
$H/fuzz_region: $(wildcard lib/region*.c)
$H/fuzz_acpi: $(wildcard lib/acpi*.c)
$H/fuzz_region $H/fuzz_acpi: $H/fuzz_%: tests/fuzz/fuzz_%.c
	$(call say,FUZZ,$@)mkdir -p $(@D) && clang $(HOST_FLAGS) -O1 -fsanitize=fuzzer,address,undefined $(filter %.c,$^) \
	    -o $@
-include $(wildcard $H/*.d $H/*/*.d $H/*/*/*.d $H/*/*/*/*.d)
