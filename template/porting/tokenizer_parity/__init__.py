"""Compares the ids of the original's tokenizer with those of the port's."""
