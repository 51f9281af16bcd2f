#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Tests scripts/symbolize on a small program of the host's compiler; prints KTAP version 1.

No kernel is needed: the program is linked at a kernel's address, is never run, and its log is made up.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402

SYMBOLIZE = os.path.join(ktap.ROOT, "scripts", "symbolize")
ID = "00112233445566778899aabbccddeeff01234567"
PROGRAM = """\
volatile int value;
void __attribute__((noreturn, noinline)) end(void) { for (;;) value++; }
static inline void __attribute__((always_inline)) inner(void)
{
    value = 7;
}
void __attribute__((noinline)) outer(void)
{
    inner();
}
void __attribute__((noinline)) dies(void)
{
    value = 1;
    end(); /* line 14 */
}
void _start(void) { outer(); dies(); }
"""
def check(got, want, what):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


class Program:
    """The program, below a folder like build/."""

    def __init__(self, folder):
        self.build = os.path.join(folder, "build")
        self.elf = os.path.join(self.build, "some", "kernel.elf")
        os.makedirs(os.path.dirname(self.elf))
        source = os.path.join(folder, "program.c")
        with open(source, "w") as file:
            file.write(PROGRAM)
        subprocess.run(["gcc", "-g", "-O1", "-ffreestanding", "-nostdlib", "-static", "-no-pie", "-fno-pie",
                        "-ffile-prefix-map=%s=." % folder, "-Wl,--build-id=0x" + ID, "-Wl,-Ttext=0x10000000",
                        "program.c", "-o", self.elf], cwd=folder, check=True)
        self.symbols = {}
        for line in subprocess.run(["nm", "-S", self.elf], check=True, stdout=subprocess.PIPE,
                                   universal_newlines=True).stdout.split("\n"):
            fields = line.split()
            if len(fields) == 4:
                self.symbols[fields[3]] = int(fields[0], 16), int(fields[1], 16)

    def named(self, name, offset):
        return "%s+%#x/%#x" % (name, offset, self.symbols[name][1])

    def symbolize(self, log, *arguments):
        result = subprocess.run([sys.executable, SYMBOLIZE] + list(arguments or ("--build", self.build)),
                                input=log.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return result.returncode, result.stdout.decode(), result.stderr.decode()


@ktap.test
def raw_address_with_inlined_frames(program):
    log = "build %s\n  at %016x, or so\nthe rest\n" % (ID, program.symbols["outer"][0])
    status, output, errors = program.symbolize(log)
    check((status, errors), (0, ""), "status and errors")
    lines = output.split("\n")
    check(lines[:2] + lines[4:], log.split("\n"), "lines of the log")
    added = ["        at program.c:5, in inner", "        inlined at program.c:9, in outer"]
    check(lines[2:4], added, "what was added")


@ktap.test
def return_address_at_the_end_of_a_function(program):
    start, size = program.symbols["dies"]
    want = "        at program.c:14, in dies\n"
    named = program.named("dies", size)
    for form in named, "%#x" % (start + size), "%#x %s" % (start + size, named):
        log = "build %s\n    %s\n" % (ID, form)
        check(program.symbolize(log), (0, log + want, ""), form)


@ktap.test
def first_address_of_a_function(program):
    log = "build %s\n    %s\n" % (ID, program.named("_start", 0))
    check(program.symbolize(log), (0, log + "        at program.c:16, in _start\n", ""), "exact address")


@ktap.test
def addresses_of_one_line_are_told_apart(program):
    pc = "%016x" % program.symbols["end"][0]
    log = "build %s\n  pc %s ra %s sp %016x\n" % (ID, pc, pc, 0x7fff0000)
    check(program.symbolize(log)[1], log + ("        %s at program.c:2, in end\n" % pc) * 2, "output")


@ktap.test
def calls_of_other_cpus(program):
    log = "build %s\n  cpu     1, thread boot, 7 ticks after entry\n    %016x %s\n  cpu 2  thread idle 2\n    %016x %s\n"
    first, second = program.symbols["outer"][0], program.symbols["_start"][0]
    log %= ID, first, program.named("outer", 0), second, program.named("_start", 0)
    status, output, errors = program.symbolize(log)
    check((status, errors), (0, ""), "status and errors")
    check([line for line in output.split("\n") if not line.startswith("        ")], log.split("\n"), "the log's lines")
    check(re.findall(r"\n        (at .*)", output), ["at program.c:5, in inner", "at program.c:16, in _start"], "added")


@ktap.test
def everything_else_stays(program):
    build_id = " ".join(re.findall("..", ID[:16]))
    log = "\x1b[1mboot\r\nbuild %s\r\n%s\r\n12+0x3/0x4 0x10 deadbeef\r\nno newline"
    log %= build_id, program.named("outer", 0)
    status, output, errors = program.symbolize(log)
    check((status, errors), (0, ""), "status and errors")
    check(re.sub(r" {8}\S.*\r\n", "", output), log, "without what was added")
    check(len(re.findall(r" {8}\S.*\r\n", output)), 2, "lines added")


@ktap.test
def build_id_after_the_addresses(program):
    log = "%s\nlater: build %s\n" % (program.named("_start", 0), ID)
    check(program.symbolize(log)[1].split("\n")[1], "        at program.c:16, in _start", "second line")


@ktap.test
def wrong_elf_is_refused(program):
    log = "build 99%s\n%s\n" % (ID[2:], program.named("outer", 0))
    for arguments, words in ((), "no ELF below"), (("--elf", program.elf), "has build id " + ID):
        status, output, errors = program.symbolize(log, *arguments)
        check((status, output, words in errors), (1, log, True), errors)


@ktap.test
def elf_without_build_id_in_the_log(program):
    log = "%s\n" % program.named("_start", 0)
    want = log + "        at program.c:16, in _start\n"
    check(program.symbolize(log, "--elf", program.elf), (0, want, ""), "with --elf")
    status, output, errors = program.symbolize(log)
    check((status, output, "--elf" in errors), (1, log, True), errors)


@ktap.test
def unknown_symbol_and_no_elf(program):
    log = "build %s\nnobody+0x1/0x2\n" % ID
    status, output, errors = program.symbolize(log)
    check((status, output, "no function nobody" in errors), (1, log, True), errors)
    for path, words in (os.path.join(program.build, "none"), "No such file"), (SYMBOLIZE, "not a 64-bit ELF"):
        status, output, errors = program.symbolize(log, "--elf", path)
        check((status, words in errors, "Traceback" in errors), (1, True, False), errors)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    missing = [tool for tool in ("gcc", "nm", "addr2line", "objdump") if not shutil.which(tool)]
    if missing:
        ktap.skip_collected("no " + missing[0])
    with tempfile.TemporaryDirectory() as folder:
        ktap.run_collected(Program(folder))


main()
