#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Puts each init() that README shows in the place of kernel/init.c, on every port, and sees that it does what README
says; prints KTAP version 1."""
import argparse
import functools
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402
sys.path.insert(0, os.path.join(ktap.ROOT, "scripts"))
import guest  # noqa: E402

BREAK = "*(volatile int *)0 = 1;"


def read_examples():
    """The C sources with an init() of their own."""
    with open(os.path.join(ktap.ROOT, "README.md"), encoding="utf-8") as file:
        text = file.read()
    ktap.want("`%s`" % BREAK in text, "README does not tell to put %s before the return" % BREAK)
    return [block for block in re.findall(r"```c\n(.*?)```", text, re.S) if re.search(r"^int init\(void\)", block, re.M)]


def run(folder, arch, source, status, *words):
    with open(os.path.join(folder, "kernel", "init.c"), "w", encoding="utf-8") as file:
        file.write(source)
    firmware, = guest.make_variables(arch, "TEST_FIRMWARE")
    result = guest.make("-C", folder, "ARCH=" + arch, "CONFIG=", "FIRMWARE=" + firmware, "APPEND=", "SMP=2", "MEM=128M",
                        "QEMU_ARGS=", "WERROR=1", "O=build", "image", "qemu-command")
    ktap.want(result.status == 0, result.why, result.output)
    command = [word.replace("build/", os.path.join(folder, "build", "")) for word in
               guest.command_line_of(result.output)]
    booted = guest.boot(command, 60)
    ktap.want(booted.status == status, "exit status: got %s, want %d" % (booted.status, status), booted.output)
    for word in words:
        ktap.want(word in booted.output, "want the words `%s'" % word, booted.output)


def run_all(folder, arch):
    """README has two: one that greets, and can be broken, and one in which a parent catches."""
    greets, catches = read_examples()
    run(folder, arch, greets, 0, "Hello from %s!" % arch)
    run(folder, arch, greets.replace("    return", "    %s\n    return" % BREAK), 101, "panic: null pointer write: ",
        " init+0x")
    run(folder, arch, catches, 101, "caught: null pointer write: ",
        "the parent goes on; 0 objects are missing, the mutex is free",
        "panic: disk is poisoned by the trap at drive+0x", "  at      kernel/init.c:", ", in drive")


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        ktap.copy_tree(folder)
        ktap.run([("readme_" + port, functools.partial(run_all, folder, port)) for port in ktap.PORTS])


main()
