# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that what the documents name exists: files, functions, options, commands.
Whoever renames something is told here which documents still have the old name."""

import re
import subprocess

import pytest

from documents.markdown import ROOT, Document, documents, tree_files
from sources import source

DOCUMENTS = {str(path.relative_to(ROOT)): Document(path) for path in documents()}
PROGRAMS = ROOT / "build/plain/mediator"
SOURCES = ".c", ".h", ".S", ".py", ".sh", ".am", ".ac", ".patch", ".in", ""

# These options are not of our programs, and so not in the tree.  Beside each is the program
# that must stand with it.
FOREIGN_OPTIONS = {
    "--now": "systemctl", "--system": "useradd", "--no-create-home": "useradd",
    "--shell": "useradd", "--zero-commit": "git", "--no-signature": "git", "--follow": "git log",
    "--rebase": "git", "--rootdir": "pytest", "--prune": "house.py", "--print-dir": "fetch-lwip",
}
FOREIGN_PATHS = "xen/", "tools/", "docs/misc/", "linux/", "src/core/", "build/"
# These keys of `key=value` are not ours: they belong to Xen's and Linux's command lines,
# xl.cfg, the test guest, and so on.
FOREIGN_KEYS = {"console", "com2", "dom0_mem", "serial", "cpuidle", "kernel", "ramdisk",
                "ioreq_server", "options", "pci", "title", "iommu", "spec-ctrl", "ioports",
                "tsc_mode", "daemon"}
# automake provides these targets.
MAKE_TARGETS = {"all", "install", "check", "distcheck", "clean", "dist"}


each_document = pytest.mark.parametrize("name", DOCUMENTS)


def help_of(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=True, timeout=60)
    return done.stdout


@pytest.fixture(name="helps", scope="module")
def read_helps():
    """This is {name: text} of what each of our programs says of itself."""
    return {
        "mediatord": help_of(PROGRAMS / "mediatord", "--help"),
        "mediatorctl": help_of(PROGRAMS / "mediatorctl", "--help"),
        "check": help_of("/usr/bin/python3", ROOT / "tests/check.py", "--help"),
        "demo": help_of("/usr/bin/python3", ROOT / "tests/demo.py", "--help"),
        "build": help_of(ROOT / "xen-patch/build", "--help"),
        "lab": "".join(help_of("/usr/bin/python3", ROOT / "tests/lab/lab", *verb, "--help")
                       for verb in ([], ["up"], ["exec"], ["log"], ["status"], ["packages"])),
        "configure": (ROOT / "configure.ac").read_text() + " ".join(
            "--enable-" + name for name in
            re.findall(r"AC_ARG_ENABLE\(\[([\w-]+)\]", (ROOT / "configure.ac").read_text())),
        "test program": (ROOT / "tests/unit/unit.h").read_text(),
        "guest": "".join((ROOT / "tests/guest" / name).read_text()
                         for name in ("patch.py", "stream.py", "selftest.py")),
    }


@pytest.fixture(name="sources", scope="module")
def read_sources():
    """This is all text in the tree but for its documents."""
    return "\n".join(path.read_text(errors="replace") for path in tree_files(*SOURCES))


# ---- links and paths ----------------------------------------------------------

@each_document
def documents_links_lead_somewhere(name):
    document, lost = DOCUMENTS[name], []
    for link in document.links():
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, anchor = link.partition("#")
        path = (document.path.parent / target).resolve() if target else document.path
        if not path.exists():
            lost.append(link)
        elif anchor and anchor not in Document(path).anchors():
            lost.append(f"{link} (no such heading)")
    assert not lost, f"{name} links to {lost}"


@each_document
def documents_paths_exist(name):
    document, lost = DOCUMENTS[name], []
    top = {path.name for path in ROOT.iterdir()}
    for span in document.paths():
        if span.startswith(FOREIGN_PATHS) or span.startswith("/"):
            continue
        if "/" not in span:
            if not any(path.name == span for path in tree_files(*SOURCES, ".md", ".txt")):
                lost.append(span)
        elif span.split("/")[0] in top or (document.path.parent / span.split("/")[0]).exists():
            if not (ROOT / span).exists() and not (document.path.parent / span).exists():
                lost.append(span)
    assert not lost, f"{name} names {lost}, which are not there"


# ---- functions -----------------------------------------------------------------

def defines(path, function):
    """Says whether the file defines or declares the function, which may be a macro or a type
    of functions, too."""
    text = path.read_text()
    return re.search(rf"^(?:[A-Za-z#].*)?\b{function}\(", text, re.M) is not None


@each_document
def documents_functions_exist(name, sources):
    lost = [function for function, _ in DOCUMENTS[name].functions()
            if not re.search(rf"\b{function}\(", sources)]
    assert not lost, f"{name} names functions that are not in the tree: {lost}"


@each_document
def documents_functions_stand_where_it_is_said(name):
    wrong = []
    for function, file in DOCUMENTS[name].functions():
        if file and not ((ROOT / file).is_file() and defines(ROOT / file, function)):
            wrong.append(f"{function}() in {file}")
    assert not wrong, f"{name} says {wrong}"


def documents_way_of_a_byte_names_its_files():
    """The reader can look up each step of the two ways that a byte takes."""
    document = DOCUMENTS["mediator/ARCHITECTURE.md"]
    named = [function for function, file in document.functions() if file]
    assert len(named) >= 50


TEST_NAME = re.compile(r"`((?:main|xl|nic|uart|trust|speed|documents|house)_\w{8,})`")


@pytest.mark.parametrize("name, least", [("tests/README.md", 20), ("mediator/SECURITY.md", 100)])
def documents_tests_that_are_named_exist(name, least, sources):
    """The document names the test that shows a promise or a barrier; that test exists."""
    names = set(TEST_NAME.findall((ROOT / name).read_text()))
    assert len(names) >= least
    lost = [test for test in sorted(names)
            if not re.search(rf"(def|void|_TEST\(|_test\() ?{test}\b", sources)]
    assert not lost, f"{name} names {lost}, which are no tests"


def rows_without_a_test(text):
    """Returns the rows that name none, of the tables whose last column is for that."""
    lost, is_inside = [], False
    for line in text.split("\n"):
        is_inside = line.endswith("| shown by |") or is_inside and line.startswith("|")
        if is_inside and not line.endswith("| shown by |") and not re.match(r"\|[-|]+$", line):
            if not TEST_NAME.search(line.rsplit("|", 2)[1]):
                lost.append(line)
    return lost


def documents_each_barrier_has_its_test():
    text = (ROOT / "mediator/SECURITY.md").read_text()
    assert text.count("| shown by |") >= 6
    assert not rows_without_a_test(text)


@pytest.mark.parametrize("row, lost", [("| a | b | `main_it_is_shown_by` |", 0),
                                       ("| a | `main_it_is_shown_by` | no test |", 1)],
                         ids=["last", "middle"])
def documents_barrier_without_a_test_is_seen(row, lost):
    assert len(rows_without_a_test(f"| x | y | shown by |\n|---|---|---|\n{row}\n")) == lost


def documents_messages_are_those_of_the_code():
    text = source("role_link.h").read_text()
    types = re.search(r"enum role_message_type \{(.*?)\n\};", text, re.S)[1]
    told = re.findall(r"^\| `(ROLE_\w+)` \|", DOCUMENTS["mediator/ARCHITECTURE.md"].text, re.M)
    named = set(re.findall(r"^    (ROLE_\w+)", types, re.M)) - {"ROLE_MESSAGE_TYPES"}
    assert set(told) == named


# ---- options and commands --------------------------------------------------------

@each_document
def documents_options_exist(name, helps):
    lost = []
    for option, code in DOCUMENTS[name].options():
        foreign = FOREIGN_OPTIONS.get(option)
        is_ours = any(re.search(rf"(?<![\w-]){option}(?![\w-])", text) for text in helps.values())
        if not is_ours and not (foreign and (foreign in code or code == option)):
            lost.append(option)
    assert not lost, f"{name} names options that no program has: {lost}"


@each_document
def documents_verbs_of_mediatorctl_exist(name, helps):
    verbs = set(re.findall(r"^  ([a-z]+) ", helps["mediatorctl"], re.M))
    verbs |= {"VERB"}
    named = [verb for code in DOCUMENTS[name].code()
             for verb in re.findall(r"\bmediatorctl ([A-Za-z][\w-]*)", code)]
    lost = set(named) - verbs
    assert not lost, f"{name} names verbs that mediatorctl does not know: {lost}"


def options_of_a_console():
    """Returns the keys of console options that mediatord understands."""
    keys = set(re.findall(r'^ +OPTION\(\w+, "([a-z-]+)"', source("console_options.h").read_text(),
                          re.M))
    assert {"name", "tcp", "wire-in"} <= keys
    return keys


def documents_manual_tells_every_console_option():
    manual = (ROOT / "mediator/mediatorctl.1").read_text().partition(".SH OPTIONS OF A CONSOLE")[2]
    told = set(re.findall(r"^\.BI ([a-z-]+)=", manual, re.M))
    assert told == options_of_a_console()


def settings_of_mediator_cfg():
    text = source("config.c").read_text()
    keys = set(re.findall(r'\{ "(\w+)", offsetof\(struct config', text))
    assert {"nic", "address"} <= keys
    return keys | {"consoles"}


@each_document
def documents_console_options_exist(name):
    """This looks at `tcp=1234` and the like between backticks, and at what is given to
    mediatorctl serve."""
    known = options_of_a_console() | FOREIGN_KEYS | {"guest"}
    document, lost = DOCUMENTS[name], set()
    if name.startswith("tests/guest/"):
        return      # the guest's own replies look the same
    for span in document.spans():
        found = re.match(r"([a-z][a-z-]*)=\S*$", span)
        if found and found[1] not in known:
            lost.add(span)
    for line in document.code_lines:
        if "mediatorctl serve" in line or '"guest=' in line or '"name=' in line:
            lost |= set(re.findall(r"[\"';,]([a-z-]+)=", line)) - known
    assert not lost, f"{name} names console options that are none: {lost}"


@each_document
def documents_settings_exist(name):
    """This looks at `nic = "..."` between backticks, and at lines of mediator.cfg in blocks
    of code."""
    known = settings_of_mediator_cfg()
    foreign = {"type", "ioreq_server", "memory", "vga", "name", "vcpus", "usb", "serial", "boot",
               "tsc_mode", "firmware_override", "device_model_args_hvm", "cpus", "rc", "kernel"}
    lost = {key for code in DOCUMENTS[name].code()
            for key in re.findall(r"(?:^|\n)\s*(\w+) = [\"\[]", code)} - known - foreign
    assert not lost, f"{name} names settings that mediator.cfg does not have: {lost}"


@each_document
def documents_make_targets_exist(name):
    rules = "\n".join((ROOT / file).read_text() for file in
                      ("Makefile.am", "lwip-port/lwip.am", "tests/tests.am"))
    targets = set(re.findall(r"^([\w-]+):", rules, re.M)) | MAKE_TARGETS
    lost = {target for code in DOCUMENTS[name].code()
            for words in re.findall(r"(?:^|&& )\s*make((?: (?!&)[\w=./-]+)+)", code)
            for target in words.split() if not re.match(r"-|\w+=|\d", target)} - targets
    assert not lost, f"{name} names targets that make does not know: {lost}"


def documents_examples_are_real_code(sources):
    """HACKING.md shows how we write by examples; their lines stand in the tree."""
    squeezed, strange = " ".join(sources.split()), []
    blocks, block = [], []
    for line in DOCUMENTS["mediator/HACKING.md"].code_lines:
        if line.strip():
            block.append(line)
        elif block:
            blocks, block = blocks + [" ".join(" ".join(block).split())], []
    for text in blocks:
        if re.match(r"/\*|static |volatile |struct |if \(", text) and text not in squeezed:
            strange.append(text)
    assert len(blocks) >= 5 and not strange, f"not in the tree any more: {strange}"


# ---- these tests notice what is wrong --------------------------------------------

@pytest.mark.parametrize("text, said", [
    ("`f()` in `a.c`", [("f", "a.c")]),
    ("`f()` in\n`a.c`, `g()`", [("f", "a.c"), ("g", None)]),
    ("    `f()`", []),
    ("10. one\n    `f()` in `a.c`", [("f", "a.c")]),
], ids=["one", "two-lines", "code", "list"])
def documents_functions_are_read_from_prose(tmp_path, text, said):
    path = tmp_path / "x.md"
    path.write_text(text)
    assert Document(path).functions() == said


def documents_headings_become_anchors(tmp_path):
    path = tmp_path / "x.md"
    path.write_text("# The files in /run/mediatord\n\n## `mode=virtual`, and why\n")
    assert Document(path).anchors() == {"the-files-in-runmediatord", "modevirtual-and-why"}


def documents_definition_is_no_call(tmp_path):
    path = tmp_path / "x.c"
    path.write_text("static int f(void)\n{\n    return g();\n}\n")
    assert defines(path, "f") and not defines(path, "g")
