# SPDX-License-Identifier: BSD-2-Clause
"""This is the example of HACKING.md's recipe for a kind of client.  Its client reads a
console's output in hexadecimal."""

from documents.recipe import Edit, NewFile, Recipe

RECIPE = Recipe(
    heading="Add a kind of client",
    files_max=7,
    steps=[
        NewFile("client_hex.h", beside="client_pty.h"),
        NewFile("client_hex.c", beside="client_pty.c"),
        Edit("role_link.h",
             "    ROLE_LOCAL_PTY,    /* a pty's master: bytes, no more */\n",
             "    ROLE_LOCAL_PTY,    /* a pty's master: bytes, no more */\n"
             "    ROLE_LOCAL_HEX,    /* a socket: packets of hexadecimal digits */\n"),
        Edit("net_consoles.c",
             '#include "net/client_fd.h"\n',
             '#include "net/client_fd.h"\n'
             '#include "net/client_hex.h"\n'),
        Edit("net_consoles.c",
             "    [ROLE_LOCAL_PTY] = client_pty_add,\n",
             "    [ROLE_LOCAL_PTY] = client_pty_add,\n"
             "    [ROLE_LOCAL_HEX] = client_hex_add,\n"),
        Edit("Makefile.am",
             "\tmediator/net/client_fd.c mediator/net/client_fd.h \\\n",
             "\tmediator/net/client_fd.c mediator/net/client_fd.h \\\n"
             "\tmediator/net/client_hex.c mediator/net/client_hex.h \\\n"),
        NewFile("test_client_hex.c", beside="test_client_pty.c"),
        Edit("tests.am",
             "\ttests/unit/net/test_client_pty \\\n",
             "\ttests/unit/net/test_client_hex \\\n"
             "\ttests/unit/net/test_client_pty \\\n"),
        Edit("tests.am",
             "tests_unit_net_test_client_pty_SOURCES = $(FD_FAKES) \\\n",
             "tests_unit_net_test_client_hex_SOURCES = $(FD_FAKES) \\\n"
             "\ttests/unit/net/test_client_hex.c\n"
             "tests_unit_net_test_client_pty_SOURCES = $(FD_FAKES) \\\n"),
    ],
    programs=["mediator/mediatord-net"],
    tests=["tests/unit/net/test_client_hex"],
)
