"""Options of a configuration that may change which weights a model has: switches, words, and what may be absent."""

import re
from collections.abc import Iterator

from porting.nearest.sizes import Setting, parts_of
from porting.tiny.roles import role_of
from porting.tiny.values import is_int, modeling_sources, own_values


# Switches that say nothing about weights.
_IDLE = re.compile(r"cache|return|output_|dropout|norm_topk|scale_|gradient|chunk|aux_loss|jitter|remove|freez|loss")
_MOST = 14


def alternatives(config) -> Iterator[Setting]:
    """One changed field at a time. Nobody has tried yet whether the model can be made so, or differs."""
    found = []
    for path, part in parts_of(config):
        source = modeling_sources(type(part))
        for name, value in own_values(part).items():
            if _IDLE.search(name):
                continue
            if isinstance(value, bool):
                found.append(Setting(path, name, not value))
            elif isinstance(value, str):
                found += [Setting(path, name, word) for word in _words(name, source) if word != value]
            elif is_int(value) and value and _may_be_absent(name, source):
                found.append(Setting(path, name, None))
    # What its own weights depend on is named by bias, norm, and the like: these first, for there is a limit.
    found.sort(key=lambda setting: (len(setting.path), not re.search(r"bias|norm|gate|tie|pos", setting.name)))
    yield from found[:_MOST]


def _words(name: str, source: str) -> list[str]:
    """The words that the code compares a field with."""
    compared = re.findall(rf"\b{re.escape(name)}\s*(?:==|!=)\s*[\"']([\w-]+)[\"']", source)
    for choices in re.findall(rf"\b{re.escape(name)}\s*(?:not )?in\s*[\[\(\{{]([^\]\)\}}]*)[\]\)\}}]", source):
        compared += re.findall(r"[\"']([\w-]+)[\"']", choices)
    return list(dict.fromkeys(compared))[:4]


def _may_be_absent(name: str, source: str) -> bool:
    role = role_of(name)
    if role == "rank" or "shared_expert" in name:
        return re.search(rf"\b{re.escape(name)} is (not )?None", source) is not None
    return False
