"""The test file that `start` writes for a port of a text model, in the form that upstream's own test files have."""
