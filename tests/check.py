#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program runs every test and prints TAP, then a last line "N passed, N failed".

There are C programs (unit tests, and roles on a fake Xen; each is built plainly and with
sanitizers), Python tests in network namespaces, Python tests in the lab (real Xen), and
some Python tests that need neither.  `./check` builds what they need and then calls
this."""

import argparse
import collections
import concurrent.futures
import fnmatch
import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = 40    # so many tests are named at the end, with their seconds
RESULT = re.compile(r"(not )?ok\b *(?:\d+)? *-? *(\S+)(?: \(([0-9.]+) s\))?")


class Programs:
    """Programs are the C test programs of one build."""

    def __init__(self, build, suffix):
        self.build = ROOT / "build" / build
        self.suffix = suffix

    def programs(self):
        made = subprocess.run(["make", "-s", "-C", self.build, "print-check-programs"],
                              capture_output=True, text=True, check=True)
        return [self.build / name for name in made.stdout.split()]

    def tests(self, options):
        for program in self.programs():
            listed = subprocess.run([program, "--list"], capture_output=True, text=True,
                                    check=True, cwd=self.build)
            for name in listed.stdout.split():
                yield name + self.suffix, program

    def run(self, chosen, options):
        """Runs the chosen tests, each of them (name, program), and yields (name, passed,
        notes, seconds) of each."""
        environment = dict(os.environ, srcdir=str(ROOT),
                           XSM_LONG="1" if options.long else "")
        all_names = collections.Counter(program for _, program in self.tests(options))
        for program in dict.fromkeys(program for _, program in chosen):
            names = [name for name, owner in chosen if owner == program]
            plain = [name.removesuffix(self.suffix) for name in names]
            # A program is run once, unless only some of its tests are wanted.
            whole = len(plain) == all_names[program]
            commands = ([[program]] if whole else
                        [[program, "--only", name] for name in plain])
            for command in commands:
                yield from self._run_program(command, plain if whole else [command[2]],
                                             environment)

    def _run_program(self, command, names, environment):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", cwd=self.build,
                                   env=environment)
        left, notes, last = list(names), [], time.monotonic()
        for line in process.stdout:
            result = RESULT.match(line)
            if result and result[2] in left:
                left.remove(result[2])
                passed, now = not result[1], time.monotonic()
                yield result[2] + self.suffix, passed, [] if passed else notes, now - last
                notes, last = [], now
            else:
                notes.append(line.rstrip())
        status = process.wait()
        for name in left:
            yield name + self.suffix, False, notes + [
                f"not finished; exit status {status}"], 0
        if status and not left:
            yield Path(command[0]).name + self.suffix, False, notes + [
                f"exit status {status}"], 0


class PythonTests:
    """PythonTests are the pytest tests of a folder, or of some of its files.  tests/tap.py
    prints their results."""

    def __init__(self, folder, only=("test_*.py",), but=(), environment=None):
        self.folder = ROOT / "tests" / folder
        self.environment = environment or {}
        self.files = sorted(self._named(only) - self._named(but))

    def _named(self, patterns):
        return {path for pattern in patterns for path in self.folder.glob(pattern)}

    def _pytest(self, *arguments, options):
        environment = dict(os.environ, PYTHONPATH=str(ROOT / "tests"),
                           PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1",
                           XSM_LONG="1" if options.long else "", **self.environment)
        return subprocess.Popen(
            ["/usr/bin/python3", "-m", "pytest", "-c", ROOT / "tests/pytest.ini", "--rootdir",
             ROOT / "tests", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "tap",
             *arguments, *self.files],
            stdout=subprocess.PIPE, text=True, errors="replace", cwd=ROOT, env=environment)

    def tests(self, options):
        process = self._pytest("--collect-only", options=options)
        names = [line.split()[1] for line in process.stdout if line.startswith("test ")]
        if process.wait() not in (0, 5):
            raise SystemExit(f"check: cannot collect the tests in {self.folder}")
        return [(name, name) for name in names]

    def run(self, chosen, options):
        left, notes = [name for name, _ in chosen], []
        process = self._pytest("--tap-only", ",".join(left), options=options)
        for line in process.stdout:
            result = RESULT.match(line)
            if result and result[2] in left:
                left.remove(result[2])
                yield result[2], not result[1], notes, float(result[3] or 0)
                notes = []
            else:
                notes.append(line.rstrip())
        process.wait()
        for name in left:
            yield name, False, notes + [
                f"not run; pytest's exit status {process.returncode}"], 0


# The lab's machine has one processor, so its tests go to three machines that run at the same
# time.  One has xen-patch's hypervisor, which has something for mode=virtual, and an e1000,
# which QEMU, unlike an e1000e, survives being taken from its driver in mid-stream; one has
# Debian's; and one has a card of the other family.  The third machine has time left for
# tests that need none of this.
PATCHED = "test_linux*.py", "test_survival.py", "test_uart_*.py"
OTHER_CARD = "test_lab_*.py", "test_nic_pci.py", "test_xl_build.py", "test_xl_option.py"
NOT_WITH_DEBIANS = (*PATCHED, *(name for name in OTHER_CARD if name != "test_nic_pci.py"))

# These fuzzers take longer together than the others.
SUPERVISOR = ("test_supervisor_fuzz.py",)

# This is the order in which the suites begin.  They run side by side, and what takes longest
# is first, so that the last ones end at about the same time.
SUITES = [PythonTests("lab", only=PATCHED, environment={"XSM_LAB_XEN": "patched"}),
          PythonTests("lab", but=NOT_WITH_DEBIANS),
          PythonTests("lab", only=OTHER_CARD, environment={"XSM_LAB_NIC": "e1000e"}),
          Programs("sanitizers", "_sanitized"), PythonTests("net"),
          PythonTests("fuzz", only=SUPERVISOR), PythonTests("fuzz", but=SUPERVISOR),
          PythonTests("unit/uart"), PythonTests("bench"), Programs("plain", ""),
          PythonTests("differential"), PythonTests("guest"), PythonTests("documents")]
# So many suites run at a time: one more than there are processors, because no suite keeps a
# processor busy all the time.
LANES = os.cpu_count() + 1


def run_side_by_side(plan, options):
    """Runs the (suite, tests) of the plan, LANES of them at a time, and yields their results
    as they come."""
    waiting, results = queue.SimpleQueue(), queue.SimpleQueue()
    for suite_and_tests in plan:
        waiting.put(suite_and_tests)

    def lane():
        end = None
        try:
            while True:
                suite, tests = waiting.get_nowait()
                for result in suite.run(tests, options):
                    results.put(result)
        except queue.Empty:
            pass
        except Exception as problem:
            end = problem       # the main thread raises it, where it is seen
        results.put(end)

    running = LANES
    for _ in range(running):
        threading.Thread(target=lane).start()
    while running:
        result = results.get()
        if isinstance(result, Exception):
            raise result
        if result:
            yield result
        else:
            running -= 1


def area(name):
    """Returns what a test's name begins with: main, xl, nic, uart, speed, ..."""
    return name.partition("_")[0]


