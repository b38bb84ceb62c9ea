"""Evidence: a hash chain of events, and Merkle trees over what is published. Hashing only.

Chain rule: `hash = SHA-256(canonical JSON of {timestamp, event_type, entity_type, entity_id, payload, prev_hash})`,
canonical JSON being UTF-8 with sorted keys, separators "," and ":", and non-ASCII kept; the first `prev_hash` is
"genesis". It is the platform's own rule (research/upstream.md §1.6), so `verify_chain` checks both chains.

Merkle rule: leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right), an odd node goes up unpaired
(RFC 6962 §2.1): prefixes keep a node from passing as a leaf, and nothing is duplicated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.store import Store

GENESIS = "genesis"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_hash(
    *,
    timestamp: str,
    event_type: str,
    entity_type: str,
    entity_id: str,
    payload: Mapping[str, Any],
    prev_hash: str,
) -> str:
    """Hash of one event, hex."""
    body = {
        "timestamp": timestamp,
        "event_type": event_type,
        "entity_type": entity_type,
        "entity_id": entity_id.lower(),
        "payload": payload,
        "prev_hash": prev_hash,
    }
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def utc_milliseconds(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    at = instant.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def append_event(
    store: Store, event_type: str, *, entity: tuple[str, str], payload: Mapping[str, Any], at: datetime
) -> str:
    """Append one event to `ops.event`; joins the caller's transaction. Returns its hash."""
    last = store.rows("select seq, hash from ops.event order by seq desc limit 1")
    seq, prev = last[0] if last else (0, GENESIS)
    stamp = utc_milliseconds(at)
    digest = event_hash(
        timestamp=stamp,
        event_type=event_type,
        entity_type=entity[0],
        entity_id=entity[1],
        payload=payload,
        prev_hash=prev,
    )
    row = {
        "seq": seq + 1,
        "at_utc": stamp,
        "event_type": event_type,
        "entity_type": entity[0],
        "entity_id": entity[1].lower(),
        "payload": canonical_json(payload),
        "prev_hash": prev,
        "hash": digest,
    }
    store.append("ops.event", pl.DataFrame([row]))
    return digest


@dataclass(frozen=True)
class ChainFault:
    """The first event that is not what it says: its sequence number and what is wrong with it."""

    seq: int
    reason: str


def verify_chain(events: Iterable[Mapping[str, Any]], *, is_own: bool = True) -> ChainFault | None:
    """Check events in order; each has seq, at_utc, event_type, entity_type, entity_id, payload (JSON text or mapping),
    prev_hash, hash. Returns the first fault, or None.

    Our own chain is spelt in one way and counted without gaps, so that any other byte is a fault; of the platform's
    (`is_own=False`), whose database keeps JSON in its own spelling, what the hashes cover is checked.
    """
    expected_prev, expected_seq = GENESIS, None
    for event in events:
        seq = int(event["seq"])
        if is_own and expected_seq is not None and seq != expected_seq:
            return ChainFault(seq, f"event {expected_seq} is missing or out of order")
        if event["prev_hash"] != expected_prev:
            return ChainFault(seq, "does not link to the event before it")
        payload = event["payload"]
        if is_own and not _is_spelt_our_way(event):
            return ChainFault(seq, "its content was altered")
        digest = event_hash(
            timestamp=event["at_utc"],
            event_type=event["event_type"],
            entity_type=event["entity_type"],
            entity_id=event["entity_id"],
            payload=json.loads(payload) if isinstance(payload, str) else payload,
            prev_hash=event["prev_hash"],
        )
        if digest != event["hash"]:
            return ChainFault(seq, "its content was altered")
        expected_prev, expected_seq = digest, seq + 1
    return None


def _is_spelt_our_way(event: Mapping[str, Any]) -> bool:
    try:
        spelling = canonical_json(json.loads(event["payload"]))
    except json.JSONDecodeError:
        return False
    return bool(event["payload"] == spelling and event["entity_id"] == event["entity_id"].lower())


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Root of leaf hashes, hex; of no leaves, the hash of nothing."""
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        level = _next_level(level)
    return level[0].hex()


def _next_level(level: Sequence[bytes]) -> list[bytes]:
    paired = [_parent(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return paired + ([level[-1]] if len(level) % 2 else [])


def merkle_proof(leaves: Sequence[bytes], index: int) -> list[tuple[str, str]]:
    """Steps ("left"|"right", sibling hash hex) from leaf `index` to the root."""
    steps: list[tuple[str, str]] = []
    level, at = list(leaves), index
    while len(level) > 1:
        sibling = at ^ 1
        if sibling < len(level):
            steps.append(("left" if sibling < at else "right", level[sibling].hex()))
        level, at = _next_level(level), at // 2
    return steps


def proof_holds(leaf: bytes, steps: Sequence[tuple[str, str]], root: str) -> bool:
    """Whether the proof leads from the leaf hash to the root."""
    node = leaf
    for side, sibling in steps:
        other = bytes.fromhex(sibling)
        node = _parent(other, node) if side == "left" else _parent(node, other)
    return node.hex() == root


def row_leaf(table: str, row: Mapping[str, Any]) -> bytes:
    """Leaf of one published row: the table's name and the row in canonical JSON (dates and instants as ISO text)."""
    return leaf_hash(f"{table}\n{_ROW.encode(row)}".encode())


def _iso(value: Any) -> str:
    return str(value.isoformat())


_ROW = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_iso)
