"""Keys and citizens' words stay where they belong: not in logs, errors, the published call table; keys not in the store."""

import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tasks.errors import ProviderRefused
from tasks.llm import Ask, complete, open_batches, router_metrics, spend_by
from tasks.llm.outside import Outside
from tasks.run import Run
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import Store
from tests.emulator.plugin import Emulator

KEYS = (b"secret-for-tests",)
WORDS = "رازی که هیچ‌کس نباید بداند"


def files_with(folder: Path, needle: bytes) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and needle in p.read_bytes()]


def test_keys_are_nowhere_and_words_are_in_the_store_alone(
    emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run], outside: Outside,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    chosen = settings(emulator)
    asks = [Ask(f"t{i}", {"text": f"{WORDS} {i}", "language": "fa"}) for i in range(3)]
    emulator.faults(
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1},
        {"do": "drop_field", "count": 1},
        {"do": "not_json", "count": 1},
    )
    complete(
        store, "canonicalize", asks, run=run(at=outside.now()), settings=chosen, wait_s=1200, outside=outside
    )
    emulator.faults({"do": "unauthorized"})
    with pytest.raises(ProviderRefused) as refused:
        other = [Ask("z", {"text": f"{WORDS} ز", "language": "fa"})]
        complete(store, "canonicalize", other, run=run(at=outside.now()), settings=chosen, outside=outside)
    told = (
        caplog.text + str(refused.value) + repr(refused.value.__cause__) + repr(chosen) + str(chosen.public())
    )
    rows = repr(spend_by(store, "model")) + repr(open_batches(store))
    rows += repr(router_metrics(store, store.value("select max(run_id) from llm.request")))
    store.execute("checkpoint")
    for key in KEYS:
        assert key.decode() not in told + rows
        assert files_with(chosen.home, key) == []
    assert "رازی" not in told + rows
    assert all(name.startswith("store.duckdb") for name in files_with(chosen.home, "رازی".encode()))
    calls = store.frame("select * from llm.call")
    assert calls.height > 3
    published = calls.write_csv(None)
    assert "رازی" not in published
    assert not {"inputs", "value", "raw", "reasons", "repair_reasons"} & set(calls.columns)


def test_what_is_spooled_is_gone_when_it_is_filed_and_readable_by_the_owner_alone_until_then(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator)
    asks = [Ask("a", {"text": WORDS, "language": "fa"})]
    complete(
        store, "canonicalize", asks, run=run(at=outside.now()), settings=chosen, wait_s=600, outside=outside
    )
    spool = chosen.home / "llm"
    assert list(spool.iterdir()) == []
    assert oct(spool.stat().st_mode & 0o777) == "0o700"


def test_what_a_killed_run_left_in_the_spool_is_gone_when_the_next_begins(
    settings: Callable[..., Settings],
) -> None:
    chosen = settings(profile="offline")
    left = chosen.home / "llm" / "k3ja91xz.json"
    left.parent.mkdir(parents=True)
    left.write_text(WORDS, encoding="utf-8")
    with open_session(chosen, kind="nightly", run_on=date(2026, 11, 4)):
        assert not left.exists()
