"""Proposes conversion rules from the original's and the port's names and shapes alone.

layers.py   finds the lists of layers on both sides and pairs them
roles.py    what the words in a module's name say it is for
match.py    pairs the modules of two paired scopes, and says how sure it is
write.py    turns pairs into rules, and the rules into a file
"""
