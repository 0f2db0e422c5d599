# SPDX-License-Identifier: BSD-2-Clause
"""What the documents say that can be looked up: links, names, options, paths."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"build", ".git", "autom4te.cache", "build-aux"}


def tree_files(*suffixes, root=ROOT):
    """Files of the tree, but for builds; of these suffixes ("": without one)."""
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
            # An indented line begins a block of code behind an empty line only.
            is_code = line.startswith("    ") and (is_code or was_empty)
            (code if is_code or is_fenced else prose).append(line)
            if code and not is_code:
                code += [""] if code[-1] else []
            was_empty = not line.strip()
        self.prose = "\n".join(prose)
        self.code_lines = code

    def spans(self):
        """What stands between backticks; one may go over a line's end."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    def code(self):
        """Spans and the lines of code blocks."""
        return self.spans() + self.code_lines

    def links(self):
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)

    def anchors(self):
        """As GitHub makes them of headings."""
        found = set()
        for heading in re.findall(r"^#+ (.*)$", self.prose, re.M):
            plain = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
            found.add(plain.replace(" ", "-"))
        return found

    def functions(self):
        """(name, file or None) of each `name()`; the file is that of `name()` in `file`."""
        found = []
        for match in re.finditer(r"`([a-z_][a-z0-9_]*)\(\)`(\s+in\s+`([^`]+)`)?", self.prose):
            found.append((match[1], match[3]))
        return found

    def options(self):
        """(option, the code that it stands in) of each --option."""
        return [(option, code) for code in self.code()
                for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", code)]

    def paths(self):
        """Spans that look like a path of the repository, or a source file's name."""
        shape = re.compile(r"(?:[\w.@+-]+/)*[\w.@+-]+\.(?:c|h|S|py|md|am|sh|txt)|(?:[\w.@+-]+/)+"
                           r"[\w.@+-]*")
        return [span for span in self.spans() if shape.fullmatch(span)]
