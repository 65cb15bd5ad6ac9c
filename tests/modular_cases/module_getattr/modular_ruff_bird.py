# A function that the module itself answers with.
from ...utils import logging
from ..bart.modeling_bart import BartForConditionalGeneration, BartModel


logger = logging.get_logger(__name__)

OLD_NAMES = {"RuffBirdHead": "RuffBirdForConditionalGeneration"}


def __getattr__(name: str):
    if name in OLD_NAMES:
        logger.warning_once(f"{name} is now {OLD_NAMES[name]}")
        return globals()[OLD_NAMES[name]]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class RuffBirdModel(BartModel):
    pass


class RuffBirdForConditionalGeneration(BartForConditionalGeneration):
    pass


__all__ = ["RuffBirdForConditionalGeneration", "RuffBirdModel"]
