#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This file has the rules of the house, as functions that find what breaks them;
test_house.py fails if they find anything.  house_exceptions.txt lists what may still break
a rule, and only becomes shorter.

usage: house.py [--prune]

Prints what breaks a rule and is no exception; --prune takes out of
house_exceptions.txt what no longer breaks its rule."""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCEPTIONS = Path(__file__).with_name("house_exceptions.txt")
ARCHITECTURE = "mediator/ARCHITECTURE.md"

# An include line names a file by its path below one of these folders (Makefile.am).
INCLUDE_ROOTS = "mediator", "lwip-port"

FILE_LINES_MAX = 520
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 79


def c_files(*folders, root=ROOT):
    """Returns the .c and .h files of the folders, as paths below root, but for those of a
    build."""
    found = [path.relative_to(root) for folder in folders
             for path in sorted((root / folder).rglob("*.[ch]"))]
    return [path for path in found if path.suffix in (".c", ".h")]


class Tree:
    """A Tree knows which file includes which, in mediator/ and lwip-port/."""

    def __init__(self, root=ROOT):
        self.root = root
        self.files = c_files(*INCLUDE_ROOTS, root=root)
        self.includes = {path: self._includes_of(path) for path in self.files}

    def _includes_of(self, path):
        named = re.findall(r'^#\s*include "([^"]+)"', (self.root / path).read_text(), re.M)
        found = [Path(top) / name for name in named for top in INCLUDE_ROOTS]
        return [target for target in found if (self.root / target).exists()]

    def folder_pairs(self):
        """Returns {(folder, folder that it includes from): [(file, file), ...]}."""
        pairs = defaultdict(list)
        for path, targets in self.includes.items():
            for target in targets:
                if path.parent != target.parent:
                    pairs[path.parent, target.parent].append((path, target))
        return pairs

    def modules(self):
        """Returns {x: {y: (file, file)}}, which says that x.c or x.h includes y.h.  A .c and
        its .h are one module."""
        modules = {path.with_suffix(""): {} for path in self.files}
        for path, targets in self.includes.items():
            for target in targets:
                if target.with_suffix("") != path.with_suffix(""):
                    modules[path.with_suffix("")].setdefault(target.with_suffix(""),
                                                             (path, target))
        return modules


def knots(graph):
    """Returns the sets of nodes that reach each other, by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
            if target in stack:
                low[node] = min(low[node], low[target])
        if low[node] == index[node]:
            knot = set()
            while node not in knot:
                knot.add(stack.pop())
            if len(knot) > 1:
                found.append(frozenset(knot))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def shortest_circle(graph, knot):
    """Returns the nodes of a shortest circle within a knot; the first is again the last."""
    best = None
    for start in sorted(knot):
        paths, seen = [[start]], {start}
        while paths and not best or paths and len(paths[0]) < len(best) - 1:
            path = paths.pop(0)
            for target in graph[path[-1]]:
                if target == start and (not best or len(path) + 1 < len(best)):
                    best = path + [start]
                elif target in knot and target not in seen:
                    seen.add(target)
                    paths.append(path + [target])
    return best


# ---- the table of folders in ARCHITECTURE.md --------------------------------

def folder_table(root=ROOT):
    """Returns {folder: the folders that it may include}, from rows of this form:
    | `mediator/uart/` | its one job | `mediator/shared/`, ... |"""
    text = (root / ARCHITECTURE).read_text()
    rows = re.findall(r"^\| `((?:mediator|lwip-port)[^`]*)/` \| [^|]+ \| ([^|]+) \|$", text, re.M)
    return {Path(folder): {Path(name) for name in re.findall(r"`([^`]+)/`", allowed)}
            for folder, allowed in rows}


# ---- what breaks a rule -------------------------------------------------------

def forbidden_includes(root=ROOT):
    table = folder_table(root)
    found = {}
    for (folder, target), files in Tree(root).folder_pairs().items():
        if target not in table.get(folder, ()):
            shown = "\n".join(f"    {a} includes {b}" for a, b in files)
            found[f"{folder} {target}"] = (
                f"{folder}/ may not include from {target}/, by the table of folders in "
                f"{ARCHITECTURE}:\n{shown}\n    Move what both need to a folder below them, or "
                "have it handed over as a parameter or a struct of functions.")
    return found


