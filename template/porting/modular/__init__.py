"""Expand modular files into the standalone files that Transformers ships."""

# Raised whenever the same modular file and parents give other bytes than before.
EXPANDER = "1"
