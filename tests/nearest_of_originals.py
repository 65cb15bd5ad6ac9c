"""Which models `make nearest` names for real originals, held against the truth in tests/originals/nearest.json.

    python nearest_of_originals.py [--folder FOLDER] [--original NAME ...]

Two questions of each original: at which place is the model of Transformers that is the same (`twin`); and, with that
and its copies taken out of the index, at which place is the first of the models that an expert would name. A row of
models of equal structure is one place. The implementation was tuned on the originals of SEEN.txt alone; the shares of
the others are shown apart. Ends with 1 if one of the shares of all, or of the held-out, is below its bar.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "template"))

from porting.errors import CannotRun, CheckFailed  # noqa: E402
from porting.nearest import load_index, rank  # noqa: E402


ORIGINALS = Path(__file__).parent / "originals"
TRUTH = json.loads((ORIGINALS / "nearest.json").read_text(encoding="utf-8"))
SEEN = {line for line in (ORIGINALS / "SEEN.txt").read_text().splitlines() if line and not line.startswith("#")}

# Question, up to which place an answer counts, the share asked for.
BARS = (("twin", 1, 0.80), ("twin", 3, 0.95), ("expert", 5, 1.00))


@dataclass(frozen=True)
class Answer:
    """Places from 1, None for one that is not among the rows; `first` are the types in the first row."""

    place: int | None
    first: tuple[str, ...]
    refusal: str = ""

    def counts(self, up_to: int) -> bool:
        return self.place is not None and self.place <= up_to


@dataclass(frozen=True)
class Result:
    name: str
    twin: Answer | None
    expert: Answer
    seconds: float


def read_shapes(name: str, folder: Path) -> dict[str, tuple[int, ...]]:
    return {key: tuple(shape) for key, shape in json.loads((folder / f"{name}.json").read_text()).items()}


def ask(shapes: dict, index, wanted: set[str], excluded: tuple[str, ...] = ()) -> Answer:
    """The place of the first row that holds one of `wanted`."""
    try:
        rows = rank(shapes, index, exclude=excluded)
    except (CheckFailed, CannotRun) as error:
        return Answer(None, (), f"{type(error).__name__}: {error}")
    place = next((number for number, row in enumerate(rows, 1) if wanted & {*row.types}), None)
    return Answer(place, tuple(rows[0].types) if rows else ())


def judge(name: str, index, folder: Path = ORIGINALS) -> Result:
    truth, shapes, began = TRUTH[name], read_shapes(name, folder), time.perf_counter()
    twin = ask(shapes, index, {truth["twin"]}) if truth["twin"] else None
    seconds = time.perf_counter() - began
    without = truth["without"]
    return Result(name, twin, ask(shapes, index, {*without["expert"]}, tuple(without["excluded"])), seconds)


def shares(results: list[Result]) -> list[tuple[str, int, float, int, int]]:
    """For each bar: the question, the place, the share asked for; how many reach it, of how many."""
    found = []
    for question, up_to, bar in BARS:
        answers = [answer for result in results if (answer := getattr(result, question)) is not None]
        found.append((question, up_to, bar, sum(answer.counts(up_to) for answer in answers), len(answers)))
    return found


def table(results: list[Result]) -> list[str]:
    lines = [f"{'original':30} {'':8} {'twin':24} {'place':>5}  {'expert':>6}  {'s':>5}"]
    for result in results:
        twin = TRUTH[result.name]["twin"] or "-"
        place = "" if result.twin is None else str(result.twin.place or "no")
        seen = "seen" if result.name in SEEN else "held out"
        expert = str(result.expert.place or "no")
        lines.append(f"{result.name:30} {seen:8} {twin:24} {place:>5}  {expert:>6}  {result.seconds:5.1f}")
        if result.twin and not result.twin.counts(1):
            lines.append(f"    first: {result.twin.refusal or ', '.join(result.twin.first[:6])}")
        if not result.expert.counts(5):
            wanted = " or ".join(TRUTH[result.name]["without"]["expert"])
            lines.append(
                f"    without: {result.expert.refusal or ', '.join(result.expert.first[:6])}; wanted {wanted}"
            )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ORIGINALS, help="names and shapes, as build.py writes them")
    parser.add_argument("--original", action="append", choices=sorted(TRUTH), help="this one alone")
    arguments = parser.parse_args()
    index = load_index()
    results = [judge(name, index, arguments.folder) for name in arguments.original or TRUTH]
    print("\n".join(table(results)))
    below = False
    for group, members in (
        ("all", results),
        ("seen", [result for result in results if result.name in SEEN]),
        ("held out", [result for result in results if result.name not in SEEN]),
    ):
        for question, up_to, bar, reached, count in shares(members) if members else ():
            asked = f"twin among the first {up_to}" if question == "twin" else f"expert's among the first {up_to}"
            is_below = reached < bar * count
            below |= is_below and group != "seen"
            print(f"{group:9} {asked:28} {reached:3} of {count:3}, asked {bar:4.0%}{'  BELOW' if is_below else ''}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
