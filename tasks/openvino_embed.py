"""A sentence-transformers model run by OpenVINO: twice as fast on a CPU, and no import of torch once it is exported.

sentence-transformers stays the loader of record: it exports the model here once per weights and OpenVINO version, into
`$CW_HOME/models/`, and the export is kept only if its vectors agree with sentence-transformers' own on CHECK_TEXTS.
The graph is converted through OpenVINO's PyTorch front end directly: its command-line converter would report to a
telemetry service.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

BATCH_TEXTS = 32  # measured: 16 and 32 alike, 64 slower (tests/benchmarks/bench_embed.py)
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


@dataclass
class OpenVinoModel:
    """A compiled model and its tokenizer."""

    tokenizer: Any
    request: Any
    dimension: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (n, d), L2-normalised, in the order given; sorted by length inside."""
        tokens = self.tokenizer.encode_batch(list(texts))
        order = np.argsort([len(t.ids) for t in tokens], kind="stable")
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH_TEXTS):
            rows = order[start : start + BATCH_TEXTS]
            longest = max(len(tokens[row].ids) for row in rows)
            ids = np.zeros((len(rows), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row].ids)] = tokens[row].ids
                mask[place, : len(tokens[row].ids)] = 1
            vectors[rows] = self.request.infer({"input_ids": ids, "attention_mask": mask})[0]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def open_exported(folder: Path, *, threads: int) -> OpenVinoModel:
    """Compile what `export` wrote; bf16 where the CPU has it, else fp32."""
    import openvino
    from tokenizers import Tokenizer

    core = openvino.Core()
    config = {
        "INFERENCE_PRECISION_HINT": precision(),
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
    }
    compiled = core.compile_model(str(folder / "model.xml"), "CPU", config)
    dimension = int(compiled.output(0).get_partial_shape()[1].get_length())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return OpenVinoModel(tokenizer, compiled.create_infer_request(), dimension)


def precision() -> str:
    """ "bf16" where this CPU computes it, else "f32"."""
    import openvino

    return "bf16" if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def version() -> str:
    """The OpenVINO release, as it stands in folder names and beside vectors."""
    import openvino

    return str(openvino.__version__).split("-", 1)[0]


def export(loaded: SentenceTransformer, folder: Path, *, threads: int) -> OpenVinoModel:
    """Convert the model, check it against its own vectors, and keep it in `folder`, which appears whole or not at all.

    Raises:
        Misconfigured: the converted model does not give the same vectors; nothing is kept.
    """
    import openvino

    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    fresh.mkdir(parents=True)
    try:
        openvino.save_model(_converted(loaded), str(fresh / "model.xml"), compress_to_fp16=False)
        backend = loaded.tokenizer.backend_tokenizer
        backend.enable_truncation(loaded.max_seq_length)
        backend.no_padding()
        backend.save(str(fresh / "tokenizer.json"))
        found = open_exported(fresh, threads=threads)
        _check(found.encode(CHECK_TEXTS), loaded.encode(list(CHECK_TEXTS), normalize_embeddings=True))
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return found


def _converted(loaded: SentenceTransformer) -> Any:
    import warnings

    import openvino
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Whole(torch.nn.Module):
        """Tokens in, unit vectors out: transformer, pooling and normalisation as sentence-transformers has them."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = loaded

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {
                "input_ids": input_ids,
                "attention_mask": attention_mask,
                "token_type_ids": torch.zeros_like(input_ids),
            }
            return self.inner(features)["sentence_embedding"]  # type: ignore[no-any-return]

    example = {"input_ids": torch.full((2, 7), 1_000), "attention_mask": torch.ones(2, 7, dtype=torch.long)}
    example["attention_mask"][1, 5:] = 0  # so that the trace keeps the mask
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch tells of its tracer; the result is checked below
        decoder = TorchScriptPythonDecoder(Whole().eval(), example_input=example)
    front = FrontEndManager().load_by_framework("pytorch")
    model = front.convert(front.load(decoder))
    model.reshape({port.any_name: openvino.PartialShape([-1, -1]) for port in model.inputs})
    model.validate_nodes_and_infer_types()
    return model


def _check(found: np.ndarray, expected: np.ndarray) -> None:
    """Raise unless vectors agree, also after the mean is taken off, which is what clustering sees."""
    least = float((found * expected).sum(axis=1).min())
    left, right = found - expected.mean(axis=0), expected - expected.mean(axis=0)
    centred = float(
        ((left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)).min()
    )
    if not (least >= LEAST_COSINE and centred >= LEAST_CENTRED):
        raise Misconfigured(
            f"the OpenVINO export does not agree with sentence-transformers (cosine {least:.5f}, centred {centred:.5f}): "
            "uninstall openvino to embed with sentence-transformers alone"
        )
