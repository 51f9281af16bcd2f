# SPDX-License-Identifier: 0BSD
#
# The whole build: configure, compile, link, image, run, test, debug. `make help` lists targets and variables.
# What differs between architectures is in arch/<a>/arch.mk. All output goes to $(O)/, the source tree stays as it is.

ifeq ($(filter 4.% 5.% 6.%,$(MAKE_VERSION)),)
$(error GNU make 4 or newer is needed, this is $(MAKE_VERSION). On macOS: brew install make, then run gmake)
endif
ifneq ($(words $(CURDIR)),1)
$(error make cannot work in a folder with blanks in its path: $(CURDIR))
endif

VERSION := 0.1.0
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# Variables, as in `make ARCH=riscv64 SMP=4 run`:
#v  ARCH           the port; x86_64 if not given, for deps, doctor, test, matrix, soak and bench every one
#v  FIRMWARE       the boot path; if not given the port's first
#v  CONFIG         configuration fragments, names in configs/ or files; output then goes to a folder of their names
#v  APPEND         the kernel's command line
#v  SMP, MEM       CPUs and memory of the emulated machine: 1, 128M
#v  T              one test or bench by name
#v  O              where output goes: build
#v  V, WERROR      1: show commands; make warnings errors
#v  CROSS_COMPILE  toolchain prefix, else the port's list is probed; CC: the compiler itself
#v  QEMU_ARGS      more arguments for QEMU; KVM=1: run on the host's CPU instead of TCG; ACCEL: QEMU's -accel
#v  TIMEOUT        seconds that run may take; 0: for ever
#v  SOAK, SEED     seconds for each test of soak, and where its random numbers start; RUNS: inputs for each fuzzer
ports      := $(filter-out template,$(patsubst arch/%/arch.mk,%,$(wildcard arch/*/arch.mk)))
given_arch := $(ARCH)
ARCH       ?= x86_64
O          ?= build
SMP        ?= 1
MEM        ?= 128M
TIMEOUT    ?= 0

# deps installs before anything below probes for a tool, then starts make anew for the other goals.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
other_goals := $(filter-out deps,$(MAKECMDGOALS))
every_port  := $(if $(other_goals),$(filter test soak bench matrix,$(other_goals)),yes)
.PHONY: deps $(other_goals)
deps:
	@scripts/deps --arch "$(or $(given_arch),$(if $(every_port),$(ports),$(ARCH)))" $(other_goals)
	$(if $(other_goals),+@$(MAKE) --no-print-directory $(other_goals))
$(other_goals): deps
	@:
else

ifeq ($(wildcard arch/$(ARCH)/arch.mk),)
$(error ARCH=$(ARCH): no such port. There are: $(ports))
endif
include arch/$(ARCH)/arch.mk

empty :=
space := $(empty) $(empty)
comma := ,
hash  := \#
FIRMWARE ?= $(firstword $(FIRMWARES))
ifeq ($(filter $(FIRMWARE),$(FIRMWARES)),)
$(error FIRMWARE=$(FIRMWARE): unknown on $(ARCH). There are: $(FIRMWARES))
endif

# == Configuration: the port's, the fragments, the user's; the last assignment wins ===================================

# B has the kernel, S its objects: one of tests or benches, or a dirty one, is another one's objects and some more.
folder_of     = $(O)/$(ARCH)$(if $1,/$(subst $(space),-,$(basename $(notdir $1))))
B            := $(call folder_of,$(CONFIG))
S            := $(call folder_of,$(filter-out test bench dirty,$(CONFIG)))
user_config  := $(O)/$(ARCH)/user.config
config_files := configs/$(ARCH).config $(foreach f,$(CONFIG),$(or $(wildcard configs/$f.config),$(wildcard $f),$(error \
    CONFIG=$f: no such fragment or file. There are: $(filter-out $(ports),$(patsubst configs/%.config,%,$(wildcard \
    configs/*.config)))))) $(wildcard $(user_config))
include $(config_files)

options     := $(shell sed -n 's/^config //p' Kconfig)
set_options := $(shell sed -n 's/^CONFIG_\([A-Za-z0-9_]*\)=.*/\1/p' $(config_files))
ifneq ($(filter-out $(options),$(set_options)),)
$(error $(addprefix CONFIG_,$(filter-out $(options),$(set_options))): no such option, set in one of $(config_files). \
    There are: $(addprefix CONFIG_,$(options)))
endif

# An option whose prompt starts "kernel/<part>:" selects that folder. A folder that has been deleted switches it off,
# and with it what depends on it; Kconfig lists that behind it.
folders := $(shell sed -n '/^config /{s///;h;d;}; s/.*bool "kernel\/\([a-z_]*\):.*/\1:/;T;G;s/\n//p' Kconfig)
part   = $(firstword $(subst :, ,$f))
option = CONFIG_$(lastword $(subst :, ,$f))
$(foreach f,$(folders),$(if $(wildcard kernel/$(part)),,$(eval $(option) := n)))
needs := $(shell sed -n '/^config /{s///;h;d;}; s/.*depends on \([A-Z_]*\)$$/\1:/;T;G;s/\n//p' Kconfig)
$(foreach f,$(needs),$(if $(filter y,$(CONFIG_$(part))),,$(eval $(option) := n)))
$(foreach f,$(folders),$(eval $(if $(filter y,$($(option))),parts,left_out) += $(part)))

# $(call update,FILE,TEXT) writes FILE unless TEXT is what it holds, so that its time changes with its content only.
# make 4.3 does not always take the last newline off what it reads.
define newline


endef
one_word = $(subst $(space),~,$(subst $(newline),|,$1))
held_words = $(if $(wildcard $1),x$(call one_word,$(file <$1)))
update = $(if $(filter x$(call one_word,$2) x$(call one_word,$2)|,$(held_words)),,$(shell \
    mkdir -p $(dir $1))$(file >$1,$2))

# The first two say only which sources there are, so that objects need not know; the third is for assembly alone.
untold_options := TEST BENCH BOOT_DIRTY
config_value  = $(if $(filter y,$(CONFIG_$1)),1,$(if $(filter-out n,$(CONFIG_$1)),$(CONFIG_$1),0))
define config_header
$(subst $(newline) ,$(newline),$(foreach o,$(filter-out $(untold_options),$(options)),$(hash)define CONFIG_$o \
    $(call config_value,$o)$(newline)))
$(hash)define OSSA_NAME "Ossa"
$(hash)define OSSA_VERSION "$(VERSION)"
endef
$(call update,$S/config.h,$(config_header))

# == Tools and flags ==================================================================================================

host_arch := $(subst arm64,aarch64,$(shell uname -m))
ifeq ($(origin CC),default)
  ifndef CROSS_COMPILE
    # The host's own compiler serves its own architecture, and the template, which is only compiled.
    native := $(if $(filter template $(host_arch),$(ARCH)),native)
    found_prefix := $(shell for p in $(filter-out native,$(TOOLCHAIN_PREFIXES)) $(native); do \
        command -v $${p#native}gcc >/dev/null && echo $$p && break; done)
    CROSS_COMPILE := $(patsubst native,,$(or $(found_prefix),$(firstword $(TOOLCHAIN_PREFIXES))))
  endif
  CC := $(CROSS_COMPILE)gcc
endif
NM      := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
READELF := $(CROSS_COMPILE)readelf

warnings := -Wall -Wextra -Wmissing-prototypes -Wshadow -Wstrict-prototypes -Wundef -Wvla \
    $(if $(filter 1,$(WERROR)),-Werror)
CPPFLAGS := -Iinclude -Iarch/$(ARCH)/include -include $S/config.h -ffile-prefix-map=$(CURDIR)=.
y_PROTECT := -fstack-protector-strong $(GUARD_FLAGS) -fstack-clash-protection \
    --param=stack-clash-protection-guard-size=12
n_PROTECT := -fno-stack-protector
y_UNWIND  := -fexceptions -fnon-call-exceptions -fasynchronous-unwind-tables
n_UNWIND  := -fno-exceptions -fno-asynchronous-unwind-tables -fno-unwind-tables
y_UBSAN   := -fsanitize=undefined -fsanitize-undefined-trap-on-error
# Every check a call; red zones around variables too.
kasan_offset := $(if $(filter y,$(CONFIG_KASAN)),$(shell \
    sed -n 's/^.define KASAN_OFFSET *\(0x[0-9a-f]*\).*/\1/p' include/ossa/kasan.h))
y_KASAN   := -fsanitize=kernel-address -fsanitize-address-use-after-scope -fasan-shadow-offset=$(kasan_offset) \
    --param=asan-instrumentation-with-call-threshold=0 --param=asan-stack=1 --param=asan-globals=1 \
    --param=asan-instrument-allocas=1
CFLAGS   := -std=gnu11 -O$(CONFIG_OPTIMIZE) -g -gno-record-gcc-switches $(warnings) -ffreestanding -fno-common \
    -fno-pic -fno-pie -fno-strict-aliasing -fno-delete-null-pointer-checks --param=min-pagesize=0 -ffunction-sections \
    -fdata-sections $($(CONFIG_PANIC_UNWIND)_UNWIND) $($(CONFIG_STACK_PROTECTOR)_PROTECT) \
    $($(CONFIG_UBSAN)_UBSAN) $($(CONFIG_KASAN)_KASAN) $(ARCH_CFLAGS)
LDFLAGS  := -nostdlib -static -no-pie -Wl,--build-id=sha1 -Wl,--gc-sections -Wl,-z,max-page-size=4096 \
    -Wl,-z,noexecstack -Wl,--orphan-handling=error -Wl,--fatal-warnings \
    $(if $(filter y,$(CONFIG_PANIC_UNWIND)),-Wl$(comma)--eh-frame-hdr) $(ARCH_LDFLAGS)
# The unwinder and the report read damaged stacks, the former its own frames included: a check there could only fail
# where help is due. Nor can the checks of accesses check themselves; their loops must not become calls of memset. And
# allocators may touch what is free.
unchecked := arch/$(ARCH)/instructions.% \
    $(addprefix kernel/,stack.% unwind/% kasan/% report/% memory/heap% memory/page.% memory/section.%)
$(unchecked:%=$S/%.o): CFLAGS := $(filter-out $(y_KASAN),$(CFLAGS)) \
    $(if $(filter y,$(CONFIG_KASAN)),-include kernel/kasan/unchecked.h)
$S/kernel/unwind/%.o $S/kernel/kasan/%.o: CFLAGS += -fno-stack-protector
$S/kernel/kasan/%.o: CFLAGS += -fno-tree-loop-distribute-patterns
# The three that kernel/kasan/string.c has.
$S/lib/string.c.o: CFLAGS += $(if $(filter y,$(CONFIG_KASAN)),$(foreach f,memcpy memmove memset,-D$f=slow_$f))
# Tests are compiled in half the time.
$(foreach f,tests/kernel tests/fatal arch/$(ARCH)/tests,$S/$f/%.o): CFLAGS := $(CFLAGS:-O2=-Og)
# Macros in place of string functions: in all but lib/, which knows nothing of panics.
y_FORTIFY := -include ossa/fortify.h
$S/kernel/%.c.o $S/arch/%.c.o $S/tests/%.c.o: CPPFLAGS += $($(CONFIG_FORTIFY)_FORTIFY)
# The compiler must not turn the loops of memset and memcpy into calls of themselves.
$S/lib/string.c.o: CFLAGS += -fno-tree-loop-distribute-patterns

$(call update,$B/append,$(APPEND))
$(call update,$S/flags,$(subst $(CURDIR),.,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)))

# == Sources: a file belongs to the kernel by lying in one of these folders ===========================================

# scripts/test gives fewer TEST_FOLDERS to a kernel that is long to compile.
TEST_FOLDERS := arch/$(ARCH)/tests tests/kernel tests/fatal $(addprefix tests/kernel/,$(parts))
y_TEST       := $(TEST_FOLDERS)
y_BENCH      := tests/bench
source_folders := arch/$(ARCH) kernel lib $(addprefix kernel/,$(parts)) $($(CONFIG_TEST)_TEST) $($(CONFIG_BENCH)_BENCH)
# The <part>.c, <part>.S or <part>_*.c of a port, its tests' <part>.c, and the <part>.c of another part go with
# kernel/<part>/; a test or bench kernel has an init() of its own.
not_sources := arch/$(ARCH)/kernel.ld.S \
    $(foreach p,$(left_out),$(wildcard arch/$(ARCH)/$p.[cS] arch/$(ARCH)/$p_*.c arch/$(ARCH)/tests/$p.c \
    kernel/*/$p.c tests/kernel/*/$p.c)) \
    $(if $(filter y,$(CONFIG_TEST) $(CONFIG_BENCH)),kernel/init.c)
sources := $(filter-out $(not_sources),$(foreach f,$(source_folders),$(sort $(wildcard $f/*.c $f/*.S))))
assembly_folder := $(if $(filter y,$(CONFIG_BOOT_DIRTY)),dirty/)
objects := $(patsubst $S/%.S.o,$S/$(assembly_folder)%.S.o,$(sources:%=$S/%.o))
$(call update,$B/objects,$(objects))

# == Build ============================================================================================================

quiet := $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS))))
say = $(if $(filter 1,$(V)),,$(if $(quiet),,$(info $()  $1	$2))@)

.PHONY: all image
all: image  ## build the kernel and its boot image
image: $(if $(filter grub%,$(FIRMWARE)),$B/ossa.iso,$B/ossa.elf $(IMAGES))  ## what FIRMWARE boots

$S/%.c.o: %.c $S/flags $S/config.h
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

assemble = $(call say,AS,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -include ossa/assembly.h -DCONFIG_BOOT_DIRTY=$1 -MMD -MP \
    -c $< -o $@
$S/%.S.o: %.S $S/flags $S/config.h
	$(call assemble,0)
$S/dirty/%.S.o: %.S $S/flags $S/config.h
	$(call assemble,1)

$B/kernel.ld: arch/$(ARCH)/kernel.ld.S $S/flags $S/config.h
	$(call say,CPP,$<)$(CC) $(CPPFLAGS) -Ikernel -E -P -undef -x c -MMD -MP -MT $@ $< -o $@

.PHONY: toolchain
$(objects) $B/kernel.ld: | toolchain
# It makes the folders too: a compiler that is started without a shell and a mkdir before it takes a twentieth less.
toolchain:
	@command -v $(firstword $(CC)) >/dev/null || { scripts/deps --missing compiler $(ARCH); exit 1; }
	@mkdir -p $(sort $(dir $(objects)))

link = $(CC) $(CFLAGS) $(LDFLAGS) -T $B/kernel.ld $(objects)
y_SYMBOLS := $B/symbols.o
symbols := $($(CONFIG_SYMBOLS)_SYMBOLS)

$B/ossa.elf: $(objects) $B/objects $B/kernel.ld $(symbols)
	$(call say,LINK,$@)$(link) $(symbols) -Wl,-Map=$B/ossa.map -o $@
	$(if $(symbols),@scripts/make-symbols $(NM) $@ | cmp - $B/symbols.s || { echo "$@: its table of symbols moved what it \
	    names" >&2; exit 1; })
	$(if $(filter y,$(CONFIG_PANIC_UNWIND)),@scripts/check-unwind $(NM) $(READELF) $@)

# The table of symbols is made from a kernel without one. It lies behind all code, so that adding it moves no function.
$B/nameless.elf: $(objects) $B/objects $B/kernel.ld
	$(call say,LINK,$@)$(link) -Wl,--strip-debug -o $@

$B/symbols.o: $B/nameless.elf scripts/make-symbols
	$(call say,SYMBOLS,$@)scripts/make-symbols $(NM) $< >$B/symbols.s && $(CC) $(CFLAGS) -g0 -c $B/symbols.s -o $@

$B/Image: $B/ossa.elf
	$(call say,IMAGE,$@)$(OBJCOPY) -O binary $< $@

$B/ossa.iso: $B/ossa.elf $B/append scripts/make-iso
	$(call say,ISO,$@)OBJCOPY=$(OBJCOPY) scripts/make-iso $< $@ "$$(cat $B/append)"

-include $(objects:.o=.d) $B/kernel.d

# == Run, debug, test =================================================================================================

# tb-size, MiB of translated code: a short run takes a sixth longer with QEMU's default of 1024.
ACCEL ?= $(if $(filter 1,$(KVM)),kvm -cpu host,tcg$(comma)tb-size=64)
qemu_command = $(QEMU) $(QEMU_$(FIRMWARE)) -accel $(ACCEL) \
    -m $(MEM) -smp $(SMP) -display none -serial mon:stdio -nodefaults -no-reboot $(QEMU_ARGS)

.PHONY: run debug qemu-command test soak bench matrix host-tests
run: image  ## boot the kernel in QEMU; Ctrl-A X leaves
	@scripts/run --timeout $(TIMEOUT) -- $(qemu_command)

debug: image  ## boot and wait for gdb, which the line printed starts
	@echo 'gdb-multiarch -ex "target remote :1234" $B/ossa.elf'
	@scripts/run -- $(qemu_command) -s -S

qemu-command:
	@echo '$(subst ','\'',$(qemu_command))'

test:  ## run every test: host, style, kernel on every architecture (ARCH=a: on one)
	@scripts/test --arch "$(or $(given_arch),$(ports))" --out $(O)/test $(if $(T),--name $(T))

matrix:  ## every firmware with more machines, CPUs and memory sizes; takes long
	@scripts/test --arch "$(or $(given_arch),$(ports))" --out $(O)/matrix --matrix

soak:  ## random tests for SOAK seconds each, 60 if not given; SEED=n repeats a run
	@scripts/test --arch "$(or $(given_arch),$(ports))" --out $(O)/soak --soak $(or $(SOAK),60) \
	    $(if $(SEED),--seed $(SEED)) $(if $(T),--name $(T))

bench:  ## instructions of boot phases and of small things
	@scripts/bench --arch "$(or $(given_arch),$(ports))" --out $(O)/bench $(if $(T),--name $(T))

-include tests/host/host.mk

# == Everything else ==================================================================================================

.PHONY: files doctor menuconfig savedefconfig container compile_commands.json clean distclean help print-%
files: $B/ossa.elf  ## the kernel's sources in reading order, with line counts
	@scripts/files $(ARCH) $B

doctor:  ## list every tool with its version, or the package that brings it
	@scripts/deps --doctor --arch "$(or $(given_arch),$(ports))"

menuconfig:  ## change options, with help for each
	@scripts/kconfig menuconfig --arch $(ARCH) --fragments "$(CONFIG)" --user $(user_config)

savedefconfig:  ## print the options that differ from the port's
	@scripts/kconfig savedefconfig --arch $(ARCH) --fragments "$(CONFIG)" --user $(user_config)

container_tool ?= $(or $(shell command -v podman),docker)
container:  ## make T (run, test ...) in a container that has the tools
	$(container_tool) build -t ossa -f Containerfile .
	$(container_tool) run --rm -it -v $(CURDIR):/ossa ossa make $(or $(T),run)

compile_commands.json: $(O)/compile_commands.json  ## for clangd and other tools, in O
$(O)/compile_commands.json: $S/flags $(sources)
	@{ $(foreach s,$(sources),echo '{"directory": "$(CURDIR)"$(comma) "file": "$s"$(comma) "command":'; \
	    echo ' "$(CC) $(CPPFLAGS) $(CFLAGS) -c $s"}';) } | sed '1s/^/[/; $$!s/}$$/},/; $$s/$$/]/' >$@

clean:  ## remove what was built for ARCH, not what menuconfig chose
	find $(O)/$(ARCH) -mindepth 1 ! -name user.config -delete

distclean:  ## remove all output, the user's configuration too
	rm -rf $(O)

help:  ## this list
	@echo 'Targets:'; sed -n 's/^\([a-z_.-]*\):.*  ## \(.*\)/  \1	\2/p' Makefile $(wildcard tests/host/*.mk) | \
	    expand -t 25
	@echo 'Variables, as in make ARCH=riscv64 SMP=4 run:'; sed -n 's/^#v  /  /p' Makefile
	@echo 'Ports: $(ports).  FIRMWARE of $(ARCH): $(FIRMWARES)'

print-%:
	@echo '$($*)'

endif
