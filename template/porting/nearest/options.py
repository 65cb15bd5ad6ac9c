"""Options of a configuration that may change which weights a model has: switches, words, and what may be absent."""

import inspect
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
                words = _words(name, source) + _documented(name, type(part))
                found += [Setting(path, name, word) for word in dict.fromkeys(words) if word != value]
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
    compared += re.findall(rf"[\"']([\w-]+)[\"'] in (?:self\.|config\.)*{re.escape(name)}\b", source)
    return list(dict.fromkeys(compared))[:4]


def _documented(name: str, config_class) -> list[str]:
    """The words that the configuration's own code and documentation quote soon after a field's name."""
    try:
        source = inspect.getsource(config_class)
    except (TypeError, OSError):
        return []
    places = re.findall(rf"\b{re.escape(name)}\b(.{{0,250}})", source, re.DOTALL)
    words = [word for place in places for word in re.findall(r"[\"'`]([a-z][\w-]+)[\"'`]", place)]
    return [word for word in dict.fromkeys(words) if word != name][:4]


def _may_be_absent(name: str, source: str) -> bool:
    role = role_of(name)
    if role == "rank" or "shared_expert" in name:
        return re.search(rf"\b{re.escape(name)} is (not )?None", source) is not None
    return False
