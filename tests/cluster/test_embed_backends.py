"""The direct way gives sentence-transformers' vectors, falls back loudly, and one home never mixes the two."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from tasks.direct_embed import CHECK_TEXTS, DirectEncoder, NotDirect, disagreement, read_shape
from tasks.embed import MINILM, _folder, _reference, encode, encoder_of, model_revision
from tasks.embedding import _refuse_mixture, _wanted
from tasks.errors import Misconfigured
from tasks.settings import Settings
from tasks.store import open_store

TEXTS = [
    *(f"{what} in the {where} for {n} days" for what in ("Power cuts", "No water", "Unpaid wages") for where in ("north", "port") for n in (3, 20, 100)),
    "", "a", "word " * 400, "آب نیست", "😀", "Bread\n\nis   expensive\t!",
]  # fmt: skip


def agreement(found: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Least cosine, as they are and with the mean taken off."""
    left, right = found - expected.mean(axis=0), expected - expected.mean(axis=0)
    centred = (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
    return float((found * expected).sum(axis=1).min()), float(centred.min())


def altered(folder: Path, name: str, **values: object) -> Path:
    """The model's folder with other values in one of its JSON files."""
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The small files of the default model's folder, without its weights."""
    return Path(
        shutil.copytree(_folder(MINILM), tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    )


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_the_direct_way_gives_what_sentence_transformers_said_of_the_check_texts(precision) -> None:
    found = DirectEncoder(_folder(MINILM), precision).encode(CHECK_TEXTS)
    least, centred = agreement(found, _reference(MINILM, _folder(MINILM), None))
    assert (least, centred) > ((0.9999, 0.999) if precision == "bf16" else (0.999999, 0.999999))


@pytest.mark.slow
def test_the_shipped_vectors_are_sentence_transformers_own_and_other_texts_agree_too() -> None:
    slow = encoder_of(MINILM, backend="sentence-transformers")
    assert np.abs(slow.encode(CHECK_TEXTS) - _reference(MINILM, _folder(MINILM), None)).max() < 1e-5
    fast = encoder_of(MINILM)
    assert fast.backend.startswith("direct/")
    least, centred = agreement(fast.encode(TEXTS), slow.encode(TEXTS))
    assert least >= 0.999
    assert centred >= 0.99


@pytest.fixture(scope="module")
def bge_shaped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder built like BAAI/bge-small-en-v1.5 (12 layers, 384-d, CLS pooling), weights drawn here."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    base, folder = (tmp_path_factory.mktemp(name) for name in ("bert", "bge-shaped"))
    config = BertConfig(
        hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536, initializer_range=0.06
    )  # fmt: skip
    BertModel(config).save_pretrained(base)
    BertTokenizerFast.from_pretrained(_folder(MINILM)).save_pretrained(base)  # BGE has the same vocabulary
    words = Transformer(str(base), max_seq_length=512)
    pooling = Pooling(words.get_embedding_dimension(), pooling_mode="cls")
    SentenceTransformer(modules=[words, pooling, Normalize()]).save(str(folder))
    return folder


@pytest.mark.slow
def test_a_model_built_like_bge_is_run_the_direct_way_from_its_folder(bge_shaped: Path, tmp_path) -> None:
    fast = encoder_of(str(bge_shaped), references=tmp_path)
    assert (fast.backend.split("/")[0], fast.fallback) == ("direct", None)
    slow = encoder_of(str(bge_shaped), backend="sentence-transformers")
    least, centred = agreement(fast.encode(TEXTS), slow.encode(TEXTS))
    assert least >= 0.999
    assert centred >= 0.99
    assert [path.name for path in tmp_path.iterdir()] == [f"{model_revision(str(bge_shaped))}-check.npy"]


def test_a_folder_without_a_model_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"modules\.json"):
        encode(["a"], model=str(tmp_path))


def test_the_default_model_answers_to_its_full_name_too() -> None:
    assert encoder_of(f"sentence-transformers/{MINILM}").backend == encoder_of(MINILM).backend


def test_one_thread_and_two_give_the_same_bytes() -> None:
    many = [f"{text} {n}" for text in TEXTS for n in range(20)]
    threads = torch.get_num_threads()
    found = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(DirectEncoder(_folder(MINILM), "bf16").encode(many).tobytes())
    finally:
        torch.set_num_threads(threads)
    assert found[0] == found[1]


def test_vectors_come_in_the_order_of_the_texts_whatever_their_length() -> None:
    order = np.random.default_rng(0).permutation(len(TEXTS))
    mixed = encode([TEXTS[n] for n in order], model=MINILM)
    assert agreement(mixed, encode(TEXTS, model=MINILM)[order])[0] > 0.999
    assert np.allclose(np.linalg.norm(mixed, axis=1), 1, atol=1e-5)
    assert encode([], model=MINILM).shape == (0, 384)


def test_embedding_imports_neither_transformers_nor_sentence_transformers() -> None:
    code = (
        "import sys; from tasks.embed import MINILM, encode; encode(['a'], model=MINILM);"
        "print({'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("config.json", {"model_type": "mpnet"}, "mpnet"),
        ("config.json", {"hidden_act": "relu"}, "relu"),
        ("config.json", {"position_embedding_type": "relative_key"}, "absolute"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling"),
    ],
)
def test_a_model_of_another_build_is_not_run_directly(copied: Path, name, values, reason) -> None:
    with pytest.raises(NotDirect, match=reason):
        read_shape(altered(copied, name, **values))


def test_a_model_without_its_description_is_not_run_directly(copied: Path) -> None:
    (copied / "modules.json").unlink()
    with pytest.raises(NotDirect, match="modules"):
        read_shape(copied)


def test_vectors_that_differ_are_found_out() -> None:
    expected = _reference(MINILM, _folder(MINILM), None)
    assert disagreement(expected, expected) is None
    noise = np.random.default_rng(0).standard_normal(expected.shape) * 0.004
    other = expected + noise.astype(np.float32)
    assert "centred" in str(disagreement(other / np.linalg.norm(other, axis=1, keepdims=True), expected))
    assert "shape" in str(disagreement(expected[:, :100], expected))
    assert disagreement(np.full_like(expected, np.nan), expected)


def test_a_home_whose_vectors_come_from_another_backend_is_refused_with_the_remedy() -> None:
    row = {
        "text_hash": "h", "model": MINILM, "revision": "r", "backend": "direct/torch-bf16/cpu", "vector": [1.0, 0.0],
        "run_id": date(2026, 11, 1).isoformat(), "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }  # fmt: skip
    with open_store(None) as store:
        store.append("core.embedding", pl.DataFrame([row], schema_overrides={"vector": pl.List(pl.Float32)}))
        _refuse_mixture(store, model=MINILM, revision="r", backend="direct/torch-fp32/cpu")
        with pytest.raises(Misconfigured, match="CW_EMBED_BACKEND=direct"):
            _refuse_mixture(store, model=MINILM, revision="r", backend="sentence-transformers/torch-fp32/cpu")


def test_left_to_itself_a_home_keeps_to_what_its_vectors_were_made_with() -> None:
    auto = Settings()
    assert _wanted(auto, set()) == "auto"
    assert _wanted(auto, {"direct"}) == "direct"
    assert _wanted(auto, {"sentence-transformers"}) == "sentence-transformers"
    assert _wanted(Settings(embed_backend="direct"), {"sentence-transformers"}) == "direct"
