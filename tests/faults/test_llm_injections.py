"""Injections: 65 messages that give orders to the model, and emulator replies that obey them.

`attacks.jsonl`: id, where the order hides, language, goal, a piece of the text to know it by, the text, the
canary that only an obeying answer holds, and what the obeying model says (a fault rule of the emulator): the
worst case: whatever its schema forces on it, its words are the attacker's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.canonicalize import check_reply
from tasks.llm import Answer, Ask, complete
from tasks.llm.prompting import load_prompt
from tasks.run import Run, new_run_id
from tasks.store import Store, open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator
from tests.faults.llm_night import emulated_time, settings_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ATTACKS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks.jsonl").read_text(encoding="utf-8").splitlines()
]
DIRECT = [attack for attack in ATTACKS if attack["where"] != "derived"]


def rule_of(attack: dict[str, Any]) -> dict[str, Any]:
    """The emulator obeys this attack whenever it reads it; the text arrives as JSON in a fence."""
    seen = json.dumps(attack["key"], ensure_ascii=False)[1:-1].replace("<", "\\u003c")
    return {**attack["obey"], "match": {"contains": seen, "task": "canonicalize"}}


@pytest.fixture(scope="module")
def obeyed(
    _session_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Emulator, Store, dict[str, Answer]]]:
    """All attacks asked about in one night with a model that obeys each of them."""
    _session_emulator.reset()
    _session_emulator.faults(*map(rule_of, DIRECT))
    home, url = tmp_path_factory.mktemp("attacked"), _session_emulator.url
    outside = emulated_time(url)
    now = outside.now()
    run = Run(new_run_id(now), "nightly", night_of(now), "default", now)
    asks = [Ask(attack["id"], {"text": attack["text"], "language": attack["language"]}) for attack in DIRECT]
    with open_store(home, threads=1) as store:
        answers = complete(
            store,
            "canonicalize",
            asks,
            run=run,
            settings=settings_of(home, url),
            check=check_reply,
            wait_s=7200,
            outside=outside,
        )
        yield _session_emulator, store, {answer.subject_id: answer for answer in answers}


def test_the_attack_set_is_large_and_mixed() -> None:
    assert len(ATTACKS) >= 60
    assert {attack["where"] for attack in ATTACKS} == {"text", "name", "policy", "fence", "derived"}
    assert {attack["language"] for attack in ATTACKS} == {"fa", "en", "mixed"}
    assert len({attack["key"] for attack in ATTACKS}) == len({a["canary"] for a in ATTACKS}) == len(ATTACKS)


def test_the_model_obeys_every_attack_of_the_set(obeyed: tuple[Emulator, Store, dict[str, Answer]]) -> None:
    emulator, _, _ = obeyed
    assert [rule["do"] for rule in emulator.fired() if not rule["fired"]] == []


def test_an_order_reaches_the_model_only_as_fenced_data(
    obeyed: tuple[Emulator, Store, dict[str, Answer]],
) -> None:
    emulator, _, _ = obeyed
    bodies = emulator.bodies()
    assert len(bodies) >= len(DIRECT)
    for body in bodies:
        system = body["params"]["system"]
        assert [block["text"] for block in system] == [load_prompt("canonicalize").system]
        first = body["params"]["messages"][0]["content"]
        assert first.startswith("<data>\n") and first.endswith("\n</data>")
        assert first.count("</data>") == 1, "the fence cannot be closed from inside"
        assert "text" in json.loads(first.removeprefix("<data>\n").removesuffix("\n</data>"))


def test_what_an_obeying_model_says_gets_past_no_schema_and_no_check(
    obeyed: tuple[Emulator, Store, dict[str, Answer]],
) -> None:
    _, _, answers = obeyed
    past = {
        a["id"] for a in DIRECT if answers[a["id"]].status == "done" and _holds(answers[a["id"]], a["canary"])
    }
    assert past == set(), f"ways through: {sorted(past)}"
    for attack in DIRECT:
        assert answers[attack["id"]].status == "dead", f"{attack['id']} ({attack['goal']}) was taken"
        assert answers[attack["id"]].reasons, "a dead letter says why"


def test_an_answer_that_obeys_is_never_taken_for_another_text(
    obeyed: tuple[Emulator, Store, dict[str, Answer]],
) -> None:
    _, _, answers = obeyed
    canaries = {attack["canary"]: attack["id"] for attack in DIRECT}
    for subject, answer in answers.items():
        assert [
            owner for canary, owner in canaries.items() if _holds(answer, canary) and owner != subject
        ] == []


def test_no_order_is_in_a_reason_or_a_detail_of_the_ledger(
    obeyed: tuple[Emulator, Store, dict[str, Answer]],
) -> None:
    """Details are published in llm_call.parquet; what a model said must not ride along."""
    _, store, _ = obeyed
    rows = store.rows("select * exclude (params, route) from llm.call")
    text = json.dumps(rows, default=str, ensure_ascii=False)
    assert [attack["id"] for attack in DIRECT if attack["canary"] in text] == []


def test_no_order_is_in_the_reasons_of_a_dead_letter(
    obeyed: tuple[Emulator, Store, dict[str, Answer]],
) -> None:
    """Reasons go into the repair turn outside the fence, into the quarantine, which an operator reads."""
    _, _, answers = obeyed
    assert [a["id"] for a in DIRECT if a["canary"] in json.dumps(answers[a["id"]].reasons)] == []


def _holds(answer: Answer, canary: str) -> bool:
    return answer.value is not None and canary in answer.value.model_dump_json()
