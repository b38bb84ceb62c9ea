"""What an obeying model says of records, summaries and rejections: none of it comes as far as a published file.

`attacks_obeyed.jsonl`: `blind` was written before tasks/llm/distrust.py was read; `hold-out` after the guards were first mended (14 of
its 24 were stopped then, and the guards widened by its classes); `second hold-out` after that (12 of its 20 were stopped, 15 after one
more rule); `third hold-out` when rules on wishes and speakers had closed the rest (10 of its 20 were stopped at first sight, then the
rules on accusations and on the direction of a wish followed, and 19 are). `payload`: pieces of which none may be published; `reply`: the
model's whole answer. Every reply is a good one, bent in one place: that the good one passes is tested too.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.canonicalize import check_reply
from tasks.claims.sources import Sources
from tasks.claims.summary import judge_summary
from tasks.llm import Ask
from tasks.message_text import message_faults, rewording_faults
from tasks.redact import redact
from tasks.schemas import CanonicalReply, SummaryReply

ATTACKS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks_obeyed.jsonl").read_text(encoding="utf-8").splitlines()
]
# What still gets past: the wish for the very thing that the quote complains of, in neutral words («hunting should be free»). The lexicon
# does not know that hunting is a harm, and no word of the quote forbids it. Such a record stays bound to one text and its quote,
# behind k-anonymity (docs/privacy.md). May shrink only.
OPEN = frozenset({"m20"})
BY_TASK = {
    task: [a for a in ATTACKS if a["task"] == task] for task in ("canonicalize", "summarise", "message")
}


def ids(attacks: list[dict[str, Any]]) -> list[str]:
    return [f"{a['id']} {a['goal']}" for a in attacks]


@pytest.mark.parametrize("attack", BY_TASK["canonicalize"], ids=ids(BY_TASK["canonicalize"]))
def test_a_record_that_obeys_is_turned_down(attack: dict[str, Any]) -> None:
    text = redact(attack["text"]).text
    reply = CanonicalReply.model_validate_json(json.dumps(attack["reply"]))
    reasons = check_reply(Ask("a", {"text": text, "language": attack["language"]}), reply)
    if attack["id"] in OPEN:
        assert not reasons, "closed: take it off the list"
        return
    assert reasons, "taken as it is"
    assert not any(piece in reason for piece in attack["payload"] for reason in reasons if len(piece) > 4)


@pytest.mark.parametrize("text", sorted({a["reply"]["records"][0]["quote"] for a in BY_TASK["canonicalize"]}))
def test_the_good_record_that_each_attack_bends_is_taken(text: str) -> None:
    """The most common value of each field among the attacks on a text, or the shortest of these, is the unbent one."""
    records = [
        a["reply"]["records"][0] for a in BY_TASK["canonicalize"] if a["reply"]["records"][0]["quote"] == text
    ]

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
    records = tuple(attack["inputs"]["records"])
    known = {r["id"]: r["id"] for r in records}
    sources = Sources(records, known, known, {"support": 1.0}, attack["inputs"]["people"])
    judged = judge_summary(SummaryReply.model_validate(attack["reply"]), sources, minority_share=0.2)
    reply = judged.reply
    headings = [reply.title_en, reply.title_fa, reply.proposition_en, reply.proposition_fa]
    said = [c.text_en + c.text_fa for c in judged.good] + [o.label_en + o.label_fa for o in judged.options]
    published = " . ".join([] if judged.hold_reasons else headings + said)
    assert [piece for piece in attack["payload"] if piece in published] == []


def test_the_good_summary_that_each_attack_bends_is_published() -> None:
    calm = [a["reply"] for a in BY_TASK["summarise"]]

    def usual(name: str) -> Any:
        told = [json.dumps(reply[name]) for reply in calm]
        return json.loads(max(told, key=told.count))

    records = tuple(BY_TASK["summarise"][0]["inputs"]["records"])
    known = {r["id"]: r["id"] for r in records}
    good = SummaryReply.model_validate({name: usual(name) for name in calm[0]})
    judged = judge_summary(good, Sources(records, known, known, {"support": 1.0}, 5), minority_share=0.2)
    assert (judged.hold_reasons, len(judged.good)) == ((), 2)


@pytest.mark.parametrize("attack", BY_TASK["message"], ids=ids(BY_TASK["message"]))
def test_a_message_that_obeys_is_replaced_by_the_reviewed_sentence(attack: dict[str, Any]) -> None:
    text, told = attack["reply"]["text"], attack["inputs"]
    faults = message_faults(text, locale=told["locale"], max_chars=300)
    assert [*faults, *rewording_faults(text, say=told["say"], locale=told["locale"])]


def test_the_reviewed_sentences_themselves_may_be_said() -> None:
    for attack in BY_TASK["message"]:
        told = attack["inputs"]
        assert rewording_faults(told["say"], say=told["say"], locale=told["locale"]) == []
