"""Modular files of a workspace, and the standalone files that Transformers loads.

expansion/      what a modular file expands to; formatting.py: ruff, as upstream runs it
command.py      `make modular`
freshness.py    what every target asks first: are the generated files up to date?
stamp.py        `.modular.json`, from what each generated file was made; state.py: held against what stands there
plan.py         all modular files of a workspace expanded in a copy, held against what stands there, and written
sources.py      the modular files of a workspace, and which come before which
show.py         differences on the screen and in reports/; edits.py: an edit as lines to move
clone.py        the converter of a clone in the place of ours
errors.py       how an expansion fails: one line that names the line
"""

# Raised whenever the text that comes out of an expansion changes.
EXPANDER = "1"
