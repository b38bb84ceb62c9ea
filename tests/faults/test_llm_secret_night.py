"""After a paid night full of trouble the keys are nowhere: not in the store, what is published, errors, spools or logs.

Nor are the obeyed words of attackers in anything that is published, though three people sent each attack.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.errors import CwError
from tests.emulator.handle import Emulator
from tests.faults.paid_night import KEYS, NOW, night, settings_for, start_quick
from tests.faults.test_llm_obeyed import OPEN

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
ATTACKS: list[dict[str, Any]] = [
    attack
    for line in (Path(__file__).parent / "attacks_obeyed.jsonl").read_text(encoding="utf-8").splitlines()
    if (attack := json.loads(line))["task"] == "canonicalize" and attack["id"] not in OPEN
]
SENDERS = 3  # from which number on words of a cluster are published


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = start_quick(tmp_path_factory.mktemp("quick"))
    yield running
    running.stop()


def write_inbox(folder: Path, texts: list[str]) -> Path:
    """Each text from three people."""
    (folder / "submissions").mkdir(parents=True)
    rows = [
        {
            "id": f"{number:04d}-{sender}", "user_id": f"user-{number}-{sender}", "raw_text": text,
            "created_at": NOW.replace(hour=12, minute=number % 60).isoformat(),
        }
        for number, text in enumerate(texts)
        for sender in range(SENDERS)
    ]  # fmt: skip
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "submissions" / "all.jsonl").write_text(lines, encoding="utf-8")
    return folder


def all_bytes(folder: Path) -> dict[str, bytes]:
    """Every file under a folder; tables also as the text that a reader sees."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for name in [name for name in found if name.endswith(".parquet")]:
        found[f"{name} as text"] = pl.read_parquet(folder / name).write_json().encode()
    return found


def test_keys_are_in_no_file_and_no_log_and_no_attack_is_published(
    quick: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    inbox = write_inbox(tmp_path / "inbox", [a["text"] for a in ATTACKS])
    # nine in ten texts are attacks and wait for a person: a night that would not be published by itself
    settings = settings_for(tmp_path / "home", inbox, quick, max_degraded=1.0)
    quick.faults({"do": "unauthorized"})
    with pytest.raises(CwError) as refused:  # the providers turn the keys down, and say so
        night(settings)
    quick.faults(
        {"do": "drop", "when": "after", "count": 2, "match": {"endpoint": "batches.create"}},
        {"do": "server_error", "count": 3, "match": {"endpoint": "chat"}},
        {"do": "not_json", "count": 3},
        *(
            {"do": "reply", "reply": a["reply"], "match": {"contains": json.dumps(a["key"], ensure_ascii=False)[1:-1], "task": "canonicalize"}}
            for a in ATTACKS
        ),
    )  # fmt: skip
    night(settings, most=5)

    files = all_bytes(settings.home)
    told = caplog.text + str(refused.value) + repr(settings) + json.dumps(settings.public())
    assert any(name.endswith("llm_call.parquet") for name in files) and "store.duckdb" in files
    for key in KEYS:
        assert key not in told
        assert [name for name, content in files.items() if key.encode() in content] == []
    assert not any(attack["text"] in told for attack in ATTACKS), "citizens' words are in no log and no error"

    published = [content.decode(errors="replace") for name, content in files.items()
                 if name.startswith("published") and not name.endswith(".parquet")]  # fmt: skip
    assert sum(map(len, published)) > 10_000
    distinct = {piece: a["id"] for a in ATTACKS for piece in a["payload"] if len(piece) > 8}
    assert len(distinct) > 20
    assert [distinct[piece] for piece in distinct if any(piece in text for text in published)] == []
