#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Tests scripts/new-kernel: a copy under another name, from a checkout and from an export, that builds, boots and says
its name, and refusals that say what is wrong; prints KTAP version 1."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402

NAME = "ossa"
# Longer than the name it replaces and sorted after <std...>: moves columns and #include lines.
COPY_TITLE, COPY = "Vesper-2", "vesper_2"

def run(*command, cwd):
    drop = ("ARCH", "FIRMWARE", "CONFIG", "APPEND", "SMP", "MEM", "T", "O", "V", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    environment = {key: value for key, value in os.environ.items() if key not in drop}
    return subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, errors="replace", timeout=120)


@ktap.test
def copy_has_one_commit(folder, _):
    made = run("scripts/new-kernel", os.path.join(folder, "copy"), COPY_TITLE, cwd=ktap.ROOT)
    ktap.want(made.returncode == 0, made.stdout)
    log = run("git", "log", "--format=%s", cwd=os.path.join(folder, "copy")).stdout.strip()
    ktap.want(log and "\n" not in log, "git log: got", log, "want one commit")
    state = run("git", "status", "--porcelain", cwd=os.path.join(folder, "copy")).stdout
    ktap.want(not state, "git status: got", state, "want nothing")


@ktap.test
def copy_has_no_old_name(folder, _):
    found = run("git", "grep", "-inI", NAME, "--", ".", ":!LICENSE", ":!LICENSES", ":!.reuse", ":!README.md",
                ":!scripts/new-kernel", cwd=os.path.join(folder, "copy"))
    # The name may be part of a word.
    lines = [line for line in found.stdout.splitlines() if re.search(r"(?<![a-z])(lib)?%s(?![a-z])" % NAME, line, re.I)]
    ktap.want(not lines, *lines)
    ktap.want(os.path.isdir(os.path.join(folder, "copy", "include", COPY)), "no include/" + COPY)


@ktap.test
def copy_boots(folder, arch):
    copy = os.path.join(folder, "copy")
    with open(os.path.join(copy, "arch", arch, "arch.mk"), encoding="utf-8") as file:
        firmware = re.search(r"^TEST_FIRMWARE\s*:?=\s*(\S+)", file.read(), re.M)
    booted = run("make", "-j2", "ARCH=" + arch, "FIRMWARE=" + firmware.group(1), "TIMEOUT=60", "run", cwd=copy)
    ktap.want(booted.returncode == 0, "exit status %d" % booted.returncode, booted.stdout)
    ktap.want(re.search(r"\b%s \d" % COPY_TITLE, booted.stdout), "no banner with", COPY_TITLE, booted.stdout)
    ktap.want(re.search(r"\bready\b", booted.stdout), "no ready", booted.stdout)
    ktap.want(os.path.exists(os.path.join(copy, "build", arch, COPY + ".elf")), "no %s.elf" % COPY)


@ktap.test
def copy_keeps_style(folder, _):
    checked = run("scripts/check-style", "--only", "conditions", "extern", "preprocessor", "licence", "port_files",
                  "text", "format", "clean", cwd=os.path.join(folder, "copy"))
    ktap.want(checked.returncode == 0, checked.stdout)


@ktap.test
def copy_has_host_library(folder, _):
    library = "build/host/lib%s.a" % COPY
    made = run("make", "-j2", library, cwd=os.path.join(folder, "copy"))
    ktap.want(made.returncode == 0, made.stdout)
    names = run("nm", "-g", "--defined-only", library, cwd=os.path.join(folder, "copy")).stdout
    ktap.want(re.search(r" T %s_memcpy$" % COPY, names, re.M), "no %s_memcpy in" % COPY, names)
    others = [line for line in names.splitlines() if re.search(r" [A-Z] (?!%s_)" % COPY, line)]
    ktap.want(not others, "without the prefix:", *others)


@ktap.test
def export_copies_too(folder, _):
    export = os.path.join(folder, "export")
    shutil.copytree(os.path.join(folder, "copy"), export, ignore=shutil.ignore_patterns(".git", "build"))
    made = run("scripts/new-kernel", os.path.join(folder, "second"), "Nova", cwd=export)
    ktap.want(made.returncode == 0, made.stdout)
    first = run("git", "ls-files", cwd=os.path.join(folder, "copy")).stdout.replace(COPY, "nova")
    second = run("git", "ls-files", cwd=os.path.join(folder, "second")).stdout
    ktap.want(sorted(first.split()) == sorted(second.split()), "other files:", second)


@ktap.test
def refuses_by_name(folder, _):
    cases = [("new", "9lives", "a letter, then"), ("new", "a b", "a letter, then"), ("new", "x" * 21, "a letter, then"),
             ("new", "While", "a word of C's"), ("new", "Arch", "no prefix here"),
             ("new", NAME.title(), "another name"), ("copy", "Nova", "does not exist"),
             ("no/new", "Nova", "one that exists"), ("ne w", "Nova", "without blanks"),
             (os.path.join(ktap.ROOT, "build-new"), "Nova", "outside")]
    for where, name, said in cases:
        result = run("scripts/new-kernel", os.path.join(folder, where), name, cwd=ktap.ROOT)
        ktap.want(result.returncode and said in result.stdout and result.stdout.count("\n") == 1, "new-kernel %s %s: got"
             % (where, name), result.stdout, "want one line with `%s'" % said)
        ktap.want(where == "copy" or not os.path.exists(os.path.join(folder, where)), "%s: made all the same" % where)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="x86_64", help="the port that is built and booted (x86_64)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="new-kernel-") as folder:
        ktap.run_collected(folder, arguments.arch)


main()
