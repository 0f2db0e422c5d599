# SPDX-License-Identifier: BSD-2-Clause
"""This is the example of HACKING.md's recipe for a network card that is passed through.
Its card is an imaginary one of Intel's."""

from documents.recipe import Edit, NewFile, Recipe

RECIPE = Recipe(
    heading="Add a network card",
    files_max=5,
    steps=[
        NewFile("nic_imaginary.c", beside="nic_82540.c"),
        Edit("nic_pci.h",
             "    family(pci_family_82574)\n",
             "    family(pci_family_82574) \\\n"
             "    family(pci_family_imaginary)\n"),
        Edit("lwip.am",
             "\tlwip-port/nic/nic_82574.c \\\n",
             "\tlwip-port/nic/nic_82574.c \\\n"
             "\tlwip-port/nic/nic_imaginary.c \\\n"),
        NewFile("test_nic_imaginary.c", beside="test_nic_intel.c"),
        Edit("tests.am",
             "\ttests/unit/nic/test_nic_frames \\\n",
             "\ttests/unit/nic/test_nic_frames \\\n"
             "\ttests/unit/nic/test_nic_imaginary \\\n"),
    ],
    programs=["mediator/mediatord", "mediator/mediatord-net"],
    tests=["tests/unit/nic/test_nic_imaginary"],
)
