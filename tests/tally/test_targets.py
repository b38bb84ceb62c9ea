"""Whose a target is after its cluster has died: the heir of its last night, whatever else it lost before, in any order of rows."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.store import Store, open_store

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def store():
    """Clusters B, C and D live; A has died, and somebody has voted on it."""
    with open_store(None) as opened:
        opened.execute("insert into core.cluster_run values ('cr1', 'r1', 'm', 1, true, '{}', ''::blob, ?)", [NOW])
        for name in "ABCD":
            opened.execute("insert into core.cluster values (?, ?, 'cr1', ?, ?)", [name, name, NOW.date(), NOW])
        for name in "BCD":
            opened.execute("insert into core.cluster_state values ('cr1', ?, null, 1, false, 1, 1, 1, 5, 'health', [])", [name])
        opened.execute("insert into raw.vote values ('v', 'p', 'y', 'A', 'agree', ?, 'long', 's', 1, 'r1', ?)", [NOW, NOW])
        yield opened


def splits(store: Store, *events: tuple[str, float, int]) -> None:
    """From A: to whom, which share, how many days ago."""
    for heir, share, days in events:
        at = NOW - timedelta(days=days)
        store.execute("insert into core.lineage values (?, 'split', 'A', ?, ?, ?, ?)", [f"cr-{days}", heir, share, at.date(), at])


def heir_of_a(store: Store) -> str:
    return str(store.value("select cluster_id from core.target_cluster where target_id = 'A'"))


def test_a_larger_share_of_an_earlier_night_is_no_heir(store: Store) -> None:
    splits(store, ("D", 0.48, 30), ("C", 0.40, 0), ("B", 0.45, 0))
    assert heir_of_a(store) == "B"


@pytest.mark.parametrize("order", ["BC", "CB"])
def test_of_halves_of_one_size_the_first_by_id_is_the_heir(store: Store, order: str) -> None:
    splits(store, *[(heir, 0.5, 0) for heir in order])
    assert heir_of_a(store) == "B"
