"""Renders for the tests: one snapshot of the working state, and one render per set of answers."""

import json
import os
import random
import re
import shutil
import signal
import site
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import copier
import pytest
import yaml
from hypothesis import settings


REPOSITORY = Path(__file__).resolve().parents[1]
ARCHITECTURES = ("encoder", "decoder", "encoder-decoder")

RELEASES = yaml.safe_load((REPOSITORY / "releases.yml").read_text(encoding="utf-8"))
WORKING = "999.0.0"
A_TOKENIZER = {"encoder": "wordpiece", "decoder": "bpe", "encoder-decoder": "unigram"}

# A shell starts what it runs in the background without Ctrl-C, and what the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A model name that is short enough for lines to be formatted without a break.
DEFAULT_ANSWERS = {"model_name": "GLib", "base_architecture": "decoder", "setup": False}

# family -> a line of its parent's modeling file, what it becomes, the module it belongs to, and the cause parity names.
BROKEN_LINES = {
    "decoder": (
        r"self\.scaling = self\.head_dim\*\*-0\.5",
        "self.scaling = 1.0",
        "model.layers.0.self_attn",
        "attention_scale",
    ),
    "encoder": (
        r"self\.LayerNorm\(hidden_states \+ input_tensor\)",
        "self.LayerNorm(hidden_states)",
        "g_lib.encoder.layer.0.attention.output",
        "residual_missing",
    ),
    "encoder-decoder": (
        r"encoder_attention_mask=encoder_attention_mask,",
        "encoder_attention_mask=None,",
        "model.decoder",
        "attention_mask",
    ),
}

# The same examples in each run, and no time limit for one of them: machines that run the tests may be busy.
settings.register_profile("tests", derandomize=True, deadline=None, database=None)
settings.load_profile("tests")


