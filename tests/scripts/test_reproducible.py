#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Builds every port twice, in folders, at times, with umasks, locales and numbers of jobs that differ, and compares the
kernels and images byte for byte; prints KTAP version 1."""
import argparse
import filecmp
import functools
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402

IMAGES = ("ossa.elf", "Image", "ossa.iso")
# Where below the temporary folder, when the sources were written, umask, and make's environment and arguments.
BUILDS = (("first", None, 0o022, {"TZ": "UTC", "LC_ALL": "C"}, ["-j1", "O=build"]),
          ("second/much/deeper", 978307200, 0o077, {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}, ["-j4", "O=out"]))


def build(top, port):
    """Where the two builds' images are."""
    made = []
    for below, written, mask, variables, arguments in BUILDS:
        folder = os.path.join(top, below)
        before = os.umask(mask)
        try:
            if not os.path.exists(folder):
                ktap.copy_tree(folder, written)
            environment = {"PATH": os.environ["PATH"], **variables}
            result = subprocess.run(["make", "-s", "ARCH=" + port, *arguments, "image"], cwd=folder, env=environment,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    universal_newlines=True, timeout=200)
        finally:
            os.umask(before)
        ktap.want(result.returncode == 0, "make ARCH=%s: exit status %d" % (port, result.returncode), result.stdout)
        made.append(os.path.join(folder, arguments[-1].partition("=")[2], port))
    return made


def compare(top, port):
    first, second = build(top, port)
    images = [name for name in IMAGES if os.path.exists(os.path.join(first, name))]
    ktap.want(IMAGES[0] in images and len(images) > 1, "got %s, want a kernel and an image" % images)
    for name in images:
        same = filecmp.cmp(os.path.join(first, name), os.path.join(second, name), shallow=False)
        ktap.want(same, "%s differs between the two builds" % name)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="reproducible-") as top:
        ktap.run([("reproducible_" + port, functools.partial(compare, top, port)) for port in ktap.PORTS])


main()
