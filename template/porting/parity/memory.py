"""Give memory back to the system as soon as it is free."""

import ctypes
import sys


M_MMAP_THRESHOLD = -3  # the name of the option in glibc's malloc.h
LARGE = 1 << 20


def unmap_what_is_freed() -> None:
    """Have glibc map each block of LARGE bytes or more on its own, so that freeing a tensor unmaps it.

    Left to itself glibc keeps such blocks for later ones, which seldom fit: weights that exist in 64 bits for one
    operation each then add up to several times the model. Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
