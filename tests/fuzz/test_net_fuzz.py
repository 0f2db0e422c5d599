# SPDX-License-Identifier: BSD-2-Clause
"""This test runs libFuzzer on all code that faces the network: card drivers, lwIP,
consoles and clients."""

import re
import subprocess

from fuzz.libfuzzer import fuzz
from sources import INCLUDES, ROOT, source

CORPUS = ROOT / "tests/fuzz/corpus-net"
FLAGS = ["-std=gnu11", "-g", "-w",
         # This check must be off: lwIP takes the address of a null pointer's first member.
         "-fno-sanitize=null",
         # The fuzzer's input decides what time it is, and which random numbers come.
         "-Dclock_gettime=fuzz_clock_gettime", "-Dgetrandom=fuzz_getrandom",
         "-include", ROOT / "tests/fuzz/net_limits.h",
         *INCLUDES]
SOURCES = [f"{name}.c" for name in (
    "access_list", "card_model", "client", "client_attach", "client_fd", "client_pty",
    "client_reader", "client_tcp", "console_options", "descriptors", "fuzz_net", "fuzz_nic",
    "fuzz_peer", "fuzz_support", "history_filter", "in_ring", "intel_common",
    "intel_rings", "ip6_filter", "lwip_hooks", "lwip_system", "net_console",
    "net_consoles", "netif_address", "netif_ethernet", "nic_82540", "nic_82574",
    "out_ring", "printable", "role_link", "shared_file", "siphash", "tcp_listener",
    "tcp_places", "terminal_parser", "uart_mode", "wake")]


def lwip_source():
    return subprocess.run([ROOT / "lwip-port/fetch-lwip", "--print-dir"], check=True,
                          capture_output=True, text=True).stdout.strip()


def core_files(lwip):
    """Returns the paths of lwIP's own files, as lwip.am lists them."""
    text = (ROOT / "lwip-port/lwip.am").read_text()
    return [f"{lwip}/{name}" for name in re.findall(r"\$\(LWIP_SRC\)/(src/\S+\.c)", text)]


def nic_fuzzer_finds_nothing(tmp_path):
    lwip = lwip_source()
    fuzz(tmp_path, CORPUS,
         [*FLAGS, "-isystem", f"{lwip}/src/include", *core_files(lwip),
          *map(source, SOURCES), "-lev"])
