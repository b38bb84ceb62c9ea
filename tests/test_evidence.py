"""The chain and the trees: any flipped, dropped or reordered thing is found and named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence import (
    append_event,
    canonical_json,
    event_hash,
    leaf_hash,
    merkle_proof,
    merkle_root,
    proof_holds,
    verify_chain,
)
from tasks.store import open_store

AT = datetime(2026, 11, 1, 0, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def events() -> list[dict]:
    with open_store(None) as store:
        for n in range(5):
            append_event(store, "tested", entity=("thing", f"T{n}"), payload={"n": n, "متن": "آب"}, at=AT)
        return store.frame("select * from ops.event order by seq").to_dicts()


def test_an_honest_chain_has_no_fault(events: list[dict]) -> None:
    assert verify_chain(events) is None


@pytest.mark.parametrize("column", ["at_utc", "event_type", "entity_type", "entity_id", "payload"])
def test_an_altered_column_is_found_at_its_event(events: list[dict], column: str) -> None:
    events[2][column] = '{"n": 9}' if column == "payload" else events[2][column] + "x"
    fault = verify_chain(events)
    assert fault and fault.seq == 3 and "altered" in fault.reason


def test_a_dropped_event_is_found(events: list[dict]) -> None:
    del events[2]
    fault = verify_chain(events)
    assert fault and fault.seq == 4 and "missing" in fault.reason


def test_reordered_events_are_found(events: list[dict]) -> None:
    events[1], events[2] = events[2], events[1]
    assert verify_chain(events) is not None


def test_a_rewritten_event_breaks_the_next_link(events: list[dict]) -> None:
    forged = events[2] | {"payload": '{"n":9}'}
    keys = ("event_type", "entity_type", "entity_id", "prev_hash")
    forged["hash"] = event_hash(timestamp=forged["at_utc"], payload={"n": 9}, **{k: forged[k] for k in keys})
    events[2] = forged
    fault = verify_chain(events)
    assert fault and fault.seq == 4 and "link" in fault.reason


def test_the_platforms_hashing_rule_is_ours() -> None:
    # Computed with sha256sum over the canonical JSON written out by hand.
    import hashlib

    text = (
        '{"entity_id":"ab","entity_type":"vote","event_type":"vote_cast","payload":{"a":"آب","b":1},'
        '"prev_hash":"genesis","timestamp":"2026-03-01T00:00:00.000Z"}'
    )
    given_hash = event_hash(
        timestamp="2026-03-01T00:00:00.000Z",
        event_type="vote_cast",
        entity_type="vote",
        entity_id="AB",
        payload={"b": 1, "a": "آب"},
        prev_hash="genesis",
    )
    assert given_hash == hashlib.sha256(text.encode()).hexdigest()


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": 1, "a": ["آ"]}) == '{"a":["آ"],"b":1}'


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_every_leaf_has_a_proof_that_holds_for_it_alone(data: list[bytes], draw: st.DataObject) -> None:
    leaves = [leaf_hash(d) for d in data]
    root = merkle_root(leaves)
    at = draw.draw(st.integers(0, len(leaves) - 1))
    steps = merkle_proof(leaves, at)
    assert proof_holds(leaves[at], steps, root)
    assert not proof_holds(leaf_hash(b"something else entirely"), steps, root)


def test_a_doubled_last_leaf_changes_the_root() -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(3)]
    assert merkle_root(leaves) != merkle_root([*leaves, leaves[-1]])
