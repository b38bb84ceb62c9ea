"""A BERT sentence encoder run by torch alone: faster than sentence-transformers, whose vectors it gives; on a GPU when there is one.

Three things make the difference (tests/benchmarks/bench_embed.py): texts of one length go together, so that nothing is
padded; matrices are multiplied in bf16 where the processor has it, while sums, norms and pooling stay fp32; and neither
transformers nor sentence-transformers is imported, which takes longer than a small night's texts. sentence-transformers
stays the loader of record: an encoder is used only after its vectors of CHECK_TEXTS agree with sentence-transformers'.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Precision = Literal["bf16", "fp32"]
Device = Literal["cpu", "cuda"]

BATCH_TOKENS: Mapping[Device, int] = {
    "cpu": 4_096,  # measured: 1,024 is a fifth slower, more gains nothing
    "cuda": 131_072,
}
LEAST_COSINE = 0.999
LEAST_CENTRED = 0.99
CHECK_TEXTS = (
    "Power cuts in the evening",
    "Electricity goes off every night from eight to ten and food in the fridge is spoiled.",
    "Teachers have not been paid for 3 months",
    "The river is polluted by the factory upstream; fishermen of the village lost their work and ask for a fine.",
    "Bread is expensive",
    "Please open the internet",
    "A hospital with a maternity ward is needed in the district, the nearest one is 120 km away over a mountain road.",
    "Pensions do not cover rent",
)


class NotDirect(Exception):
    """The model is not one that this module knows how to run, or does not give the same vectors; says why."""


@dataclass(frozen=True)
class Shape:
    """What the files beside the weights say of a sentence encoder."""

    heads: int
    layers: int
    epsilon: float
    longest: int  # tokens
    pooling: Literal["mean", "cls"]


class DirectEncoder:
    """Weights, tokenizer and shape of one model, on one device."""

    def __init__(self, folder: Path, precision: Precision, device: Device = "cpu") -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._shape = read_shape(folder)
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._shape.longest)
        weights = load_file(folder / "model.safetensors")
        self._device: Device = device
        self._weights = {
            name.removeprefix("bert."): tensor.float().to(device) for name, tensor in weights.items()
        }
        self._layers = [_Layer(self._weights, n, self._shape, precision) for n in range(self._shape.layers)]
        self.dimension = int(self._weights["embeddings.word_embeddings.weight"].shape[1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (n, d), L2-normalised, in the order given; the same bytes whatever the number of threads."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(ids), self.dimension), dtype=np.float32)

        def fill(rows: np.ndarray) -> None:
            vectors[rows] = self._forward([ids[row] for row in rows])

        lengths = np.array([len(tokens) for tokens in ids], dtype=np.int64)
        _do_each(fill, _batches(lengths, BATCH_TOKENS[self._device]), self._device)
        return vectors

    def _forward(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """Unit vectors of texts that have equally many tokens."""
        import torch

        with torch.inference_mode():
            return self._pooled(torch.tensor(texts, device=self._device)).cpu().numpy()

    def _pooled(self, ids: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import normalize

        count, length = ids.shape
        state = self._embedded(ids).view(count * length, self.dimension)
        for layer in self._layers:
            state = layer.apply(state, count, length)
        tokens = state.view(count, length, self.dimension)
        pooled = tokens.mean(dim=1) if self._shape.pooling == "mean" else tokens[:, 0]
        return normalize(pooled, dim=1)

    def _embedded(self, ids: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import layer_norm

        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        words, positions, kinds = (self._weights[f"embeddings.{name}.weight"] for name in names)
        summed = words[ids] + positions[: ids.shape[1]] + kinds[0]
        scale, shift = (self._weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias"))
        return layer_norm(summed, (self.dimension,), scale, shift, self._shape.epsilon)


class _Layer:
    """One transformer layer. Matrices in the chosen precision, the rest in fp32."""

    def __init__(
        self, weights: Mapping[str, torch.Tensor], number: int, shape: Shape, precision: Precision
    ) -> None:
        import torch

        self._kind = torch.bfloat16 if precision == "bf16" else torch.float32
        self._heads, self._epsilon = shape.heads, shape.epsilon
        prefix = f"encoder.layer.{number}."

        def matrix(*names: str) -> tuple[torch.Tensor, torch.Tensor]:
            both = (
                torch.cat([weights[f"{prefix}{name}.{part}"] for name in names])
                for part in ("weight", "bias")
            )
            weight, bias = (tensor.to(self._kind) for tensor in both)
            return weight, bias

        def norm(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"]

        self._asked = matrix(*(f"attention.self.{name}" for name in ("query", "key", "value")))
        self._attended = matrix("attention.output.dense")
        self._widened = matrix("intermediate.dense")
        self._narrowed = matrix("output.dense")
        self._first_norm, self._second_norm = norm("attention.output.LayerNorm"), norm("output.LayerNorm")

    def apply(self, state: torch.Tensor, count: int, length: int) -> torch.Tensor:
        from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

        width = state.shape[1]
        split = (count, length, 3, self._heads, width // self._heads)
        query, key, value = linear(state.to(self._kind), *self._asked).view(split).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(-1, width)
        state = state + linear(seen, *self._attended).float()
        state = layer_norm(state, (width,), *self._first_norm, self._epsilon)
        wide = gelu(linear(state.to(self._kind), *self._widened))
        state = state + linear(wide, *self._narrowed).float()
        return layer_norm(state, (width,), *self._second_norm, self._epsilon)


def read_shape(folder: Path) -> Shape:
    """How the model in a sentence-transformers folder is built.

    Raises:
        NotDirect: it is not a BERT with mean or CLS pooling and normalised vectors, or does not say how it is built.
    """
    config = _json(folder / "config.json")
    wanted = {"model_type": "bert", "hidden_act": "gelu"}
    if any(config.get(name) != value for name, value in wanted.items()):
        raise NotDirect(f"{config.get('model_type')} with {config.get('hidden_act')}, not bert with gelu")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise NotDirect("positions are not absolute")
    modules = [str(module["type"]).rsplit(".", 1)[-1] for module in _json(folder / "modules.json")]
    if modules != ["Transformer", "Pooling", "Normalize"]:
        raise NotDirect(f"its modules are {', '.join(modules)}")
    try:
        return Shape(
            heads=int(config["num_attention_heads"]),
            layers=int(config["num_hidden_layers"]),
            epsilon=float(config["layer_norm_eps"]),
            longest=_longest(folder, int(config["max_position_embeddings"])),
            pooling=_pooling(_json(folder / "1_Pooling" / "config.json")),
        )
    except KeyError as missing:
        raise NotDirect(f"its config.json does not tell {missing}") from None


def _longest(folder: Path, positions: int) -> int:
    """Tokens that are read of a text: sentence-transformers' own setting, else what tokenizer and positions allow."""
    told = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    if told is None:
        told = _json(folder / "tokenizer_config.json").get("model_max_length", positions)
    return min(int(told), positions)