def of_the_day(names, count: int) -> list:
    """Some of many, others each day: what takes too long to be tried whole in each run. `nox -s everything` tries all."""
    if os.environ.get("EVERY_DAY"):
        return sorted(names)
    return random.Random(date.today().toordinal()).sample(sorted(names), count)


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    output: str


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: int = 600) -> Result:
    """Run a command without a terminal; stdout and stderr come back as one text."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | {"COLUMNS": "80", "HF_HUB_OFFLINE": "1"} | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
    )
    return Result(done.returncode, done.stdout.decode(errors="replace"))


def make(workspace: Path, target: str, **variables: str) -> Result:
    """`make <target>` in a workspace, with the interpreter of the tests."""
    assignments = [f"{name}={value}" for name, value in ({"PYTHON": sys.executable} | variables).items()]
    return run("make", "--no-print-directory", target, *assignments, cwd=workspace)


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """The working state of this repository, committed in a clone of its own that nobody edits."""
    snapshot = tmp_path_factory.mktemp("template") / "port-template"
    snapshot.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            target = snapshot / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "snapshot"], ["tag", "v0.0.1"]):
        subprocess.run([*git, *command], cwd=snapshot, check=True)
    return snapshot


@pytest.fixture(scope="session")
def questionnaire(tmp_path_factory) -> Path:
    """The questions alone, in a template that renders nothing but the answers."""
    copy = tmp_path_factory.mktemp("questions") / "template"
    shutil.copytree(REPOSITORY / "questions", copy / "questions")
    shutil.copy(REPOSITORY / "copier.yml", copy)
    answers_file = "{{_copier_conf.answers_file}}.jinja"
    base = copy / "template" / "porting" / "base"
    base.mkdir(parents=True)
    shutil.copy(REPOSITORY / "template" / "porting" / "base" / "models.json", base)
    shutil.copy(REPOSITORY / "template" / answers_file, copy / "template")
    return copy


@pytest.fixture
def command(questionnaire, tmp_path):
    return [sys.executable, "-m", "copier", "copy", "--skip-tasks", questionnaire, tmp_path / "workspace"]


@pytest.fixture(scope="session")
def released(template, tmp_path_factory) -> Path:
    """A clone with the tags of releases.yml, and the working state as its newest version, WORKING."""
    shallow = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"], cwd=REPOSITORY, stdout=subprocess.PIPE, check=True
    )
    if shallow.stdout.strip() == b"true":
        pytest.fail("the releases are not in this shallow clone; run `git fetch --unshallow`")
    clone = tmp_path_factory.mktemp("released") / "port-template"
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@example.org"]
    subprocess.run([*git, "clone", "-q", "--no-checkout", REPOSITORY, clone], check=True)
    for version, commit in RELEASES.items():
        subprocess.run([*git, "tag", "--force", f"v{version}", commit], cwd=clone, check=True)
    for command in (
        ["--work-tree", str(template), "add", "-A"],
        ["commit", "-q", "--allow-empty", "-m", "working state"],
        ["tag", f"v{WORKING}"],
        ["checkout", "-q", "--force", "HEAD"],
    ):
        subprocess.run([*git, *command], cwd=clone, check=True)
    return clone


@pytest.fixture(scope="session")
def port_of(released, tmp_path_factory):
    """`port_of(version, architecture, destination)`: a port as that version rendered it, committed."""
    made: dict[tuple, Path] = {}

    def _port_of(version: str, architecture: str, destination: Path) -> Path:
        key = (version, architecture)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("release") / "port"
            answers = {"base_architecture": architecture, "tokenizer": A_TOKENIZER[architecture]}
            copier.run_copy(
                str(released),
                made[key],
                vcs_ref=f"v{version}",
                data=DEFAULT_ANSWERS | answers,
                defaults=True,
                skip_tasks=True,
                quiet=True,
            )
            git = ["git", "-c", "user.name=porter", "-c", "user.email=porter@example.org"]
            for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", f"as v{version} rendered it"]):
                subprocess.run([*git, *command], cwd=made[key], check=True)
        shutil.copytree(made[key], destination, symlinks=True)
        return destination

    return _port_of


@pytest.fixture(scope="session")
def full_files(port_of, tmp_path_factory):
    """`full_files(architecture)`: a port with full files, as 0.3.0 rendered them, in a workspace of today. Do not edit it."""
    made: dict[str, Path] = {}

    def _full_files(architecture: str) -> Path:
        if architecture not in made:
            made[architecture] = port_of("0.3.0", architecture, tmp_path_factory.mktemp("full") / "port")
            copier.run_update(
                made[architecture], defaults=True, overwrite=True, unsafe=True, quiet=True, skip_tasks=True
            )
        return made[architecture]

    return _full_files


@pytest.fixture(scope="session")
def render(template, tmp_path_factory):
    """`render(destination=None, **answers)`: copy the template without its tasks, return the workspace."""

    def _render(destination: Path | None = None, **answers) -> Path:
        if destination is None:
            destination = tmp_path_factory.mktemp("render") / "workspace"
        copier.run_copy(
            str(template),
            destination,
            data=DEFAULT_ANSWERS | answers,
            defaults=True,
            skip_tasks=True,
            quiet=True,
            overwrite=True,
        )
        return destination

    return _render


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """The directory of a `python` that has all that is needed, in an environment that may be written to."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    asked = run(binaries / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    Path(asked.output.strip(), "tested.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    ruff = "ruff.exe" if os.name == "nt" else "ruff"  # a program, which its package looks for beside the interpreter
    shutil.copy(Path(sys.executable).parent / ruff, binaries)
    return binaries


@pytest.fixture(scope="session")
def workspace(render):
    """`workspace(**answers)`: a started and formatted render, shared by tests with the same answers. Do not edit it."""
    made: dict[str, Path] = {}

    def _workspace(**answers) -> Path:
        key = repr(sorted(answers.items()))
        if key not in made:
            made[key] = render(**answers)
            for target in ("start", "style"):
                done = make(made[key], target)
                assert done.code == 0, done.output
        return made[key]

    return _workspace


def parity_report(workspace: Path) -> dict:
    """What the last `make parity` in a workspace wrote for machines."""
    return json.loads((workspace / "reports" / "parity.json").read_text())


