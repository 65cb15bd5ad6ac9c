"""Expansion of `modular_*.py` files into the standalone files that Transformers loads.

expansion.py       the front door, and the thread through all that follows
parents.py         where parents are: the installed Transformers, and the models of the workspace
outline.py         what a module defines and imports, and which names each definition uses
names.py           how a model's name is spelt, and how one name becomes another, case by case
own_names.py       the same for the models that are being made
modular_file.py    the modular file itself: its parents, and what it takes from them by name
prefixes.py        under which name the definitions of a parent's module are taken over
renamed.py         that module under this name, and what its definitions need
classes.py         one class made from a class of the modular file and its parent
methods.py         one method made from both; `super()` unfolded
kinds.py           which kind of file a class belongs to
placement.py       which definition goes into which file, and where in it; needs.py: after what it needs
imports.py         the imports a file needs; guarded.py, pil.py: where torch or torchvision may be missing
formatting.py      ruff, as upstream runs it
converter_rules.py what depends on the release of Transformers
trees.py           walking, changing and printing syntax trees
errors.py          how an expansion fails: one line that names the line

What a workspace does with it:

command.py      `make modular`
freshness.py    what every target asks first: are the generated files up to date?
stamp.py        `.modular.json`, from what each generated file was made; state.py: held against what stands there
plan.py         all modular files of a workspace expanded in a copy, held against what stands there, and written
sources.py      the modular files of a workspace, and which come before which
show.py         differences on the screen and in reports/; edits.py: an edit as lines to move
clone.py        the converter of a clone in the place of ours
"""

# Raised whenever the text that comes out of an expansion changes.
EXPANDER = "1"
