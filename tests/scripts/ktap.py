# SPDX-License-Identifier: 0BSD
"""What the tests of scripts share: KTAP version 1 of a list of tests, copies of the source tree, its ports."""
import functools
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORTS = sorted(name for name in os.listdir(os.path.join(ROOT, "arch")) if name != "template")


class Skip(Exception):
    """A test cannot be run here; the text says why."""


TESTS = []  # the functions that test() has collected, in order


def test(function):
    """Decorator: makes the function one of run_collected()'s tests, by its own name."""
    TESTS.append(function)
    return function


def run_collected(*arguments):
    run([(function.__name__, functools.partial(function, *arguments)) for function in TESTS])


def skip_collected(why):
    def skip():
        raise Skip(why)
    run([(function.__name__, skip) for function in TESTS])


def want(condition, *said):
    if not condition:
        raise AssertionError("\n".join(str(text) for text in said))


def run(tests):
    """Runs [(name, function without arguments)] in order, and exits: with 0 if none has raised an exception but Skip."""
    print("KTAP version 1\n1..%d" % len(tests), flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        result, skipped = "ok", ""
        try:
            function()
        except Skip as why:
            skipped = " # SKIP %s" % why
        except Exception as error:
            result = "not ok"
            failed += 1
            # A line of what failed must not look like a result.
            print("".join("# %s\n" % line.replace("ok ", "ok_") for line in str(error).split("\n")), end="")
        print("%s %d %s%s" % (result, number, name, skipped), flush=True)
    sys.exit(1 if failed or not tests else 0)


def list_tree():
    """What belongs to the source tree: as git sees it or, in an export, all but build/."""
    if os.path.exists(os.path.join(ROOT, ".git")):
        names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
                               check=True, universal_newlines=True).stdout.split("\0")
    else:
        names = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, _, files in os.walk(ROOT) for name in files]
    return [name for name in names if os.path.isfile(os.path.join(ROOT, name)) and not name.startswith("build/")]


def copy_tree(folder, written=None):
    """Copies the source tree; `written`: the time at which all of it shall seem to have been."""
    for name in list_tree():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, name), path)
        if written is not None:
            os.utime(path, (written, written))