def chosen_of(all_tests, patterns):
    """Returns, of each list of (name, key), the tests that one of the patterns chooses: those
    of the area that it names or, if it names no area, those whose name holds or matches it.
    Without a pattern these are all tests."""
    areas = {area(name) for tests in all_tests for name, _ in tests}

    def is_chosen(name):
        return not patterns or any(
            area(name) == pattern if pattern in areas
            else fnmatch.fnmatch(name, pattern) or pattern in name for pattern in patterns)

    return [[test for test in tests if is_chosen(test[0])] for tests in all_tests]


def print_seconds(seconds):
    """Prints how long the slowest tests took, and each area.  These are the tests' own
    seconds.  Together they are more than the time that passed, because tests run side by
    side."""
    for name in sorted(seconds, key=seconds.get, reverse=True)[:SLOWEST]:
        if seconds[name] >= 10:
            print(f"# {seconds[name]:.0f} s in {name}")
    areas = collections.defaultdict(list)
    for name, taken in seconds.items():
        areas[area(name)].append(taken)
    for prefix, taken in sorted(areas.items(), key=lambda item: -sum(item[1])):
        print(f"# {sum(taken):.0f} s in the {len(taken)} tests of {prefix}_")


def main():
    parser = argparse.ArgumentParser(prog="check", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name all tests")
    parser.add_argument("--only", metavar="PATTERN", action="append", default=[],
                        help="run the tests of an area (nic), or those whose name holds or "
                        "matches PATTERN (kill, 'main_*'); given more than once, all of them")
    parser.add_argument("--long", action="store_true", help="also run the slow tests")
    parser.add_argument("--bench", action="store_true",
                        help="measure instead: a table, build/plain/bench.json, bench.svg")
    options = parser.parse_args()
    if options.bench:
        return subprocess.call(["make", "-s", "-C", ROOT / "build/plain", "bench"])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_tests = list(pool.map(lambda suite: list(suite.tests(options)), SUITES))
    plan = list(zip(SUITES, chosen_of(all_tests, options.only)))
    if options.list:
        for _, tests in plan:
            for name, _ in tests:
                print(name)
        return 0

    print("TAP version 13", flush=True)
    print(f"1..{sum(len(tests) for _, tests in plan)}", flush=True)
    started, number, failed, seconds = time.monotonic(), 0, [], {}
    for name, passed, notes, seconds_taken in run_side_by_side(
            [(suite, tests) for suite, tests in plan if tests], options):
        seconds[name] = seconds_taken
        number += 1
        for note in notes:
            print(f"# {note}")
        print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
        if not passed:
            failed.append(name)
    print_seconds(seconds)
    print(f"# {time.monotonic() - started:.0f} s")
    for name in failed:
        print(f"# failed: {name}")
    print(f"{number - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
