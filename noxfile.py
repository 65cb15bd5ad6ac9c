"""What CI runs, and what the README's two commands run.

nox -s demo        render a real model's port, set it up, format it, try it, show it and a fault that parity finds
nox -s tests       everything against the newest supported Transformers
nox -s tests_oldest   the rendered ports against the oldest
nox -s lint        format and lint of this repository's own Python
nox -s everything  the tests, with what `tests` takes by the day whole
nox -s newest      started ports with the newest Transformers there is; says what broke
nox -s ports       the worked ports of examples/ports, each against its original; `nox -s ports -- esm2` for one
nox -s modes       parity of ports spread over processes, devices and disk, in every family
nox -s differences   the guide's list "to change this, write that", each entry with upstream's tests
nox -s standins    the first commands of ports of seven parents, of which `tests` has one by the day
nox -s browser     the report of parity in a browser engine without a screen
nox -s pictures    make the README's pictures anew
nox -s updates     every release and family, 300 random edit scripts and 20 killed updates, of which `tests` has a few
nox -s check-answers -- FILE...   names, types and rules of files of answers, without rendering
nox -s nearest -- FILE   the models that a checkpoint is most like, before there is a workspace: the answers to give
nox -s frameworks  originals in Flax and Keras, traced in their own environment; checkpoints of TensorFlow, Orbax, Flax
nox -s originals   what `make rules` and `make nearest` find for real originals, built anew from their packages
nox -s selves      each model of the release by its tiny weights under random names: `make nearest` knows it; resumable
nox -s parents     `make test` of a port from each parent that stands for the text models, and from 20 drawn; resumable
nox -s bases       start, mount and smoke a port of every model that a release has; resumable
nox -s corpus      every modular file of the tested releases, expanded and held against the shipped files
nox -s benchmarks  ratios against stated baselines; never part of the tests
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import nox
from nox.command import CommandFailed


HERE = Path(__file__).parent
CONSTRAINTS = HERE / "template" / "constraints.txt"
OLDEST_TRANSFORMERS = "5.16.1"

# Two tests at a time, each with one thread: the models are tiny, and more threads only wait for each other.
PYTEST = ("pytest", "-n", "2", "--dist", "worksteal", "--durations", "40")
FRAMEWORKS = ("flax==0.12.8", "keras==3.15.1", "tensorflow-cpu==2.21.0")
# QtWebEngine, which is Chromium; it needs no browser on the machine.
BROWSER = "PySide6-WebEngine==6.12.0.140"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

# What models of pictures and sounds import; timm, torchvision and torchaudio are missing in what `bases` measures.
FOR_ALL_MODELS = ("pillow==13.0.0", "scipy==1.17.1")

# Releases whose files the expander is held against.
CORPUS = (OLDEST_TRANSFORMERS, "5.23.0", "5.24.0")

ORIGINALS = ("x-transformers==2.31.10", "litgpt==0.5.13", "fair-esm==2.0.0", "pillow==13.0.0", "regex==2026.11.19")
# What else these require, tests/originals/left_out.py leaves out: some of it would bring another torch.
ORIGINALS_ALONE = (
    "torchscale==0.3.0",
    "fairscale==0.4.0",
    "mambapy==1.2.0",
    "gpt-oss==0.0.9",
    "mistral-inference==1.6.0",
    "curated-transformers==2.0.1",
    "torchtune==0.6.1",
    "ai2-olmo==0.6.0",
    "OpenNMT-py==3.5.1",
    "timm==1.0.31",
    "open-clip-torch==3.3.0",
    "segment-anything==1.0",
    "efficientnet-pytorch==0.7.1",
    "openai-whisper==20250625",
    "s3prl==0.4.18",
    "encodec==0.1.1",
    "descript-audio-codec==1.0.0",
    "moshi==0.2.13",
    "snac==1.2.1",
)
ORIGINALS_JAX = ("jax==0.10.2", "flax==0.12.8", "keras==3.15.1", "pillow==13.0.0", "regex==2026.11.19")
ORIGINALS_JAX_ALONE = (
    "keras-hub==0.32.0",
    "flaxmodels==0.1.3",
    "jimmy-vision==0.0.7",
    "gemma==3.3.0",
    "einops==0.8.2",
)

nox.options.sessions = ["lint", "tests", "tests_oldest"]
nox.options.error_on_missing_interpreters = True


class Stopwatch:
    """Tells at the end of a session how long it took, and how much of that was installing what the session needs."""

    def __init__(self, session: nox.Session):
        self.session = session
        self.started = time.monotonic()
        self.installing = 0.0

    def install(self, *arguments: str) -> None:
        began = time.monotonic()
        self.session.install("--quiet", *arguments)
        self.installing += time.monotonic() - began

    def report(self) -> None:
        total = time.monotonic() - self.started
        self.session.log(f"{self.session.name}: {total:.0f} s, of it {self.installing:.0f} s installing")


def install_everything(session: nox.Session, constraints: Path = CONSTRAINTS) -> Stopwatch:
    """PyTorch first: everything else is then satisfied with the build that is there."""
    watch = Stopwatch(session)
    watch.install("--constraint", str(constraints), "torch")
    watch.install("--constraint", str(constraints), "-r", "template/requirements.txt", "-r", "requirements-dev.txt")
    return watch


def run_tests(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Run tests with the newest supported Transformers; `arguments` are pytest's."""
    watch = install_everything(session)
    session.run(*PYTEST, *arguments, env=ONE_THREAD | environment)
    watch.report()


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint of the tools, hooks and tests. What is rendered is checked in the renders."""
    session.install("--quiet", "--constraint", str(CONSTRAINTS), "black", "isort", "ruff")
    session.run("isort", "--check-only", ".")
    session.run("black", "--check", "--quiet", ".")
    session.run("ruff", "check", ".")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, with the newest supported Transformers."""
    run_tests(session, *(session.posargs or ["tests"]))


