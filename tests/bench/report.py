# SPDX-License-Identifier: BSD-2-Clause
"""A Report keeps what a benchmark found, and makes a table, a JSON file and a chart of
it."""

import argparse
import json
import statistics
import sys
import time
from html import escape
from math import log10
from pathlib import Path


def folder(text):
    """Returns the path of a folder for what a benchmark writes, and makes it if need be.
    For argparse: so a measurement that nobody could keep does not even begin."""
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot make {path}: {error.strerror}") from error
    return path


def file(text):
    """Returns the path of a file in such a folder."""
    path = Path(text)
    return folder(path.parent) / path.name


class Report:
    """A Report gets its values a round at a time, and shows of each name the median and
    the spread."""

    def __init__(self):
        self._values = {}       # name: (unit, goal, [value, ...])
        self._begin = time.monotonic()

    def say(self, text):
        print(f"bench: [{time.monotonic() - self._begin:5.0f} s] {text}", file=sys.stderr,
              flush=True)

    def add(self, name, value, unit, goal=""):
        self._values.setdefault(name, (unit, goal, []))[2].append(value)

    def add_round(self, found, goals):
        """Adds found, which is {name: (value, unit)}.  goals is {name: goal} of the names
        that have one."""
        for name, (value, unit) in found.items():
            self.add(name, value, unit, goals.get(name, ""))

    def results(self):
        return [{"name": name, "value": statistics.median(values), "unit": unit,
                 "min": min(values), "max": max(values)}
                for name, (unit, _, values) in self._values.items()]

    def table(self):
        lines = [f"{'':36}{'median':>11}{'min':>11}{'max':>11}          goal"]
        for line in self.results():
            goal = self._values[line["name"]][1]
            lines.append(f"{line['name']:36}{line['value']:11.4g}{line['min']:11.4g}"
                         f"{line['max']:11.4g} {line['unit']:8} {goal}")
        return "\n".join(line.rstrip() for line in lines)

    def write_json(self, path):
        path.write_text(json.dumps({"results": self.results()}, indent=1) + "\n",
                        encoding="ascii")

    def write_chart(self, path, unit="bytes/s"):
        """Draws the names of one unit as bars, longest first, on a logarithmic
        scale."""
        bars = sorted((line for line in self.results() if line["unit"] == unit),
                      key=lambda line: -line["value"])
        path.write_text(_chart(bars, unit), encoding="ascii")


BAR, LEFT, WIDTH, DIGITS = 22, 190, 700, 7     # pixels; powers of ten that fit


def _length(value):
    return log10(max(value, 1)) / DIGITS * (WIDTH - LEFT - 90)


def _chart(bars, unit):
    height = BAR * (len(bars) + 2)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="13">',
             f'<text x="{LEFT}" y="{BAR - 6}">{escape(unit)}, logarithmic; a line from the '
             'least to the most of all rounds</text>']
    for i, bar in enumerate(bars):
        y = BAR * (i + 1)
        least, most = LEFT + _length(bar["min"]), LEFT + _length(bar["max"])
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(bar["name"])}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{_length(bar["value"]):.1f}" '
            f'height="{BAR - 6}" fill="#4a7ebb"/>',
            f'<path d="M{least:.1f} {y + 11}H{most:.1f}" stroke="#000"/>',
            f'<text x="{most + 8:.1f}" y="{y + 15}">{bar["value"]:,.0f}</text>']
    return "\n".join(lines + ["</svg>", ""])
