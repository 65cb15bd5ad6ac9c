"""The stand-in for the original: what day one has to convert and to compare with, until the porter's original is there.

by_hand/     originals in another style for the default parents, with their rules; start takes them over as they are
disguise.py  any other parent's own code made a stranger's: other names, fused projections, turned weights
original.py  such a stranger as the original's adapter runs it; what original/standin.py of a workspace calls
design.py    which names, fusions and turns a parent takes, found by trying them on a tiny one
rules.py     the conversion rules that undo a disguise
files.py     what `make start` writes of all this
texts.py     the text of these files for a parent in disguise
"""
