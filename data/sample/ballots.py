"""The two votes of the sample as events, from the planned outcome in ballots.toml.

The plan says how many people end on each choice. Around it lies noise that a right count must see through:
ballots that were changed later, votes after the end, one old approval ballot shape. `expected` is the plan
itself, so it owes nothing to any counting code.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from compose import dice, load

LONG = ("agree", "disagree", "pass")
Row = dict[str, Any]
Id = Callable[..., str]


@dataclass(frozen=True)
class Ballot:
    """One person's choices, target id → choice, at one instant."""

    person: int
    cast_at: datetime
    choices: dict[str, str] = field(default_factory=dict)
    is_approval: bool = False


def options(make_id: Id) -> list[Row]:
    """Rows in the platform's `policy_options` shape, for the cycle that has options."""
    return [
        {
            "id": make_id("option", target["concern"], place),
            "cluster_id": make_id("cluster", target["concern"]),
            "position": place,
            **option,
            "model_version": "sample",
            "created_at": "2026-11-01T15:40:00+00:00",
        }
        for cycle in load("ballots")["cycle"]
        for target in cycle["target"]
        for place, option in enumerate(target.get("option", ()), start=1)
    ]


def ballots(cycle: Row, people: list[int], make_id: Id) -> list[Ballot]:
    """Every ballot cast in a cycle, by time; re-votes and late votes included."""
    rng = dice("ballots", cycle["key"])
    final = _plan(cycle, people, make_id, rng)
    starts, ends = (datetime.fromisoformat(cycle[name]) for name in ("starts", "ends"))
    span = int((ends - starts).total_seconds())
    made, approvals = [], cycle.get("approvals", 0)
    old_style = set(_approvers(final, make_id("cluster", cycle["target"][0]["concern"]))[:approvals])
    for person, choices in sorted(final.items()):
        at = starts + timedelta(seconds=rng.randint(span // 2, span - 60))
        made.append(Ballot(person, at, choices, person in old_style))
    changed = rng.sample([b for b in made if not b.is_approval], cycle["revotes"])
    for ballot in changed:
        sooner = starts + timedelta(seconds=rng.randint(60, span // 2 - 60))
        made.append(Ballot(ballot.person, sooner, _other(ballot.choices, cycle, make_id)))
    for ballot in rng.sample([b for b in made if not b.is_approval], cycle["late"]):
        after = ends + timedelta(seconds=rng.randint(60, 3600))
        made.append(Ballot(ballot.person, after, _other(ballot.choices, cycle, make_id)))
    return sorted(made, key=lambda b: (b.cast_at, b.person))


def expected(make_id: Id) -> list[Row]:
    """What a right count gives: one row per cycle, target and choice."""
    rows = []
    for cycle in load("ballots")["cycle"]:
        for target in cycle["target"]:
            for choice, people in zip(_choices(cycle, target, make_id), target["people"], strict=True):
                rows.append(
                    {
                        "cycle_id": make_id("cycle", cycle["key"]),
                        "target_id": make_id("cluster", target["concern"]),
                        "concern": target["concern"],
                        "choice": choice,
                        "people_count": people,
                        "turnout_count": sum(target["people"]),
                    }
                )
    return sorted(rows, key=lambda r: (r["cycle_id"], r["target_id"], r["choice"]))


def selection_rows(cast: list[Ballot], cycle_id: str, make_id: Id) -> Iterator[Row]:
    """The platform's `votes` shape: one row per ballot."""
    for ballot in cast:
        chosen = [{"cluster_id": t, "option_id": o} for t, o in sorted(ballot.choices.items())]
        yield {
            "id": make_id("vote", cycle_id, ballot.person, ballot.cast_at.isoformat()),
            "user_id": make_id("user", ballot.person),
            "cycle_id": cycle_id,
            "approved_cluster_ids": sorted(t for t, c in ballot.choices.items() if c != "disagree"),
            "selections": None if ballot.is_approval else chosen,
            "created_at": ballot.cast_at.isoformat(),
        }


def long_rows(cast: list[Ballot], cycle_id: str, make_id: Id) -> Iterator[Row]:
    """The long shape: one row per ballot and target."""
    for ballot in cast:
        for target_id, choice in sorted(ballot.choices.items()):
            yield {
                "id": make_id("vote", cycle_id, ballot.person, target_id, ballot.cast_at.isoformat()),
                "user_id": make_id("user", ballot.person),
                "cycle_id": cycle_id,
                "target_id": target_id,
                "choice": choice,
                "cast_at": ballot.cast_at.isoformat(),
            }


def _choices(cycle: Row, target: Row, make_id: Id) -> list[str]:
    if cycle["shape"] == "long":
        return list(LONG)
    return [make_id("option", target["concern"], n) for n in range(1, len(target["option"]) + 1)]


def _plan(cycle: Row, people: list[int], make_id: Id, rng: Random) -> dict[int, dict[str, str]]:
    """Deals the planned counts out to people: person → target id → final choice."""
    final: dict[int, dict[str, str]] = {}
    for target in cycle["target"]:
        voters = rng.sample(people, sum(target["people"]))
        choices = _choices(cycle, target, make_id)
        dealt = [c for c, n in zip(choices, target["people"], strict=True) for _ in range(n)]
        for person, choice in zip(voters, dealt, strict=True):
            final.setdefault(person, {})[make_id("cluster", target["concern"])] = choice
    return final


def _approvers(final: dict[int, dict[str, str]], target_id: str) -> list[int]:
    """People who only agree, the first target among it: their ballot can be told in the old shape."""
    return [
        person
        for person, choices in sorted(final.items())
        if target_id in choices and set(choices.values()) == {"agree"}
    ]


def _other(choices: dict[str, str], cycle: Row, make_id: Id) -> dict[str, str]:
    """The same targets, each with a different choice."""
    changed = {}
    for target in cycle["target"]:
        target_id = make_id("cluster", target["concern"])
        if target_id in choices:
            ways = _choices(cycle, target, make_id)
            changed[target_id] = ways[(ways.index(choices[target_id]) + 1) % len(ways)]
    return changed
