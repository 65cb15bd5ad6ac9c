"""The port's tokenizer, from wherever the port's way has left its files so far."""

from pathlib import Path

from porting.errors import CannotRun
from porting.tokenizer_parity.texts import PLAIN, SIGNS
from porting.workspace import Workspace
from transformers import GPT2Tokenizer, PreTrainedTokenizerBase


ORIGINAL_FILES = "original-tokenizer"
VOCABULARY_SIZE = 500
ANY_TOKENIZER = "TokenizersBackend"


def load_tokenizer(workspace: Workspace, given: Path | None) -> tuple[PreTrainedTokenizerBase, Path]:
    """The tokenizer and the folder it was loaded from.

    The folder is the one named; else `converted/`, once the tokenizer was saved there; else `original-tokenizer/`, with
    the original's files; else the tiny vocabulary of the tests. An existing class that is reused has none: the first run
    trains one and leaves it in `original-tokenizer/`. A model without an entry in the automatic classes, such as Llama,
    has the class that reads any `tokenizer.json`. Raises CannotRun, with the next step.
    """
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name

    tokenizer_class = tokenizer_class_from_name(TOKENIZER_MAPPING_NAMES.get(workspace.model_type) or ANY_TOKENIZER)
    folder = given or _folder(workspace)
    if folder is None:
        folder = workspace.root / ORIGINAL_FILES
        _train(tokenizer_class, folder)
    try:
        return tokenizer_class.from_pretrained(folder), folder
    except Exception as error:  # whatever the porter's class or the library says of these files
        said = (str(error).splitlines() or [""])[0]
        raise CannotRun(
            f"{tokenizer_class.__name__} cannot be loaded from {folder}: {type(error).__name__}: {said}; put the "
            "original's files there, or name their folder: TOKENIZER=..."
        ) from error


def _folder(workspace: Workspace) -> Path | None:
    if (workspace.root / "converted" / "tokenizer_config.json").is_file():
        return workspace.root / "converted"
    folders = (workspace.root / ORIGINAL_FILES, workspace.root / "tests" / "fixtures" / workspace.model_type)
    return next((folder for folder in folders if folder.is_dir() and any(folder.iterdir())), None)


def _train(tokenizer_class: type[PreTrainedTokenizerBase], folder: Path) -> None:
    trained = GPT2Tokenizer if tokenizer_class.__name__ == ANY_TOKENIZER else tokenizer_class
    try:
        trained().train_new_from_iterator(
            PLAIN + SIGNS, vocab_size=VOCABULARY_SIZE, show_progress=False
        ).save_pretrained(folder)
    except (ImportError, AttributeError, TypeError, ValueError):
        raise CannotRun(
            f"{tokenizer_class.__name__} needs the files of a checkpoint; put the original's into {ORIGINAL_FILES}/"
        ) from None
