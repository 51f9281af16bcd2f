#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Breaks each rule of scripts/check-style in a copy of the tree and sees that it is said; prints KTAP version 1.

A break is an edit of the copy, undone afterwards, and what the rule must then say. Needs what builds and runs one port.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402

NAME = "ossa"
PAGE = "include/%s/arch.h" % NAME
MAIN = "kernel/main.c"
BREAKS = []


def breaks(rule, *said):
    def add(function):
        BREAKS.append((rule, function.__name__, function, said))
        return function
    return add


class Copy:
    """A copy of the tree whose edits can be undone."""

    def __init__(self, root):
        self.root, self.saved = root, {}
        ktap.copy_tree(root)
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)

    def at(self, path):
        return os.path.join(self.root, path)

    def read(self, path):
        with open(self.at(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        self.saved.setdefault(path, self.read(path) if os.path.exists(self.at(path)) else None)
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write(text)

    def append(self, path, text):
        self.write(path, self.read(path) + text)

    def replace(self, path, pattern, text):
        new, count = re.subn(pattern, text, self.read(path), count=1, flags=re.M)
        if not count:
            raise AssertionError("%s: nothing like %s" % (path, pattern))
        self.write(path, new)

    def restore(self):
        for path, text in self.saved.items():
            if text is None:
                os.remove(self.at(path))
            else:
                with open(self.at(path), "w", encoding="utf-8") as file:
                    file.write(text)
        self.saved.clear()

    def check(self, arch, *rules):
        command = [sys.executable, self.at("scripts/check-style"), "--arch", arch, "--only"] + list(rules)
        environment = {key: value for key, value in os.environ.items() if key not in ("WERROR", "MAKEFLAGS")}
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                                env=environment)  # what is broken on purpose must compile all the same
        return result.returncode, result.stdout


@breaks("interface", r"got \d+ names, want at most 60", r"got \d+ lines, want at most 250", "in the group Hello",
        "main.c:.*arch_unknown is not in", "main.c:.*arch_halt is defined outside", "main.c:.*ARCH_X is not in")
def interface_grows(copy):
    names = " ".join("arch_name_%d" % i for i in range(61))
    copy.replace(PAGE, r"(== Hello[^*]*\*/\n)", r"\1/* %s */\n" % names + "\n" * 250)
    copy.append(MAIN, "\n#define ARCH_X arch_unknown\nvoid arch_halt(void)\n{\n}\n")


@breaks("interface", "arch/{arch}:1: does not define arch_surplus", "arch/template:1: does not define arch_surplus",
        "arch/{arch}:1: does not define arch_inline_surplus", "arch/{arch}/machine.c:.*: arch_of_mine is not in")
def interface_not_given(copy):
    copy.replace(PAGE, r"(^#include <arch/cpu.h>)",
                 r"void arch_surplus(void);\n__attribute__((unused)) static inline void arch_inline_surplus(void);\n\1")
    copy.append("arch/%s/machine.c" % copy.arch, "\nvoid arch_of_mine(void);\n")


@breaks("conditions", MAIN + r":\d+: #" + r"if defined\(__x86_64__\)", MAIN + r":\d+: #" + r"elif CONFIG_ARCH_X")
def conditions_on_isa(copy):
    copy.append(MAIN, "#" "if defined(__x86_64__)\n#" "elif CONFIG_ARCH_X\n#endif\n")


@breaks("extern", MAIN + r":\d+: belongs in a header: extern int x;")
def extern_in_c(copy):
    copy.append(MAIN, "/* extern is fine here */ static const char *s = \"extern\";\n    extern int x;\n")


@breaks("preprocessor", MAIN + r":\d+: in broken: #ifdef X", MAIN + r":\d+: in broken: #endif")
def preprocessor_in_function(copy):
    copy.append(MAIN, "#if 1\nint a[] = {\n#ifdef Y\n#endif\n};\n#endif\n")
    copy.append(MAIN, "void broken(int a[2])\n{\n#ifdef X\n    {\n    }\n#endif\n}\n")


@breaks("licence", "docs/x.sh:1: want", "kernel/x.c:1: want")
def licence_missing(copy):
    copy.write("docs/x.sh", "#!/bin/sh\ntrue\n")
    copy.write("kernel/x.c", "\n/* SPDX-License-" "Identifier: 0BSD */\n")


@breaks("port_files", "arch/mips/entry.S:1: missing")
def port_files_missing(copy):
    copy.write("arch/mips/arch.mk", "")


@breaks("text", MAIN + r":\d+: blanks at the end", MAIN + r":\d+: a tab", MAIN + r":\d+: got 121 columns",
        MAIN + r":\d+: a path of one machine", "Makefile:.*got 122 columns", "kernel/x.c:1: no newline")
def text_untidy(copy):
    copy.append(MAIN, "int a; \n\tint b;\n%s\n%s\n/* %s */\n" % ("c" * 121, NAME * 30, "/ho" + "me/me/x"))
    copy.append("Makefile", "#" * 122 + "\n")
    copy.write("kernel/x.c", "int x;")


@breaks("format", MAIN + r":\d+: clang-format -i would change it")
def format_unformatted(copy):
    copy.append(MAIN, "int  a;\n")


@breaks("reuse", "MIT")
def reuse_unknown_licence(copy):
    copy.write("kernel/x.c", "/* SPDX-License-" "Identifier: MIT */\n")


@breaks("tiny", r"configs/tiny.config:1: got \d+ lines of code for {arch}, want at most \d+")
def tiny_grows(copy):
    copy.append(MAIN, "struct filler;\n" * 2500)


@breaks("template", "make ARCH=template: .*undefined reference to `arch_power_off'")
def template_lacks_function(copy):
    for path in ("arch/template/" + name for name in os.listdir(copy.at("arch/template")) if name.endswith(".c")):
        copy.write(path, copy.read(path).replace("arch_power_off", "template_power_off"))
    copy.replace(PAGE, r"^(void )arch(_power_off\(.*\);)", r"\1arch\2\n\1template\2")


@breaks("folders", "kernel/log:1: without it, make ARCH={arch} run: .*undefined reference to `log_level'",
        "kernel/device:1: without it, make ARCH={arch} run: exit status .*")
def folders_needed(copy):
    copy.replace("include/%s/log.h" % NAME, r"\Z", "extern volatile unsigned log_level;\n")
    copy.append("kernel/log/log.c", "volatile unsigned log_level;\n")
    copy.replace("kernel/init.c", r"^(int init\(void\)\n{\n)", r"\1    log_level = 1;\n")
    copy.replace("kernel/init.c", r"return 0;", "return !CONFIG_DEVICE;")


@breaks("readme", r"README.md:\d+: Makefile Kconfig: got \d+ lines, want \d+")
def readme_is_old(copy):
    copy.append("Makefile", "\n" * 100)


@breaks("kconfig", "Kconfig:1: CONFIG_LOG for {arch} tiny: Kconfig reads 0, make 1")
def kconfig_disagrees(copy):
    copy.replace("Kconfig", r"^config LOG\n", "config LOG\n\tdepends on DEVICE || TEST\n")
    copy.replace("configs/tiny.config", r"^CONFIG_LOG=n\n", "CONFIG_LOG=y\n")


@breaks("dependencies", r"Kconfig:\d+: want one option that stands above, .*: depends on DEVICE .. TEST",
        r"Kconfig:\d+: want one option .*: depends on BENCH", "tests/kernel/nothing/x.c:1: in no kernel")
def dependencies_of_two_kinds(copy):
    copy.replace("Kconfig", r"^config LOG\n", "config LOG\n\tdepends on DEVICE || TEST\n")
    copy.replace("Kconfig", r"^config DEVICE\n", "config DEVICE\n\tdepends on BENCH\n")
    copy.write("tests/kernel/nothing/x.c", "/* SPDX-License-" "Identifier: 0BSD */\n")


@breaks("clean", "kernel/x.o:1: ignored by git", "kernel/y:1: appeared")
def clean_not(copy):
    copy.append(".gitignore", "*.o\n")
    copy.write("kernel/x.o", "")
    # Appears while check-style runs: its first rule builds, and this build writes where it must not.
    copy.append("Makefile", "$(shell touch kernel/y)\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="x86_64", help="the port that is built (x86_64)")
    parser.add_argument("--only", default="", help="breaks with this in their names")
    arguments = parser.parse_args()
    chosen = [entry for entry in BREAKS if arguments.only in entry[1]]

    print("KTAP version 1\n1..%d" % len(chosen), flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="check-style-") as folder:
        copy = Copy(folder)
        copy.arch = arguments.arch
        for number, (rule, name, edit, said) in enumerate(chosen, 1):
            try:
                edit(copy)
                # What `clean' finds, another rule's build must have left.
                status, output = copy.check(arguments.arch, *(["tiny", rule] if rule == "clean" else [rule]))
                missing = [text.format(arch=arguments.arch) for text in said]
                missing = [text for text in missing if not re.search(text, output)]
            except (AssertionError, OSError) as error:
                status, output, missing = 0, "", [str(error)]
            copy.restore()
            skipped = re.search(r"^ok \d+ %s( # SKIP .*)$" % rule, output, re.M)
            red = status == 1 and re.search(r"^not ok \d+ %s$" % rule, output, re.M) and not missing
            if not red and not skipped:
                failed += 1
                for line in ["not said: " + text for text in missing] + output.strip().split("\n"):
                    print("# " + line)
            result = "ok" if red or skipped else "not ok"
            print("%s %d %s%s" % (result, number, name, skipped.group(1) if skipped else ""), flush=True)
    sys.exit(1 if failed or not chosen else 0)


main()
