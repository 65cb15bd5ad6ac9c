"""From the original's checkpoint to the port's and back.

sources/    reads checkpoints of every format as names, shapes, dtypes and weights that are read when asked for
declared.py what the porter's conversion/rules.py declares
plan.py     pass one: what goes where, and everything that is wrong with it, without reading a weight
shards.py   the files to write, planned before the first byte
stream.py   pass two: weights through the rules into the shards
appearing.py a folder that is there only when it is whole
digest.py   a fingerprint of what was written
heads.py    a rule operation that Transformers does not have
"""
