"""Find the model of Transformers that a port starts from, and start from it."""
