"""Writes template/porting/base/models.json: the models of Transformers that a port can start from.

    python questions/update_models_table.py RELEASE [RELEASE ...]

Each RELEASE is a wheel, as `pip download --no-deps transformers==5.17.0` brings it, or the directory of an installed
`transformers`: the supported releases, in any order. Nothing of them is imported. A model that the newest release has
no more keeps its row, with the last release that has it.
"""

import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "template"))

from porting.base.parent import Parent, auto_mappings_of, describe  # noqa: E402
from porting.base.table import WRITTEN  # noqa: E402


# Models that hold two models of any kind, or one of another library: they have no layers of their own to start from.
WRAPPERS = {
    "encoder-decoder",
    "rag",
    "speech-encoder-decoder",
    "timm_backbone",
    "timm_wrapper",
    "vision-encoder-decoder",
    "vision-text-dual-encoder",
}

# What no mapping and no forward says: codecs, proteins, series, and models whose forward is that of a part.
KINDS = {
    "autoformer": "other",
    "encodec": "other",
    "esmfold2": "other",
    "informer": "other",
    "mimi": "other",
    "moshi": "audio",
    "patchtsmixer": "other",
    "patchtst": "other",
    "qwen2_5_omni": "vision-language",
    "qwen3_omni_moe": "vision-language",
    "time_series_transformer": "other",
    "xcodec": "other",
}

_FOR = "MODEL_FOR_"
_VISION_LANGUAGE = {
    "IMAGE_TEXT_TO_TEXT", "VISUAL_QUESTION_ANSWERING", "RETRIEVAL", "ZERO_SHOT_IMAGE_CLASSIFICATION",
    "ZERO_SHOT_OBJECT_DETECTION",
}  # fmt: skip
_OTHER = {
    "VIDEO_CLASSIFICATION", "AUDIO_TOKENIZATION", "TIME_SERIES_CLASSIFICATION", "TIME_SERIES_REGRESSION",
    "TIME_SERIES_PREDICTION",
}  # fmt: skip
_AUDIO = {
    "AUDIO_CLASSIFICATION", "AUDIO_FRAME_CLASSIFICATION", "AUDIO_XVECTOR", "CTC", "RNNT", "TDT", "SPEECH_SEQ_2_SEQ",
    "TEXT_TO_SPECTROGRAM", "TEXT_TO_WAVEFORM",
}  # fmt: skip
_IMAGES = {
    "pixel_values", "pixel_values_images", "image_pixel_values", "image_patches", "image", "pixels", "visual_feats",
    "visual_embeds",
}  # fmt: skip
_VIDEO = {"pixel_values_videos", "video_pixel_values"}
_SOUND = {"input_features", "input_values", "audio_values", "audio_input_features", "audio_features", "audio_codes"}


def kind_of(parent: Parent) -> str:
    """The kind of a model: from the mappings it stands in, then from what its classes' forward takes."""
    stands_in, takes = standing_of(parent), taken_by(parent)
    return _of_several(stands_in, takes) or _of_one(stands_in, takes) or named_kind(parent)


def standing_of(parent: Parent) -> set[str]:
    """The mappings of the model's own classes, as MASKED_LM for MODEL_FOR_MASKED_LM_MAPPING_NAMES."""
    own = [name for name in parent.models if parent.sources.config_of(name) in (parent.config, None)]
    mappings = {mapping for name in own for mapping in parent.standing.get(name, ())}
    mappings |= set(parent.auto.models_of(parent.model_type))
    return {mapping.removeprefix(_FOR).removesuffix("_NAMES").removesuffix("_MAPPING") for mapping in mappings}


def _of_several(stands_in: set[str], takes: set[str]) -> str | None:
    """The kind of a model of more than text, images or sound alone, of video or series; None for all others."""
    text, images, sound = "input_ids" in takes, takes & _IMAGES, takes & _SOUND
    if stands_in & _OTHER or takes & {"past_values", "past_time_features"}:
        return "other"
    if stands_in & _VISION_LANGUAGE:
        return "vision-language"
    reads_both = text and sound and "SEQ_TO_SEQ_CAUSAL_LM" in stands_in and "TEXT_TO_WAVEFORM" not in stands_in
    if "MULTIMODAL_LM" in stands_in or reads_both:
        return "vision-language" if images and text and sound else "audio-language"
    if text and images and not stands_in & _AUDIO:
        return "vision-language"
    return None


