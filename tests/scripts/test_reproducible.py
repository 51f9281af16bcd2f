#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Builds every port twice, in folders, at times, with umasks, locales and numbers of jobs that differ, and compares the
kernels and images byte for byte; prints KTAP version 1."""
import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORTS = sorted(name for name in os.listdir(os.path.join(ROOT, "arch")) if name != "template")
IMAGES = ("ossa.elf", "Image", "ossa.iso")
# Where below the temporary folder, when the sources were written (0: now), umask, and make's environment and arguments.
BUILDS = (("first", 0, 0o022, {"TZ": "UTC", "LC_ALL": "C"}, ["-j1", "O=build"]),
          ("second/much/deeper", 978307200, 0o077, {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}, ["-j4", "O=out"]))


def copy_sources(folder, written):
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
                           check=True, universal_newlines=True).stdout.split("\0")
    for name in names:
        if name and os.path.isfile(os.path.join(ROOT, name)):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), path)
            if written:
                os.utime(path, (written, written))


def build(top, port):
    """Where the two builds' images are."""
    made = []
    for below, written, mask, variables, arguments in BUILDS:
        folder = os.path.join(top, below)
        before = os.umask(mask)
        try:
            if not os.path.exists(folder):
                copy_sources(folder, written)
            environment = {"PATH": os.environ["PATH"], **variables}
            result = subprocess.run(["make", "-s", "ARCH=" + port, *arguments, "image"], cwd=folder, env=environment,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    universal_newlines=True, timeout=200)
        finally:
            os.umask(before)
        if result.returncode:
            raise AssertionError("make ARCH=%s: exit status %d\n%s" % (port, result.returncode, result.stdout))
        made.append(os.path.join(folder, arguments[-1].partition("=")[2], port))
    return made


def compare(top, port):
    first, second = build(top, port)
    images = [name for name in IMAGES if os.path.exists(os.path.join(first, name))]
    if IMAGES[0] not in images or len(images) < 2:
        raise AssertionError("got %s, want a kernel and an image" % images)
    for name in images:
        if not filecmp.cmp(os.path.join(first, name), os.path.join(second, name), shallow=False):
            raise AssertionError("%s differs between the two builds" % name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    print("KTAP version 1\n1..%d" % len(PORTS), flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="reproducible-") as top:
        for number, port in enumerate(PORTS, 1):
            result = "ok"
            try:
                compare(top, port)
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                result = "not ok"
                failed += 1
                print("\n".join("# " + line for line in str(error).split("\n")))
            print("%s %d reproducible_%s" % (result, number, port), flush=True)
    sys.exit(1 if failed else 0)


main()
