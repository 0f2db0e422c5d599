# SPDX-License-Identifier: BSD-2-Clause
"""This pytest plugin prints each result as a TAP line, for check.py.

With --tap-only NAME,... it runs these tests only; with --collect-only it prints a line
"test NAME" for each test."""

import os
import sys

import pytest


def pytest_addoption(parser):
    parser.addoption("--tap-only", default="")
    # This is an option of pytest's terminal plugin, which is switched off; but pytest asks
    # for its value to explain an assertion.
    parser.addoption("--verbose", type=int, default=2)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: only with ./check --long")
    config._tap = os.fdopen(os.dup(1), "w", buffering=1)


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--tap-only")
    is_long = bool(os.environ.get("XSM_LONG"))
    chosen = [item for item in items
              if (not wanted or item.name in wanted.split(","))
              and (is_long or not item.get_closest_marker("slow"))]
    # check.py finds a test by its name, which stands in a line of TAP, up to a space, and in
    # a list with commas.
    spoiled = [item.nodeid for item in items if set(" ,\n") & set(item.name)]
    if spoiled:
        raise ValueError(f"give these parameters ids without space or comma: {spoiled}")
    items[:] = chosen
    if config.getoption("--collect-only"):
        for item in items:
            print(f"test {item.name}", file=config._tap)


def _print_captured(report, when, tap):
    for title, text in report.sections:
        if title.endswith(("setup", when)):
            print(f"  ---- {title}", file=tap)
            for line in text.splitlines()[-60:]:
                print(f"  {line}", file=tap)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    tap = item.config._tap
    item._tap_seconds = getattr(item, "_tap_seconds", 0) + call.duration
    if report.failed:
        item._tap_failed = True
        for line in f"{report.longrepr}\n".splitlines():
            print(f"  {line}", file=tap)
        _print_captured(report, "call", tap)
    elif report.skipped:
        item._tap_failed = True     # a test that was not run has not passed
        print(f"  skipped: {report.longrepr}", file=tap)
    elif call.when == "call":
        for title, text in report.sections:
            if title == "Captured stdout call":
                for line in text.splitlines():
                    print(f"  {line}", file=tap)
    if report.when == "teardown":
        failed = getattr(item, "_tap_failed", False)
        if failed:      # a fixture prints what it knows when its test has failed
            _print_captured(report, "teardown", tap)
        print(f"{'not ok' if failed else 'ok'} - {item.name} "
              f"({item._tap_seconds:.1f} s)", file=tap)


def pytest_internalerror(excrepr):
    print(excrepr, file=sys.stderr)
