"""OpenVINO's vectors are sentence-transformers' vectors, and one home never mixes the two."""

import importlib.util
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from tasks.embed import MINILM, encode, encode_fast
from tasks.embedding import _refuse_mixture
from tasks.errors import Misconfigured
from tasks.store import open_store

TEXTS = [f"{what} in the {where} for {n} days" for what in ("Power cuts", "No water", "Unpaid wages") for where in ("north", "port") for n in (3, 20, 100)]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="openvino is an extra that is not installed")
def test_openvino_gives_sentence_transformers_vectors_in_the_order_of_the_texts(tmp_path):
    fast = encode_fast(TEXTS, model=MINILM, models_dir=tmp_path, threads=1)
    slow = encode(TEXTS, model=MINILM)
    assert (fast * slow).sum(axis=1).min() >= 0.999
    left, right = fast - slow.mean(axis=0), slow - slow.mean(axis=0)
    assert ((left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)).min() >= 0.99
    assert [p.name.split("-openvino-")[0] for p in tmp_path.iterdir()] == [f"{MINILM}-53aa51172d142c89"]


def test_a_home_whose_vectors_come_from_another_backend_is_refused_with_the_remedy():
    row = {
        "text_hash": "h", "model": MINILM, "revision": "r", "backend": "openvino/2026.4.1/bf16", "vector": [1.0, 0.0],
        "run_id": date(2026, 11, 1).isoformat(), "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }  # fmt: skip
    with open_store(None) as store:
        store.append("core.embedding", pl.DataFrame([row], schema_overrides={"vector": pl.List(pl.Float32)}))
        _refuse_mixture(store, model=MINILM, revision="r", backend="openvino/2026.5/f32")
        with pytest.raises(Misconfigured, match="CW_EMBED_BACKEND=openvino"):
            _refuse_mixture(store, model=MINILM, revision="r", backend="sentence-transformers/torch-fp32/cpu")
