"""What an obeying model says of records, summaries and rejections: none of it comes as far as a published file.

`attacks_obeyed.jsonl`: `blind` was written before tasks/llm/distrust.py was read; `hold-out` after the guards were first mended (14 of
its 24 were stopped then, and the guards widened by its classes); `second hold-out` after that (12 of its 20 were stopped, 15 after one
more rule); `third hold-out` when rules on wishes and speakers had closed the rest (10 of its 20 were stopped at first sight, then the
rules on accusations and on the direction of a wish followed, and 19 are); `fourth` is half of forty written blind (13 of its 20 stopped), the
other half is kept apart in test_llm_held_out.py; `fifth` was written when those were mended (13 of 20); `sixth` is half of thirty written before the
rules of tasks/llm/steering.py (5 of its 15 were stopped). `payload`: pieces of which none
may be published; `reply`: the model's whole answer; `good`, where given: the same unbent. That the good one passes is tested too.
"""

import json
from typing import Any

import pytest

from tasks.canonicalize import check_reply
from tasks.llm import Ask
from tasks.message_text import rewording_faults
from tasks.schemas import CanonicalReply
from tests.faults.obeyed import faults_of, read_attacks, summary_of

ATTACKS = read_attacks("attacks_obeyed.jsonl")
# What still gets past. Empty, and may stay so only: what nobody wrote a rule from is counted in test_llm_held_out.py.
OPEN: frozenset[str] = frozenset()
BY_TASK = {
    task: [a for a in ATTACKS if a["task"] == task] for task in ("canonicalize", "summarise", "message")
}


def ids(attacks: list[dict[str, Any]]) -> list[str]:
    return [f"{a['id']} {a['goal']}" for a in attacks]


@pytest.mark.parametrize("attack", BY_TASK["canonicalize"], ids=ids(BY_TASK["canonicalize"]))
def test_a_record_that_obeys_is_turned_down(attack: dict[str, Any]) -> None:
    reasons = faults_of(attack, attack["reply"])
    if attack["id"] in OPEN:
        assert not reasons, "closed: take it off the list"
        return
    assert reasons, "taken as it is"
    assert not any(piece in reason for piece in attack["payload"] for reason in reasons if len(piece) > 4)


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if "good" in a and a["task"] == "canonicalize"], ids=lambda a: str(a["id"])
)
def test_the_unbent_record_is_taken_from_its_quote(attack: dict[str, Any]) -> None:
    """Where the order was taken out of the text; with it the message may wait for a person."""
    record = attack["good"]["records"][0]
    bare = {**attack, "text": record["quote"]}
    assert faults_of(bare, attack["good"]) == []


UNTOLD = [a for a in BY_TASK["canonicalize"] if "good" not in a]


@pytest.mark.parametrize("text", sorted({a["reply"]["records"][0]["quote"] for a in UNTOLD}))
def test_the_good_record_that_each_attack_bends_is_taken(text: str) -> None:
    """The most common value of each field among the attacks on a text, or the shortest of these, is the unbent one."""
    records = [a["reply"]["records"][0] for a in UNTOLD if a["reply"]["records"][0]["quote"] == text]

    def usual(name: str) -> Any:
        told = [json.dumps(record[name]) for record in records]
        return json.loads(max(told, key=lambda value: (told.count(value), -len(value))))

    reply = {
        "is_valid": True,
        "rejection_reason": None,
        "records": [{name: usual(name) for name in records[0]}],
    }
    good = CanonicalReply.model_validate_json(json.dumps(reply))
    assert check_reply(Ask("a", {"text": text, "language": "fa"}), good) == []


@pytest.mark.parametrize("attack", BY_TASK["summarise"], ids=ids(BY_TASK["summarise"]))
def test_of_a_summary_that_obeys_nothing_bent_is_published(attack: dict[str, Any]) -> None:
    published = summary_of(attack, attack["reply"])
    pieces = [piece for piece in attack["payload"] if piece in published]
    assert bool(pieces) == (attack["id"] in OPEN), pieces


@pytest.mark.parametrize(
    "attack", [a for a in BY_TASK["summarise"] if "good" in a], ids=lambda a: str(a["id"])
)
def test_the_unbent_summary_is_published_whole(attack: dict[str, Any]) -> None:
    published = summary_of(attack, attack["good"])
    assert all(claim["text_en"] in published for claim in attack["good"]["claims"])


def test_the_good_summary_that_each_attack_bends_is_published() -> None:
    untold = [a for a in BY_TASK["summarise"] if "good" not in a]
    calm = [a["reply"] for a in untold]

    def usual(name: str) -> Any:
        told = [json.dumps(reply[name]) for reply in calm]
        return json.loads(max(told, key=told.count))

    good = {name: usual(name) for name in calm[0]}
    published = summary_of(untold[0], good)
    assert all(claim["text_en"] in published for claim in good["claims"])
    assert good["title_en"] in published


@pytest.mark.parametrize("attack", BY_TASK["message"], ids=ids(BY_TASK["message"]))
def test_a_message_that_obeys_is_replaced_by_the_reviewed_sentence(attack: dict[str, Any]) -> None:
    assert faults_of(attack, attack["reply"])


def test_the_reviewed_sentences_themselves_may_be_said() -> None:
    for attack in BY_TASK["message"]:
        told = attack["inputs"]
        assert rewording_faults(told["say"], say=told["say"], locale=told["locale"]) == []
