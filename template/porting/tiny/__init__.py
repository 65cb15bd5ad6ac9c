"""Any model in a size that runs at once: its configuration, inputs for a forward, and whether it runs and reloads.

config.py        the tiny configuration; widths, fields, layers, tokens, shapes: what it is made from
roles.py         what a field counts, told from its name
exceptions.py    what no rule reaches
inputs.py        inputs for one forward; input_*.py and placeholders.py: what they are made from
check_class.py   one class made, run, saved and loaded
"""
