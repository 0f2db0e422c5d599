# SPDX-License-Identifier: BSD-2-Clause
"""These tests fail when a rule of the house is broken: which folder may include from which,
no circles, and what each file looks like.  house.py finds what breaks the rules."""

from pathlib import Path

import pytest

from documents import house


@pytest.mark.parametrize("rule", house.RULES)
def house_rule_is_kept(rule):
    """house_exceptions.txt lists today's exceptions; none is to be added."""
    exceptions = house.read_exceptions()[rule]
    broken = [message for what, message in house.RULES[rule]().items() if what not in exceptions]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", house.RULES)
def house_exception_is_still_one(rule):
    found = house.RULES[rule]()
    stale = [what for what in house.read_exceptions()[rule] if what not in found]
    assert not stale, ("no longer needed in tests/documents/house_exceptions.txt, run "
                       f"tests/documents/house.py --prune: {stale}")


def house_table_names_each_folder_with_code():
    """The rule "include" goes by the table in ARCHITECTURE.md."""
    table = house.folder_table()
    folders = {path.parent for path in house.c_files(*house.INCLUDE_ROOTS)}
    assert set(table) == folders
    named = {target for targets in table.values() for target in targets}
    assert named <= folders, f"no such folders: {named - folders}"


def house_folders_stand_above_each_other():
    """If A may include B, then B may not include A, also not by way of others."""
    table = house.folder_table()
    assert not house.knots(table), "the permitted folders go in a circle"


# ---- the rules notice what breaks them ----------------------------------------

@pytest.fixture
def tree(tmp_path):
    """tree(path, text) writes a file into a small tree and returns the tree's path.  The tree
    itself keeps all rules."""
    def write(path, text):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return tmp_path

    write(house.ARCHITECTURE,
          "| `mediator/shared/` | what all use | nothing |\n"
          "| `mediator/uart/` | the UART | `mediator/shared/` |\n")
    write("mediator/shared/log.h", opening("log.h"))
    write("mediator/uart/uart.c", opening("uart.c", '#include "shared/log.h"\n'))
    for folder in ("lwip-port", "tests"):
        (tmp_path / folder).mkdir()
    return write


def opening(name, text=""):
    return f"/* SPDX-License-Identifier: BSD-2-Clause */\n/* {name} - an example */\n{text}"


def broken(root):
    return {rule: found for rule, find in house.RULES.items() if (found := find(root))}


def house_tree_without_faults_breaks_no_rule(tree):
    assert not broken(tree("mediator/uart/uart.h", opening("uart.h")))


def house_include_upwards_is_noticed(tree):
    tree("mediator/uart/uart.h", opening("uart.h"))
    root = tree("mediator/shared/role.h", opening("role.h", '#include "uart/uart.h"\n'))
    assert list(broken(root)) == ["include"]
    message = house.forbidden_includes(root)["mediator/shared mediator/uart"]
    assert "mediator/shared/role.h includes mediator/uart/uart.h" in message


def house_circle_is_noticed_and_shown(tree):
    tree("mediator/uart/a.h", opening("a.h", '#include "uart/b.h"\n'))
    tree("mediator/uart/b.c", opening("b.c", '#include "uart/b.h"\n#include "uart/c.h"\n'))
    tree("mediator/uart/b.h", opening("b.h"))
    root = tree("mediator/uart/c.h", opening("c.h", '#include "uart/a.h"\n'))
    assert list(broken(root)) == ["circle"]
    (what, message), = house.circles(root).items()
    assert what == "mediator/uart/a mediator/uart/b mediator/uart/c"
    assert "mediator/uart/b.c includes mediator/uart/c.h" in message


@pytest.mark.parametrize("rule, text", [
    ("opening", "/* SPDX-License-Identifier: BSD-2-Clause */\n#include <stdio.h>\n"),
    ("opening", "/*\n * x.c - without a licence\n */\n"),
    ("long-file", opening("x.c", "int a;\n" * 520)),
    ("long-function", opening("x.c", "int f(void)\n{\n" + "    g();\n" * 60 + "}\n")),
    ("wide", opening("x.c", "int " + 80 * "a" + ";\n")),
], ids=["no-comment", "no-licence", "long-file", "long-function", "wide"])
def house_file_that_breaks_a_rule_is_noticed(tree, rule, text):
    assert list(broken(tree("mediator/uart/x.c", text))) == [rule]


def house_functions_are_measured_with_their_signature():
    text = "static int f(int a,\n             int b)\n{\n    return a;\n}\n\nint g(void);\n"
    assert list(house.functions_of(text)) == [("f", 5)]


def house_files_of_the_tree_are_seen():
    files = {str(path) for path in house.c_files("mediator", "lwip-port", "tests")}
    assert {"mediator/uart/uart.c", "lwip-port/nic/nic.h", "tests/unit/unit.h"} <= files
    assert not [path for path in files if Path(path).suffix not in (".c", ".h")]
