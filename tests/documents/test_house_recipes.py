# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that HACKING.md's recipes can be followed: each has an example, which is
applied to a copy of the tree, built and tested."""

import re

import pytest

from documents.recipe import Copy, Edit, recipes
from sources import ROOT

RECIPES = recipes()
HACKING = (ROOT / "mediator/HACKING.md").read_text()

each_recipe = pytest.mark.parametrize("name", RECIPES)


@each_recipe
def house_recipe_touches_few_files(name):
    files = RECIPES[name].files()
    assert len(files) <= RECIPES[name].files_max, sorted(map(str, files))


@each_recipe
def house_recipe_is_told(name):
    """The recipe's part of HACKING.md names each file that the recipe touches, and its
    example."""
    recipe = RECIPES[name]
    part = re.search(rf"^### {re.escape(recipe.heading)}$(.*?)(?=^##|\Z)", HACKING, re.M | re.S)
    assert part, f"HACKING.md has no heading \"### {recipe.heading}\""
    untold = [path.name for path in recipe.files() if path.name not in part[1]]
    assert not untold, f"HACKING.md says nothing of {untold}"
    assert f"tests/documents/recipes/{name}/" in part[1]


@each_recipe
def house_recipe_can_be_followed(name, tmp_path):
    recipe, copy = RECIPES[name], Copy(tmp_path)
    copy.follow(name, recipe)
    copy.make(*recipe.programs, *recipe.tests)
    for program in recipe.tests:
        print(copy.run(program))
    for program, text in recipe.shows.items():
        assert text in copy.run(program, "--help")


def house_recipe_whose_place_is_gone_says_so():
    edit = Edit("nic_pci.c", "no such line\n", "")
    with pytest.raises(LookupError, match="0 times in nic_pci.c.*recipes"):
        edit.apply("int a;\n")
