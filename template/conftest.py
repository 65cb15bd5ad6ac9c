"""Lets pytest run the tests under `tests/` as they will run in a clone of Transformers."""

import sys
from pathlib import Path


ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from porting import mount  # noqa: E402
from porting.upstream.package import compose  # noqa: E402
from porting.upstream.sdist import find_common_tests  # noqa: E402


mount.install(ROOT)
compose(ROOT, find_common_tests())
