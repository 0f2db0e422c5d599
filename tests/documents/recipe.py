# SPDX-License-Identifier: BSD-2-Clause
"""A Recipe is a recipe of HACKING.md in a form that a test can follow: edits and new
files.  They are applied to a copy of the tree, which is then built and tested.

A recipe names files without their folders, so that files may move.  The text that it
replaces must stand in its file exactly once."""

import importlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from sources import ROOT, source

RECIPES = Path(__file__).with_name("recipes")
WITHOUT = shutil.ignore_patterns(".git", "build", "__pycache__", "autom4te.cache")


class Edit(NamedTuple):
    """An Edit changes one place of a file that is there."""
    file: str
    old: str
    new: str

    def path(self):
        at_the_top = Path(self.file)
        return at_the_top if (ROOT / at_the_top).exists() else source(self.file).relative_to(ROOT)

    def apply(self, text):
        count = text.count(self.old)
        if count != 1:
            raise LookupError(f"a recipe's edit finds its old text {count} times in {self.file}, "
                              f"not once; adapt it below tests/documents/recipes:\n{self.old}")
        return text.replace(self.old, self.new)


class NewFile(NamedTuple):
    """A NewFile is a file in the recipe's folder; it is put beside another file of the tree."""
    file: str
    beside: str

    def path(self):
        return source(self.beside).relative_to(ROOT).parent / self.file


class Recipe(NamedTuple):
    heading: str            # the recipe's heading in HACKING.md
    files_max: int          # it may touch so many files, its manual and test included
    steps: list             # of Edit and NewFile
    programs: list          # these programs of the build are made
    tests: list             # these test programs are made and run
    shows: dict = {}        # {program: what its --help must say then}

    def files(self):
        return {step.path() for step in self.steps}


def recipes():
    """Returns {name: Recipe}, of the folders in recipes/."""
    return {path.parent.name: importlib.import_module(
        f"documents.recipes.{path.parent.name}.recipe").RECIPE
            for path in sorted(RECIPES.glob("*/recipe.py"))}


class Copy:
    """A Copy is a copy of the tree and of its plain build in another folder."""

    def __init__(self, folder):
        self.root = folder / "tree"
        self.build = self.root / "build/plain"
        shutil.copytree(ROOT, self.root, ignore=WITHOUT, symlinks=True)
        shutil.copytree(ROOT / "build/plain", self.build, symlinks=True)

    def follow(self, name, recipe):
        for step in recipe.steps:
            target = self.root / step.path()
            if isinstance(step, NewFile):
                assert not target.exists(), f"{step.file} is there already"
                shutil.copyfile(RECIPES / name / step.file, target)
            else:
                target.write_text(step.apply(target.read_text()))

    def make(self, *targets):
        done = subprocess.run(["make", "-C", self.build, f"-j{os.cpu_count()}", *targets],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout[-4000:]

    def run(self, program, *arguments):
        done = subprocess.run([self.build / program, *arguments], cwd=self.build,
                              env=dict(os.environ, srcdir=str(self.root)),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout
