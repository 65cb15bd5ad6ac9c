"""Compare the port with a trace of the original and name the module where they part."""