@pytest.fixture(scope="session")
def compare(workspace, tmp_path_factory):
    """`compare(family)`: a fresh workspace after its first `make parity`, and what that printed. Do not edit it."""
    made = {}

    def _compare(family: str) -> tuple[Path, Result]:
        if family not in made:
            copy = tmp_path_factory.mktemp("parity") / "workspace"
            shutil.copytree(workspace(base_architecture=family), copy)
            made[family] = copy, make(copy, "parity")
        return made[family]

    return _compare


@pytest.fixture
def faulty(compare, tmp_path):
    """`faulty(family, pattern, replacement)`: a compared workspace with the first such place of the model changed."""

    def _faulty(family: str, pattern: str, replacement: str) -> tuple[Path, int]:
        copy = tmp_path / "workspace"
        shutil.copytree(compare(family)[0], copy)
        modeling = next((copy / "src").rglob("modeling_*.py"))
        text = modeling.read_text()
        place = re.search(pattern, text)
        assert place, f"{pattern} is not in the modeling file"
        modeling.write_text(text[: place.start()] + replacement + text[place.end() :])
        return copy, text[: place.start()].count("\n") + 1

    return _faulty


# The tables at the end of a run: name of a test's property -> title and columns.
TABLES = {
    "matrix_row": (
        "rendered ports, upstream's common tests",
        ("architecture", "name or parent", "transformers", "passed", "failed", "skipped"),
    ),
    "update_row": (
        "releases updated to the working state",
        ("release", "architecture", "owned", "managed", "added", "deleted", "lines", "lost", "conflicts", "after"),
    ),
    "fault_row": ("faults of a conversion, and what make convert says", ("fault", "message")),
    "script_row": ("random edit scripts", ("release", "scripts", "edits", "lines", "lost", "conflicts")),
    "modular_row": ("fresh modular files, held against upstream's converter", ("release", "cases", "files as wanted")),
}
_ROWS: dict[str, list[list]] = {name: [] for name in TABLES}


@pytest.fixture
def record_row(request):
    """`record_row(architecture, name length, version, passed, failed, skipped)`: a row of the table at the end."""
    return lambda *row: request.node.user_properties.append(("matrix_row", list(row)))


@pytest.fixture
def record_fault(request):
    """`record_fault(fault, message)`: a row of the table of faults at the end."""
    return lambda *row: request.node.user_properties.append(("fault_row", list(row)))


@pytest.fixture
def record_update(request):
    """`record_update(release, ...)`: a row of the table of updates, with its columns."""
    return lambda *row: request.node.user_properties.append(("update_row", list(row)))


@pytest.fixture
def record_script(request):
    """`record_script(release, edits, lines, lost, conflicts)`: what one random edit script adds to its release's row."""
    return lambda release, *row: request.node.user_properties.append(("script_row", [release, 1, *row]))


def pytest_runtest_logreport(report):
    if report.when == "call":
        for name, value in report.user_properties:
            if name in _ROWS:
                _ROWS[name].append(value)


def pytest_terminal_summary(terminalreporter):
    for name, (title, columns) in TABLES.items():
        rows = sorted(_ROWS[name], key=str)
        if not rows:
            continue
        terminalreporter.section(title)
        if name == "fault_row":
            lines = [f"{fault.replace('_', ' ')}: {' '.join(message.split())}" for fault, message in rows]
        else:
            lines = _table([list(columns), *(_totals(rows) if name == "script_row" else rows)])
        for line in lines:
            terminalreporter.write_line(line)


def _totals(rows: list[list]) -> list[list]:
    """The rows with the same first column as one, with the sums of the others."""
    groups = {key: [row[1:] for row in rows if row[0] == key] for key in sorted({row[0] for row in rows})}
    return [[key, *map(sum, zip(*group, strict=True))] for key, group in groups.items()]


def _table(rows: list[list]) -> list[str]:
    widths = [max(len(str(cell)) for cell in column) + 2 for column in zip(*rows, strict=True)]
    return ["".join(f"{cell!s:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