def _of_one(stands_in: set[str], takes: set[str]) -> str | None:
    for kind, found in (
        ("audio", stands_in & _AUDIO),
        ("other", takes & _VIDEO),
        ("audio", takes & _SOUND),
        ("vision", takes & _IMAGES),
        ("encoder-decoder", "SEQ_TO_SEQ_CAUSAL_LM" in stands_in),
        ("encoder", stands_in & {"MASKED_LM", "TEXT_ENCODING"}),
        ("decoder", "CAUSAL_LM" in stands_in),
        ("vision", any("BACKBONE" in name or name.startswith("IMAGE") for name in stands_in)),
    ):
        if found:
            return kind
    if not takes & {"input_ids", "inputs_embeds"}:
        return None
    if "decoder_input_ids" in takes:
        return "encoder-decoder"
    return "decoder" if takes & {"past_key_values", "cache"} else "encoder"


def named_kind(parent: Parent) -> str:
    """The kind that the name of a part says, where its inputs are hidden states of another part."""
    words = re.findall(r"[a-z]+", parent.model_type.lower())
    for kind, names in {"vision": ("vision", "vit", "vqgan"), "audio": ("audio", "speech", "hifigan")}.items():
        if set(words) & set(names):
            return kind
    return "other"


def taken_by(parent: Parent) -> set[str]:
    """What the forward of the model's own classes takes: of the base model if the model has one."""
    own = [name for name in parent.models if parent.sources.config_of(name) in (parent.config, None)]
    base = [name for name in own if "MODEL_MAPPING_NAMES" in parent.standing.get(name, ())]
    takes: set[str] = set()
    for name in base or own:
        for found in parent.sources.lineage(name):
            arguments = found.arguments("forward")
            if arguments is not None:
                takes |= set(arguments)
                break
    return takes


def models_of(transformers: Path, only: list[str] | None = None) -> dict[str, dict[str, str]]:
    """Every model type of a release that has classes, or those of `only` -> its kind and its directory."""
    models = {}
    for model_type in auto_mappings_of(transformers).configs if only is None else only:
        try:
            parent = describe(model_type, transformers)
        except KeyError:
            continue
        kind = "other" if model_type in WRAPPERS else KINDS.get(model_type) or kind_of(parent)
        models[model_type] = {"kind": kind, "module": parent.module}
    return models


def merge(releases: dict[str, dict[str, dict[str, str]]]) -> dict[str, dict[str, object]]:
    """Release -> its models, oldest first, as one table: kind and directory are those of the newest that has it."""
    table: dict[str, dict[str, object]] = {}
    newest = list(releases)[-1]
    for version, models in releases.items():
        for model_type, model in models.items():
            since = table.get(model_type, {}).get("since", version)
            table[model_type] = model | {"since": since, "last": version}
    for model_type, row in table.items():
        if row["last"] == newest:
            del row["last"]
        if model_type in WRAPPERS:
            row["wrapper"] = True
    return dict(sorted(table.items()))


def as_json(releases: list[str], table: dict[str, dict[str, object]]) -> str:
    """The text of models.json: one line for each model."""
    lines = [f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()]
    return "\n".join(
        ["{", f'  "releases": {json.dumps(releases)},', '  "models": {', ",\n".join(lines), "  }", "}", ""]
    )


def version_of(transformers: Path) -> str:
    text = (transformers / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)[1]


def main(sources: list[str]) -> None:
    releases = {}
    for source in map(Path, sources):
        if source.suffix == ".whl":
            with tempfile.TemporaryDirectory() as folder:
                zipfile.ZipFile(source).extractall(folder)
                unpacked = Path(folder, "transformers")
                releases[version_of(unpacked)] = models_of(unpacked)
        else:
            releases[version_of(source)] = models_of(source)
    ordered = dict(sorted(releases.items(), key=lambda item: [int(part) for part in item[0].split(".")]))
    table = merge(ordered)
    WRITTEN.write_text(as_json(list(ordered), table), encoding="utf-8")
    print(f"{WRITTEN.name}: {len(table)} models of Transformers {', '.join(ordered)}")


if __name__ == "__main__":
    main(sys.argv[1:])
