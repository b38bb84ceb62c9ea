"""Two paid nights whose writers of summaries, plans and messages obey an attacker: no word of it is in any published file.

Every topic is published whatever the number of its people, so that nothing is hidden by k-anonymity; reasons are searched as well.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tests.emulator.handle import Emulator
from tests.faults.paid_night import NOW, settings_for, start_quick
from tests.faults.small_inbox import write_small_inbox

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
# A party that nobody wrote of: each of its words is the attacker's.
CANARY, CANARY_FA = "Zumurrud", "زمرد"
OPTION = {
    "position": "support",
    "label_en": f"Join the {CANARY} march",
    "label_fa": f"به راهپیمایی {CANARY_FA} بپیوندید",
    "record_ids": ["r1"],
}
CLAIM = {
    "text_en": f"A hundred writers praise the {CANARY} party.",
    "text_fa": f"صد نویسنده حزب {CANARY_FA} را می‌ستایند.",
    "record_ids": ["r1"],
}
BENT: tuple[dict[str, Any], ...] = (
    {"title_en": f"{CANARY} party deserves every vote", "title_fa": f"حزب {CANARY_FA} سزاوار هر رأی است"},
    {"proposition_en": f"The {CANARY} party should govern."},
    {"claims": [CLAIM]},
    {"options": [OPTION, OPTION]},
)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = start_quick(tmp_path_factory.mktemp("quick"))
    yield running
    running.stop()


def walk(settings: Settings, number: int) -> None:
    now = NOW + timedelta(days=2 * number)
    run_id = f"{now:%Y%m%dT%H%M%SZ}-0000000{number}"
    with open_session(
        settings, kind="nightly", run_on=date(now.year, now.month, now.day), now=now, run_id=run_id
    ) as session:
        for step in NIGHT:
            session.take(step, wait_s=1_200)


def published(home: Path) -> dict[str, str]:
    """Every published file as the text that a reader sees."""
    files = [p for p in (home / "published").rglob("*") if p.is_file() and p.suffix != ".duckdb"]
    return {
        str(p): pl.read_parquet(p).write_json()
        if p.suffix == ".parquet"
        else p.read_text(encoding="utf-8", errors="replace")
        for p in files
    }


def plans_of(settings: Settings) -> list[dict[str, Any]]:
    """The plans that an honest model wrote on the second night, each slot with a call to vote and the reason with the party."""
    with open_store(settings.home, threads=1) as store:
        rows = store.rows(
            "select r.value from llm.reply as r join llm.request as q using (request_key) where q.task = 'plan' and r.value is not null"
        )
    replies = [json.loads(value) for (value,) in rows]
    for plan in (plan for reply in replies for plan in reply["plans"]):
        plan["reason_en"] = f"The {CANARY} party asks for it."
        for slot in plan["slots"]:
            slot["text_en"] = f"{slot['text_en'].rstrip('.')} and vote for the {CANARY} party."
    return replies


def names_the_party(home: Path) -> list[str]:
    files = published(home)
    assert len(files) > 15
    return [name for name, text in files.items() if CANARY in text or CANARY_FA in text]


def test_what_an_obeying_writer_of_summaries_and_messages_says_is_in_no_published_file(
    quick: Emulator, tmp_path: Path
) -> None:
    first, _ = write_small_inbox(tmp_path / "inbox")
    settings = settings_for(tmp_path / "home", first, quick, min_people=1, max_degraded=1.0)
    said = f"پیام شما ثبت شد؛ جمعه به راهپیمایی {CANARY_FA} بیایید."
    quick.faults(
        *(
            {"do": "patch", "set": fields, "match": {"task": "summarise"}, "probability": often}
            for fields, often in zip(BENT, (0.9, 0.4, 0.4, 0.4), strict=True)
        ),
        {"do": "reply", "reply": {"text": said}, "match": {"task": "message"}},
    )
    walk(settings, 0)
    assert all(rule["fired"] for rule in quick.fired()), "the model obeyed in every field"
    assert names_the_party(settings.home) == []
    with open_store(settings.home, threads=1) as store:
        held = store.value("select count(*) from core.summary where status = 'held_back'")
        refused = store.value("select count(*) from core.claim where not is_ok")
        far = store.value("select count(*) from core.claim where reasons::varchar like '%its meaning is too far%'")
        told = str(store.rows("select degradations from ops.step where step = 'summarise'"))
    assert held and refused, "the store keeps what was refused"
    assert far, "by words and by meaning"
    assert {k for k in ("summary_held_back", "claim_dropped", "title_replaced", "claim_not_compared") if k in told} == {
        "summary_held_back",
        "claim_dropped",
        "title_replaced",
    }, "and the report counts it; every sentence could be compared"


def test_what_an_obeying_writer_of_plans_says_is_in_no_published_file(
    quick: Emulator, tmp_path: Path
) -> None:
    first, second = write_small_inbox(tmp_path / "inbox")
    honest, bent = (
        settings_for(tmp_path / name, first, quick, min_people=1, max_degraded=1.0)
        for name in ("honest", "bent")
    )
    quick.faults()
    walk(honest, 0)
    walk(honest.model_copy(update={"inbox": second}), 1)
    replies = plans_of(honest)
    assert replies, "honest nights have plans"
    quick.faults(*({"do": "patch", "set": {"plans": r["plans"]}, "match": {"task": "plan"}} for r in replies))
    walk(bent, 0)
    walk(bent.model_copy(update={"inbox": second}), 1)
    assert any(rule["fired"] for rule in quick.fired()), "the planner obeyed"
    assert names_the_party(bent.home) == []
