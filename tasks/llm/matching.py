"""Which batch stands for which intent, when the answer to its POST was lost. Pure; `settlement.py` acts on it.

An ended batch tells its nonce: certain. One under way tells only its size and time: it is lent to an intent of that
size, and taken back when it ends and turns out to be another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tasks.llm.intents import Intent

SKEW = timedelta(minutes=5)  # between our clock and the vendor's

Batch = Mapping[str, Any]


@dataclass
class Matching:
    """What to do: intents that get a batch, batches that double an intent, intents with no batch in sight."""

    adopted: list[tuple[Intent, Batch]] = field(default_factory=list)
    twins: list[tuple[Intent, Batch]] = field(default_factory=list)
    missing: list[Intent] = field(default_factory=list)


def match_batches(
    batches: Sequence[Batch],
    nonces: Mapping[str, str],
    *,
    lost: Sequence[Intent],
    void: Sequence[Intent],
    settled: Sequence[Intent],
    lent_sizes: Collection[int],
) -> Matching:
    """Match batches that nobody here knows (oldest first) with intents.

    `nonces`: batch id → nonce, of ended ones. `settled`: intents that have a batch or are filed. `lent_sizes`: sizes of
    batches under way that were lent by size: each may be the batch of any intent of its size.
    """
    found = Matching()
    ended = [b for b in batches if b["id"] in nonces]
    open_ = [b for b in batches if b["id"] not in nonces]
    left = _match_by_nonce(found, ended, nonces, lost=lost, others=[*void, *settled])
    _match_by_size(found, open_, left, void, lent_sizes)
    return found


def _match_by_nonce(
    found: Matching,
    ended: Sequence[Batch],
    nonces: Mapping[str, str],
    *,
    lost: Sequence[Intent],
    others: Sequence[Intent],
) -> list[Intent]:
    """What has ended is certain; the lost intents that are still without a batch."""
    waiting = {intent.nonce: intent for intent in lost}
    known = {intent.nonce: intent for intent in others}
    for batch in ended:
        nonce = nonces[batch["id"]]
        if nonce in waiting:
            known[nonce] = waiting.pop(nonce)
            found.adopted.append((known[nonce], batch))
        elif nonce in known:
            found.twins.append((known[nonce], batch))
    return list(waiting.values())


def _match_by_size(
    found: Matching,
    batches: Sequence[Batch],
    lost: Sequence[Intent],
    void: Sequence[Intent],
    lent_sizes: Collection[int],
) -> None:
    """One batch for each lost intent of a size; only what is beyond the intents of that size is surely a twin.

    Beside a lost intent, a void one's late batch cannot be told from the lost one's: it is left alone until it ends.
    """
    sizes: dict[int, list[Batch]] = defaultdict(list)
    for batch in batches:
        sizes[sum(batch["request_counts"].values())].append(batch)
    taken: set[str] = set()
    for intent in lost:
        fitting = [b for b in sizes[intent.request_count] if b["id"] not in taken and _is_later(b, intent)]
        if fitting:
            taken.add(fitting[0]["id"])
            found.adopted.append((intent, fitting[0]))
        elif intent.request_count not in lent_sizes:
            found.missing.append(intent)
    for size, fitting in sizes.items():
        late = [i for i in void if i.request_count == size]
        mine = [i for i in lost if i.request_count == size]
        unsure = len(late) if mine or size in lent_sizes else 0
        rest = [b for b in fitting if b["id"] not in taken]
        for batch in rest[unsure:]:
            owner = next((i for i in [*mine, *late] if _is_later(batch, i)), None)
            if owner is not None:
                found.twins.append((owner, batch))


def _is_later(batch: Batch, intent: Intent) -> bool:
    return bool(batch["created_at"] >= intent.created_at - SKEW)
