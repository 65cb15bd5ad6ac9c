"""Have the original turn texts into ids, one by one.

    python original/ids.py TEXTS.json IDS.json

Runs in the ORIGINAL's environment: Python >= 3.8 and what `adapter.py` imports. TEXTS.json is a list of texts. IDS.json
is a list with a place for each of them, and after these for each text of the adapter's own `example_texts()`, if it has
that function:

    {"text": "...", "ids": [0, 17, 2]}
    {"text": "...", "refused": "KeyError: 'e'"}     the adapter raised: the original does not take this text
"""

import importlib
import json
import os
import sys
from pathlib import Path


def ids_of(adapter, text):
    """What the adapter says of one text: {"ids": ...} or {"refused": ...}."""
    try:
        (ids,) = adapter.tokenize([text])
        return {"ids": [int(token) for token in ids]}
    except Exception as error:  # whatever the original raises for a text it does not take
        return {"refused": ("%s: %s" % (type(error).__name__, error)).splitlines()[0]}


def main(texts_path, ids_path):
    adapter = importlib.import_module("adapter")
    if not hasattr(adapter, "tokenize"):
        print("original/adapter.py has no function tokenize(texts); add it, see step 9 of GUIDE.md", file=sys.stderr)
        return 2
    with open(texts_path, encoding="utf-8") as file:
        texts = json.load(file)
    texts += adapter.example_texts() if hasattr(adapter, "example_texts") else []
    results = [dict(ids_of(adapter, text), text=text) for text in texts]
    scratch = "%s.%d.tmp" % (ids_path, os.getpid())
    with open(scratch, "w", encoding="utf-8") as file:
        json.dump(results, file)
    os.replace(scratch, ids_path)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.exit(main(*sys.argv[1:]))
