"""Expansion of `modular_*.py` files into the standalone files that Transformers loads.

expansion.py    the front door, and the thread through all that follows
parents.py      where parents are: the installed Transformers, and the models of the workspace
outline.py      what a module defines, and which names each definition uses
names.py        how a model's name is spelt, and how one name becomes another, case by case
prefixes.py     under which name the definitions of a parent's module are taken over
needs.py        what a definition still needs once it has been taken over, and in which order
modular_file.py the modular file itself: its definitions, its parents, what it takes from them by name
classes.py      one class made from a class of the modular file and its parent
methods.py      one method made from both; `super()` unfolded
placement.py    which definition goes into which file, and where in it
imports.py      the imports a file needs; guarded.py: those that must not fail without torch
formatting.py   ruff, as upstream runs it
trees.py        walking, changing and printing syntax trees

What a workspace does with it:

command.py      `make modular`
freshness.py    what every target asks first: are the generated files up to date?
stamp.py        `.modular.json`, from what each generated file was made; state.py: held against what stands there
plan.py         all modular files of a workspace expanded in a copy, held against what stands there, and written
sources.py      the modular files of a workspace, and which come before which
show.py         differences on the screen and in reports/; edits.py: an edit as lines to move
clone.py        the converter of a clone in the place of ours
"""

# Raised whenever the text that comes out of the expansion changes.
EXPANDER = "1"