def circles(root=ROOT):
    graph, found = Tree(root).modules(), {}
    for knot in knots(graph):
        circle = shortest_circle(graph, knot)
        arrows = "\n".join(f"    {graph[a][b][0]} includes {graph[a][b][1]}"
                           for a, b in zip(circle, circle[1:]))
        found[" ".join(map(str, sorted(knot)))] = (
            f"a circle of {len(knot)} modules; one way round it:\n{arrows}\n    Find the include "
            "that points upwards, from who is used to who uses, and turn it: move what it is "
            "for into a header of its own, or have it handed over.")
    return found


def files_without_opening(root=ROOT):
    found = {}
    for path in c_files(*INCLUDE_ROOTS, "tests", root=root):
        lines = (root / path).read_text().split("\n", 3)
        is_open = (re.match(r"/\* SPDX-License-Identifier: \S+ \*/$", lines[0]) and
                   f"{path.name} - " in " ".join(lines[1:3]) and lines[1].startswith("/*"))
        if not is_open:
            found[str(path)] = (f"{path}: begin it with the SPDX line and a comment "
                                f"\"{path.name} - what it is for\"")
    return found


def long_files(root=ROOT):
    found = {}
    for path in c_files(*INCLUDE_ROOTS, "tests", root=root):
        lines = (root / path).read_text().count("\n")
        if lines > FILE_LINES_MAX:
            found[str(path)] = (f"{path} has {lines} lines, more than {FILE_LINES_MAX}: it has "
                                "more than one job; give one of them a file")
    return found


def functions_of(text):
    """Yields (name, lines) of each function.  Its body's braces must stand in column 0."""
    name, start = None, 0
    for number, line in enumerate(text.split("\n")):
        named = re.match(r"[A-Za-z].*?\b(\w+)\(", line)
        if named:
            name, start = named[1], number
        elif line == "}" and name:
            yield name, number - start + 1
            name = None
        elif line.endswith(";") and not line.startswith((" ", "\t")):
            name = None


def long_functions(root=ROOT):
    found = {}
    for path in c_files(*INCLUDE_ROOTS, root=root):
        for name, lines in functions_of((root / path).read_text()):
            if lines > FUNCTION_LINES_MAX:
                found[f"{path} {name}"] = (
                    f"{path}: {name}() has {lines} lines, more than {FUNCTION_LINES_MAX}: give "
                    "its steps names of their own")
    return found


def wide_files(root=ROOT):
    found = {}
    for path in c_files(*INCLUDE_ROOTS, root=root):
        lines = (root / path).read_text().expandtabs().split("\n")
        wide = [number for number, line in enumerate(lines, 1) if len(line) > COLUMNS_MAX]
        if wide:
            found[str(path)] = (f"{path}: lines {', '.join(map(str, wide))} are wider than "
                                f"{COLUMNS_MAX} columns")
    return found


RULES = {
    "include": forbidden_includes,
    "circle": circles,
    "opening": files_without_opening,
    "long-file": long_files,
    "long-function": long_functions,
    "wide": wide_files,
}


# ---- the exceptions -----------------------------------------------------------

def read_exceptions():
    """Returns {rule: [what]}, from lines "rule: what"."""
    lines = [line for line in EXCEPTIONS.read_text().splitlines()
             if line and not line.startswith("#")]
    exceptions = {rule: [] for rule in RULES}
    for line in lines:
        rule, _, what = line.partition(": ")
        exceptions[rule].append(what)
    return exceptions


def _shrunk(rule, what, found):
    """Returns what is left of an exception, as a list: a circle may have become several
    smaller ones."""
    if rule != "circle":
        return [what] if what in found else []
    return [key for key in found if set(key.split()) <= set(what.split())]


def prune():
    head = [line for line in EXCEPTIONS.read_text().splitlines() if line.startswith("#")]
    left = []
    for rule, whats in read_exceptions().items():
        found = RULES[rule]()
        left += [f"{rule}: {key}" for what in whats for key in _shrunk(rule, what, found)]
    EXCEPTIONS.write_text("\n".join(head + left) + "\n")


def main():
    if sys.argv[1:] == ["--prune"]:
        prune()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    exceptions = read_exceptions()
    for rule, find in RULES.items():
        for what, message in find().items():
            if what not in exceptions[rule]:
                print(f"{rule}: {what}\n  {message}")


if __name__ == "__main__":
    main()