@nox.session
def everything(session: nox.Session) -> None:
    """All tests, whole: also what `tests` tries one or two of, others each day."""
    run_tests(session, *(session.posargs or ["tests"]), EVERY_DAY="1")


@nox.session
def tests_oldest(session: nox.Session) -> None:
    """What depends on the version of Transformers, with the oldest supported one."""
    with tempfile.TemporaryDirectory() as scratch:
        oldest = Path(scratch) / "constraints.txt"
        kept = [
            line
            for line in CONSTRAINTS.read_text().splitlines()
            if not line.startswith(("transformers==", "huggingface_hub=="))
        ]
        oldest.write_text("\n".join([*kept, f"transformers=={OLDEST_TRANSFORMERS}", ""]))
        watch = install_everything(session, oldest)
    session.run(*PYTEST, "-m", "both_ends and not apart", *(session.posargs or ["tests"]), env=ONE_THREAD)
    watch.report()


@nox.session
def newest(session: nox.Session) -> None:
    """Ports of each kind with the newest release of Transformers that there is: what broke stands at the end."""
    watch = install_everything(session)
    watch.install("--upgrade", "transformers")
    session.run("python", "-c", "import transformers; print('Transformers', transformers.__version__)")
    session.run(*PYTEST, "-m", "newest and not apart", *(session.posargs or ["tests"]), env=ONE_THREAD)
    watch.report()


@nox.session
def ports(session: nox.Session) -> None:
    """The worked ports, each against its original, which has an environment of its own."""
    directory = HERE / "examples" / "ports"
    names = session.posargs or sorted(path.parent.name for path in directory.glob("*/answers.yml"))
    watch = install_everything(session)
    for name in names:
        environment = Path(session.virtualenv.location) / "originals" / name
        interpreter = str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        session.run("python", "-m", "venv", str(environment), silent=True)
        for needs in (
            ["--constraint", str(CONSTRAINTS), "torch", "numpy"],
            ["-r", str(directory / name / "requirements.txt")],
        ):
            session.run(interpreter, "-m", "pip", "install", "--quiet", *needs, external=True)
        session.run("python", str(directory / "run.py"), name, "--original-python", interpreter, env=ONE_THREAD)
    watch.report()


@nox.session
def modes(session: nox.Session) -> None:
    """Parity with torchrun and with device maps, in every family: what takes too long for the tests."""
    run_tests(session, "-m", "apart", "tests/test_parity_modes.py")


@nox.session
def standins(session: nox.Session) -> None:
    """The first commands of ports of seven parents, each with the stand-in that start writes for it."""
    run_tests(session, "-m", "apart or not apart", "tests/test_standins.py")


@nox.session
def differences(session: nox.Session) -> None:
    """Each entry of the guide's list "to change this, write that", with upstream's tests after it."""
    run_tests(session, "-m", "apart", "tests/test_differences.py")


@nox.session
def browser(session: nox.Session) -> None:
    """The report of parity as a browser shows it; the engine comes as a package."""
    watch = install_everything(session)
    watch.install(BROWSER)
    session.run(*PYTEST, "-m", "apart", "tests/test_parity_browser.py", env=ONE_THREAD)
    watch.report()


@nox.session
def pictures(session: nox.Session) -> None:
    """Make docs/images anew from the working state."""
    watch = install_everything(session)
    watch.install(BROWSER)
    session.run("python", "docs/pictures.py", env=ONE_THREAD)
    watch.report()


@nox.session
def frameworks(session: nox.Session) -> None:
    """Originals in other frameworks: their checkpoints, and models traced in an environment that has no torch."""
    watch = install_everything(session)
    watch.install(
        "--constraint", str(CONSTRAINTS), "tensorflow-cpu==2.21.0", "orbax-checkpoint==0.12.8", "flax==0.12.8"
    )
    session.run("pytest", "tests/test_conversion_frameworks.py", env=ONE_THREAD)
    with tempfile.TemporaryDirectory() as scratch:
        session.run("python", "-m", "venv", scratch)
        interpreter = str(Path(scratch, "bin", "python"))
        session.run(interpreter, "-m", "pip", "install", "--quiet", *FRAMEWORKS, external=True)
        environment = {**ONE_THREAD, "FRAMEWORKS_PYTHON": interpreter}
        session.run(*PYTEST, "-m", "apart", "tests/test_parity_frameworks.py", env=environment)
    watch.report()


@nox.session
def originals(session: nox.Session) -> None:
    """Build the originals of tests/originals from PyPI and compare them with what is kept; then the scores of `make
    rules` on the first eight, and of `make nearest` on all. PyTorch's have one environment, Flax's and Keras' another.
    """
    watch = install_everything(session)
    with tempfile.TemporaryDirectory() as scratch:
        built = Path(scratch, "built")
        built.mkdir()
        # gpt-oss asks for a newer Python than its reference in PyTorch needs.
        alone = ("--no-deps", "--ignore-requires-python")
        torch = ("--constraint", str(CONSTRAINTS), "torch")
        for group, steps in (
            ("torch", (torch, ORIGINALS, alone + ORIGINALS_ALONE)),
            ("jax", (ORIGINALS_JAX, alone + ORIGINALS_JAX_ALONE)),
        ):
            interpreter = str(Path(scratch, group, "bin", "python"))
            session.run("python", "-m", "venv", str(Path(scratch, group)))
            for needs in steps:
                session.run(interpreter, "-m", "pip", "install", "--quiet", *needs, external=True)
            session.run(interpreter, "tests/originals/build.py", str(built), group, external=True)
        for path in sorted(built.iterdir()):
            if path.read_text() != (HERE / "tests" / "originals" / path.name).read_text():
                session.error(f"{path.name} of today is not the one in tests/originals")
        session.run("python", "tests/rules_of_originals.py", str(built))
        session.run("python", "tests/nearest_of_originals.py", "--folder", str(built))
    watch.report()


@nox.session
def selves(session: nox.Session) -> None:
    """Which models `make nearest` knows by their weights under random names; what is done stands in build/selves.jsonl."""
    watch = install_everything(session)
    watch.install(*FOR_ALL_MODELS)
    report = HERE / "build" / "selves.jsonl"
    report.parent.mkdir(exist_ok=True)
    session.run("python", "tests/nearest_of_selves.py", str(report), *session.posargs, env=ONE_THREAD)
    watch.report()


@nox.session
def updates(session: nox.Session) -> None:
    """No line of a port gets lost in an update: every release and family, random edit script, and moment of a kill."""
    where = ("tests/test_releases.py", "tests/test_update_stopped.py", *session.posargs)
    run_tests(session, "-m", "apart or not apart", *where, EDIT_SCRIPTS="300", KILLS="20")


@nox.session
@nox.parametrize("transformers", ["5.16.1", "5.23.0", "5.24.0"])
def parents(session: nox.Session, transformers: str) -> None:
    """Unchanged ports of text models, tested at one release; what is done stands in build/parents.jsonl and is not done again."""
    watch = install_everything(session)
    watch.install(f"transformers=={transformers}")
    report = HERE / "build" / "parents.jsonl"
    report.parent.mkdir(exist_ok=True)
    arguments = session.posargs or ["--count", "20", "--seed", time.strftime("%Y%m%d")]
    session.run("python", "tests/parents.py", str(report), *arguments, env=ONE_THREAD)
    watch.report()


@nox.session
@nox.parametrize("transformers", ["5.23.0", "5.24.0"])
def bases(session: nox.Session, transformers: str) -> None:
    """A port of every model of a release: started, mounted, smoked; what is done stands in build/bases.jsonl."""
    watch = install_everything(session)
    watch.install(f"transformers=={transformers}", *FOR_ALL_MODELS)
    report = HERE / "build" / "bases.jsonl"
    report.parent.mkdir(exist_ok=True)
    session.run("python", "tests/bases.py", str(report), "--jobs", "2", *session.posargs, env=ONE_THREAD)
    watch.report()


@nox.session(name="check-answers")
def check_answers(session: nox.Session) -> None:
    """Check files of answers by the rules of this template's questions; by default the examples."""
    session.install("--quiet", "-r", "requirements-dev.txt")
    files = [str(Path(file).resolve()) for file in session.posargs or sorted(HERE.glob("examples/answers/*.yml"))]
    command = ["python", "-m", "porting", "check-answers", "--template", str(HERE), *files]
    session.run(*command, env={"PYTHONPATH": str(HERE / "template"), "PYTHONDONTWRITEBYTECODE": "1"})


@nox.session
def nearest(session: nox.Session) -> None:
    """The models of Transformers that a checkpoint is most like, and the answers that start from the first of them."""
    if not session.posargs:
        session.error("name the original's checkpoint: nox -s nearest -- FILE")
    watch = install_everything(session)
    checkpoint, *options = session.posargs
    command = ["python", "-m", "porting", "nearest", "--checkpoint", str(Path(checkpoint).resolve()), *options]
    session.run(*command, env={"PYTHONPATH": str(HERE / "template"), "PYTHONDONTWRITEBYTECODE": "1"})
    watch.report()


@nox.session
def demo(session: nox.Session) -> None:
    """Render BigBird's port with its environment, format and try it, and show it at work."""
    workspace = HERE / "demo" / "bigbird"
    answers = HERE / "examples" / "answers" / "bigbird.yml"
    shutil.rmtree(workspace, ignore_errors=True)
    watch = Stopwatch(session)
    watch.install("-r", "requirements-dev.txt")
    copy = ["copier", "copy", "--trust", "--defaults", "--quiet", "--vcs-ref", "HEAD", "--data-file", str(answers)]
    session.run(*copy, str(HERE), str(workspace))
    watch.report()
    session.run("python", str(HERE / "examples" / "demo.py"), str(workspace))


@nox.session
def corpus(session: nox.Session) -> None:
    """The expander on all modular files of three releases, of which only the sources are needed; `-- MODEL…` for some."""
    session.install("--quiet", "--constraint", str(CONSTRAINTS), "libcst", "ruff")
    failed = []
    for release in CORPUS:
        with tempfile.TemporaryDirectory() as scratch:
            session.run("pip", "install", "--quiet", "--no-deps", "--target", scratch, f"transformers=={release}")
            command = ["python", "tests/corpus.py", str(Path(scratch, "transformers")), *session.posargs]
            try:
                session.run(*command, env={"PYTHONPATH": str(HERE / "template")})
            except CommandFailed:
                failed.append(release)
    if failed:
        session.error(f"below what is asked for, or unexplained: {', '.join(failed)}")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Ratios against a stated baseline, measured in the same run."""
    watch = install_everything(session)
    watch.install("--constraint", str(CONSTRAINTS), "torchlens==2.36.1")
    for script in session.posargs or sorted(path.name for path in (HERE / "benchmarks").glob("*.py")):
        session.run("python", f"benchmarks/{script}")
    watch.report()
