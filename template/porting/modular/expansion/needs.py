"""What definitions need, and in which order what they need goes into a file."""

from collections.abc import Callable, Collection, Iterable, Mapping


def reached(
    start: Iterable[str], needs: Callable[[str], Collection[str]], given: Collection[str] = frozenset()
) -> set[str]:
    """`start` and all it needs, directly or not, but for what is given and what only that needs."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in given:
            found.add(name)
            waiting += needs(name)
    return found


def by_place(names: Iterable[str], places: Mapping[str, float]) -> list[str]:
    """In the order of their places; those that have none come last, the later in the alphabet first."""
    return sorted(sorted(names, reverse=True), key=lambda name: places.get(name, float("inf")))
