# SPDX-License-Identifier: BSD-2-Clause
"""These tests run libFuzzer on all that the supervisor is told: by operators, xl, its
configuration and its roles; and on what it tells roles and mediatorctl."""

from fuzz.libfuzzer import fuzz
from fuzz.test_net_fuzz import lwip_source
from sources import INCLUDES, ROOT, source

FLAGS = ["-std=gnu11", "-g", "-w", *INCLUDES]
OPTIONS = ["access_list", "console_options", "uart_mode"]
LINK = ["descriptors", "printable", "role_link"]
RINGS = ["in_ring", "interrupt_levels", "out_ring", "shared_file", "uart_report", "wake"]

# This is the supervisor without Xen, Linux's ttys, the card and the roles' processes:
# fuzz_supervisor.c stands in their place.
SUPERVISOR = [*OPTIONS, *LINK, *RINGS, "console_attach", "console_break", "console_files",
              "console_interrupts", "console_life", "console_list", "console_network",
              "console_paths", "console_pty", "console_record", "console_request",
              "console_state", "consoles", "fuzz_supervisor",
              "interrupt_remapping", "json_add", "net_keeper", "net_status", "pci_address",
              "pci_function", "pci_isolation", "restart_delay", "role_process", "status"]
NO_PROCESSES = [f"-D{call}=fuzz_{call}" for call in ("fork", "kill", "socketpair")]


def fuzz_files(tmp_path, name, files, *arguments):
    """Runs fuzz_NAME.c, with these files of ours, on corpus-NAME."""
    compiled = [source(f"{file}.c") for file in (f"fuzz_{name}", "fuzz_support", *files)]
    fuzz(tmp_path, ROOT / "tests/fuzz" / f"corpus-{name.replace('_', '-')}",
         [*FLAGS, *compiled, *arguments], usual=15)


def main_control_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "control", ["control_socket", *SUPERVISOR], *NO_PROCESSES, "-lev",
               "-ljson-c")


def main_mediatorctl_fuzzer_finds_nothing(tmp_path):
    calls = "main", "socket", "connect", "recvmsg", "poll", "clock_gettime"
    names = ["mediatorctl_main", *(f"fuzz_{call}" for call in calls[1:])]
    fuzz_files(tmp_path, "mediatorctl",
               ["attach", "attach_escape", "attach_input", "control_client",
                "descriptors", "mediatorctl", "printable", "terminal_parser"],
               *(f"-D{call}={name}" for call, name in zip(calls, names)), "-ljson-c")


def main_options_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "options",
               [*OPTIONS, "console_paths", "console_record", "json_add", "uart_arguments"],
               "-ljson-c")


def trust_role_process_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "role_process", ["fuzz_datagram", *SUPERVISOR], *NO_PROCESSES,
               "-lev", "-ljson-c")


def trust_role_link_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "role_link",
               [*OPTIONS, *LINK, *RINGS, "client", "client_attach", "client_fd", "client_pty",
                "client_reader", "fuzz_datagram", "history_filter", "net_console", "net_consoles",
                "net_messages", "terminal_parser"],
               "-include", ROOT / "tests/fuzz/net_limits.h",
               "-isystem", f"{lwip_source()}/src/include", "-lev")


def xl_configuration_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "config", [*OPTIONS, "config", "config_lines"], "-lxlutil")


def xl_requests_fuzzer_finds_nothing(tmp_path):
    fuzz_files(tmp_path, "xl_requests", [*OPTIONS, "fuzz_store", "xl_requests"], "-lev")
