# SPDX-License-Identifier: BSD-2-Clause
"""A network card that is passed through: an imaginary one of Intel's."""

from documents.recipe import Edit, NewFile, Recipe

RECIPE = Recipe(
    heading="Add a network card",
    files_max=6,
    steps=[
        NewFile("nic_imaginary.c", beside="nic_82540.c"),
        Edit("nic_pci.h",
             "extern const struct pci_family pci_family_82540, pci_family_82574;\n",
             "extern const struct pci_family pci_family_82540, pci_family_82574;\n"
             "extern const struct pci_family pci_family_imaginary;\n"),
        Edit("nic_pci.c",
             "    &pci_family_82574,\n",
             "    &pci_family_82574,\n"
             "    &pci_family_imaginary,\n"),
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
    programs=["mediator/mediatord"],
    tests=["tests/unit/nic/test_nic_imaginary"],
)
