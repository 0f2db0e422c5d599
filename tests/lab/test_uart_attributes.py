# SPDX-License-Identifier: BSD-2-Clause
"""These tests are about the interfaces that xen-patch's hypervisor part adds to Xen: a call
with wrong arguments is refused, with the error that dm_op.h names."""

import pytest

from lab.mediator import BUILD


@pytest.fixture
def paused_guest(make_guest):
    """The guest is an HVM domain that has not run, and has no ioreq server but QEMU's."""
    return make_guest()


def uart_attributes_are_refused_where_they_do_not_fit(lab, ioreq_ports_test):
    """F1, F2, F3: tools/tests/ioreq-ports makes domains of its own, and no vCPU runs."""
    done = lab.exec(ioreq_ports_test, check=False, timeout=120)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skip" not in done.stdout
    last = done.stdout.splitlines()[-1].split()
    assert int(last[0]) >= 70 and last[1:] == ["checks,", "0", "failed"], done.stdout
    # The test's domains are gone.
    assert "(null)" not in lab.exec("xl list").stdout


def uart_attributes_are_asked_for_in_so_many_words(lab, paused_guest):
    """F4: Xen answers the question only if it is put in its own words."""
    lab.push(BUILD / "tests/lab/attributes_probe", "/root/attributes_probe")
    done = lab.exec(["/root/attributes_probe", str(paused_guest.domid)], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "7 questions, 0 with a wrong answer\n"
