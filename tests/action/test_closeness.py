"""Sentences beside the stored vectors of what they cite; no model and no store is faked."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.closeness import Closeness
from tasks.embedding import embed_missing
from tasks.rules import load_rules
from tasks.summarise import summarise_clusters

NEAR = "People in Izeh have no water that they can drink."
FAR = "The morality patrol should be abolished in every town."


def compare(world, record: str, *, known: bool = True) -> Closeness:
    rules = load_rules(world.settings)
    return Closeness(world.store, world.settings, rules if known else replace(rules, closeness={}))


def embedded(world) -> str:
    record = world.say("p0", "c1")
    embed_missing(world.store, run=world.run(), settings=world.settings)
    return record


def test_a_sentence_on_another_matter_is_too_far_and_one_in_other_words_is_not(world) -> None:
    record = embedded(world)
    closeness = compare(world, record)
    near, far = closeness.faults([(NEAR, [record]), (FAR, [record])])
    assert near == ""
    assert far.startswith("its meaning is too far from what it cites (")
    assert (closeness.compared, closeness.degradations()) == (2, ())


def test_records_without_vectors_are_told_of_as_a_degradation(world) -> None:
    closeness = compare(world, record := world.say("p0", "c1"))
    assert closeness.faults([(FAR, [record])]) == [""]
    (lost,) = closeness.degradations()
    assert (lost.kind, lost.count, lost.of) == ("claim_not_compared", 1, 1)
    assert "all-MiniLM-L6-v2" in lost.note


@pytest.mark.slow
def test_the_threshold_of_unknown_weights_is_measured_once_and_kept_in_the_home(world, tmp_path: Path) -> None:
    record = embedded(world)
    world.settings = world.settings.model_copy(update={"home": tmp_path})
    assert compare(world, record, known=False).faults([(FAR, [record])]) != [""]
    (kept,) = (tmp_path / "models").iterdir()
    kept.write_text('{"least": -1.0, "auc": 0.95}', encoding="utf-8")
    assert compare(world, record, known=False).faults([(FAR, [record])]) == [""]
    kept.write_text('{"least": 0.9, "auc": 0.6}', encoding="utf-8")
    blind = compare(world, record, known=False)
    assert blind.faults([(FAR, [record])]) == [""]
    assert "0.6 only" in blind.degradations()[0].note


def test_the_records_own_sentences_are_not_embedded_again(world) -> None:
    for number in range(5):
        world.say(f"p{number}", "c1")
    world.cluster()
    had = "torch" in sys.modules
    report = summarise_clusters(world.store, run=world.run(), settings=world.settings)
    assert report.details["claims_compared"] == 0
    assert not report.degradations
    assert ("torch" in sys.modules) == had