def _pooling(config: Mapping[str, Any]) -> Literal["mean", "cls"]:
    modes = {name for name, value in config.items() if name.startswith("pooling_mode") and value is True}
    if modes == {"pooling_mode_mean_tokens"} or config.get("pooling_mode") == "mean":
        return "mean"
    if modes == {"pooling_mode_cls_token"} or config.get("pooling_mode") == "cls":
        return "cls"
    raise NotDirect(f"pooling by {', '.join(sorted(modes)) or 'an unknown way'}")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotDirect(f"{path.name} cannot be read") from error


def _batches(lengths: np.ndarray, most_tokens: int) -> list[np.ndarray]:
    """Rows of equally long texts, so many tokens at once."""
    found = []
    for length in np.unique(lengths):
        rows, size = np.flatnonzero(lengths == length), max(1, most_tokens // max(int(length), 1))
        found += [rows[start : start + size] for start in range(0, len(rows), size)]
    return found


def _do_each(work: Callable[[np.ndarray], None], batches: Sequence[np.ndarray], device: Device) -> None:
    """On a CPU side by side, each on one thread: a product split among threads is rounded otherwise for every number of them."""
    import torch

    if device == "cuda":
        for batch in batches:
            work(batch)
        return
    with ThreadPoolExecutor(
        torch.get_num_threads(), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        for _ in pool.map(work, batches):
            pass


def native_device() -> Device:
    """The GPU when there is one that CUDA (or ROCm, which answers to the same name) can use."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def native_precision(device: Device) -> Precision:
    """bf16 where the processor multiplies it, else fp32: told by what it is, not by a race, so that it is always the same."""
    import torch

    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    found = torch.cpu.get_capabilities()
    return "bf16" if found.get("amx_bf16") or found.get("avx512_bf16") else "fp32"


def disagreement(found: np.ndarray, expected: np.ndarray) -> str | None:
    """What is wrong with vectors of CHECK_TEXTS; None when they agree, also with the mean taken off, as clustering sees them."""
    if found.shape != expected.shape:
        return f"shape {found.shape}, not {expected.shape}"
    least = float((found * expected).sum(axis=1).min())
    left, right = found - expected.mean(axis=0), expected - expected.mean(axis=0)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    centred = float(((left * right).sum(axis=1) / norms).min())
    if least >= LEAST_COSINE and centred >= LEAST_CENTRED:
        return None
    return f"its vectors do not agree with sentence-transformers' (cosine {least:.5f}, centred {centred:.5f})"
