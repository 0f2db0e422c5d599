# SPDX-License-Identifier: BSD-2-Clause
"""This file reads from the documents what can be looked up: links, names, options, paths."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"build", ".git", "autom4te.cache", "build-aux"}


def tree_files(*suffixes, root=ROOT):
    """Returns the tree's files with one of these suffixes ("" means files without one), but
    for those of builds."""
    return [path for path in sorted(root.rglob("*"))
            if path.suffix in suffixes and path.is_file()
            and not SKIPPED & set(path.relative_to(root).parts)]


def documents(root=ROOT):
    return tree_files(".md", root=root)


class Document:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        prose, code, is_fenced, is_code, was_empty = [], [], False, False, True
        for line in self.text.split("\n"):
            if line.startswith("```"):
                is_fenced = not is_fenced
                continue
            # An indented line begins a block of code only if it stands behind an empty line.
            is_code = line.startswith("    ") and (is_code or was_empty)
            (code if is_code or is_fenced else prose).append(line)
            if code and not is_code:
                code += [""] if code[-1] else []
            was_empty = not line.strip()
        self.prose = "\n".join(prose)
        self.code_lines = code

    def spans(self):
        """Returns what stands between backticks.  Such a span may go over a line's end."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    def code(self):
        """Returns the spans and the lines of code blocks."""
        return self.spans() + self.code_lines

    def links(self):
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)

    def anchors(self):
        """Returns the anchors that GitHub makes of the headings."""
        found = set()
        for heading in re.findall(r"^#+ (.*)$", self.prose, re.M):
            plain = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
            found.add(plain.replace(" ", "-"))
        return found

    def functions(self):
        """Returns (name, file or None) of each `name()`.  There is a file if the document says
        `name()` in `file`."""
        found = []
        for match in re.finditer(r"`([a-z_][a-z0-9_]*)\(\)`(\s+in\s+`([^`]+)`)?", self.prose):
            found.append((match[1], match[3]))
        return found

    def options(self):
        """Returns (option, the code that it stands in) of each --option."""
        return [(option, code) for code in self.code()
                for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", code)]

    def paths(self):
        """Returns the spans that look like a path in the repository or like the name of a
        source file."""
        shape = re.compile(r"(?:[\w.@+-]+/)*[\w.@+-]+\.(?:c|h|S|py|md|am|sh|txt)|(?:[\w.@+-]+/)+"
                           r"[\w.@+-]*")
        return [span for span in self.spans() if shape.fullmatch(span)]
