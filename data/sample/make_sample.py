"""Writes the synthetic inbox: three nights of the platform's tables, and what a right pipeline must find.

    python data/sample/make_sample.py [FOLDER]      # default: the folder this file lies in

The same bytes every time (gzip members apart, which follow the zlib at hand). Everything is invented.
"""

import csv
import gzip
import hashlib
import io
import json
import sys
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ballots
from compose import NIGHTS, TEHRAN, Message, dice, load, messages, moment

SPACE = uuid.UUID("5f0c7b1e-6d0a-5d39-9f5b-0c0ffee0c0de")
Row = dict[str, Any]
Drops = dict[str, list[Row]]  # path in the inbox → rows


def make_id(*parts: object) -> str:
    return str(uuid.uuid5(SPACE, "/".join(str(part) for part in parts)))


def main(folder: Path) -> None:
    sent = messages()
    ids = [make_id("submission", n) for n in range(len(sent))]
    clusters = _members(sent, ids)
    drops: Drops = {}
    for night in NIGHTS:
        _submissions(drops, night, sent, ids, {s for members in clusters.values() for s in members})
        _platform(drops, night, sent, ids, clusters)
        _endorsements(drops, night, sent)
    _votes(drops, sent)
    erased = next(i for m, i in zip(sent, ids, strict=True) if m.private and m.night == 1)
    drops["night3/erasures/erasures.jsonl"] = [
        {"submission_id": erased, "requested_at": "2026-11-03T09:12:00+00:00", "reason": "on request"}
    ]
    for name, rows in drops.items():
        _write(folder / name, [{**row, "synthetic": True} for row in rows])
    _spoil(folder)
    _write(folder / "truth.jsonl", [_truth(m, i) for m, i in zip(sent, ids, strict=True)])
    _write_json(folder / "expected_tally.json", ballots.expected(make_id))
    _write_json(folder / "expected.json", _expected(sent, drops, erased))


def _submissions(drops: Drops, night: int, sent: list[Message], ids: list[str], done: set[str]) -> None:
    """The night's submissions. A few of the first night arrive with the second."""
    late = {i for i, m in enumerate(sent) if m.night == 1 and m.kind == "civic" and i % 53 == 7}
    for n, message in enumerate(sent):
        if (message.night + 1 if n in late else message.night) != night:
            continue
        name = {1: "submissions.jsonl", 2: "submissions.jsonl.gz", 3: "submissions.csv.gz"}[night]
        if night == 2 and message.created_at.minute % 4 == 0:
            name = "web.csv"
        elif night == 3 and message.created_at.minute % 2 == 0:
            name = "submissions.jsonl"
        row = {
            "id": ids[n],
            "user_id": make_id("user", message.person),
            "raw_text": message.text,
            "language": message.language,
            "status": _status(message, ids[n], done),
            "hash": hashlib.sha256(message.text.encode()).hexdigest(),
            "created_at": _stamp(message.created_at, night),
        }
        drops.setdefault(f"night{night}/submissions/{name}", []).append(row)


def _status(message: Message, submission_id: str, done: set[str]) -> str:
    if message.text == "/start":
        return "rejected"  # the platform's bot had answered it
    return "canonicalized" if submission_id in done else "pending"


def _stamp(at: datetime, night: int) -> str:
    """Instants as different exporters write them."""
    if night == 2:
        return at.isoformat().replace("+00:00", "Z")
    return at.astimezone(TEHRAN).isoformat() if night == 3 else at.isoformat()


def _members(sent: list[Message], ids: list[str]) -> dict[str, list[str]]:
    """Concern on a ballot → submissions that the platform had put in that cluster: four of five."""
    wanted = [target["concern"] for cycle in load("ballots")["cycle"] for target in cycle["target"]]
    found: dict[str, list[str]] = {concern: [] for concern in wanted}
    for n, message in enumerate(sent):
        if message.kind == "civic" and message.concerns[0] in found and n % 5:
            found[message.concerns[0]].append(ids[n])
    return found


def _platform(
    drops: Drops, night: int, sent: list[Message], ids: list[str], clusters: dict[str, list[str]]
) -> None:
    """The platform's own clusters and candidates, as far as they had grown by that night."""
    concerns = {c["key"]: c for c in load("concerns")["concern"]}
    arrived = {i: m for m, i in zip(sent, ids, strict=True) if m.night <= night}
    cycles = load("ballots")["cycle"]
    for cycle in (c for c in cycles if c["first_night"] <= night):
        for target in cycle["target"]:
            concern = concerns[target["concern"]]
            members = [i for i in clusters[concern["key"]] if i in arrived]
            fresh = [i for i in members if night == cycle["first_night"] or arrived[i].night == night]
            drops.setdefault(f"night{night}/policy_candidates/policy_candidates.jsonl", []).extend(
                _candidate(i, concern, arrived[i]) for i in fresh
            )
            drops.setdefault(f"night{night}/clusters/clusters.jsonl", []).append(
                _cluster(target, concern, members, cycle)
            )
        drops.setdefault(f"night{night}/cycles/cycles.jsonl", []).append(_cycle_row(cycle, night))
    if night == 1:
        drops["night1/options/options.jsonl"] = ballots.options(make_id)


def _candidate(submission_id: str, concern: Row, message: Message) -> Row:
    return {
        "id": make_id("candidate", submission_id),
        "submission_id": submission_id,
        "title": concern["en"],
        "summary": f"The writer asks: {concern['en']}.",
        "stance": "support",
        "policy_topic": concern["topic"],
        "policy_key": concern["key"],
        "entities": [],
        "confidence": 0.9,
        "ambiguity_flags": [],
        "model_version": "sample",
        "prompt_version": "sample",
        "created_at": (message.created_at + timedelta(seconds=20)).isoformat(),
    }


def _cluster(target: Row, concern: Row, members: list[str], cycle: Row) -> Row:
    return {
        "id": make_id("cluster", concern["key"]),
        "policy_topic": concern["topic"],
        "policy_key": concern["key"],
        "status": "archived",
        "summary": concern["en"] + ".",
        "ballot_question": target["question_en"],
        "ballot_question_fa": target["question_fa"],
        "candidate_ids": [make_id("candidate", i) for i in members],
        "member_count": len(members),
        "approval_count": 0,
        "needs_resummarize": False,
        "last_summarized_count": len(members),
        "created_at": (datetime.fromisoformat(cycle["starts"]) - timedelta(hours=1)).isoformat(),
    }


def _cycle_row(cycle: Row, night: int) -> Row:
    """A voting cycle; once tallied, with results as the platform counts them: any choice is an approval."""
    over = night > cycle["first_night"]
    results = [
        {
            "cluster_id": make_id("cluster", target["concern"]),
            "approval_count": float(sum(target["people"])),
            "approval_rate": 1.0,
        }
        for target in cycle["target"]
    ]
    return {
        "id": make_id("cycle", cycle["key"]),
        "started_at": cycle["starts"],
        "ends_at": cycle["ends"],
        "status": "tallied" if over else "active",
        "cluster_ids": [make_id("cluster", target["concern"]) for target in cycle["target"]],
        "results": results if over else None,
        "total_voters": max(sum(t["people"]) for t in cycle["target"]) if over else 0,
    }


def _endorsements(drops: Drops, night: int, sent: list[Message]) -> None:
    """Twelve a night on clusters that are on a ballot; one person endorses a cluster once."""
    rng = dice("endorsements", night)
    open_cycles = [cycle for cycle in load("ballots")["cycle"] if cycle["first_night"] <= night]
    targets = [target["concern"] for cycle in open_cycles for target in cycle["target"]]
    accounts = sorted({m.person for m in sent if m.night == night})
    pairs = sorted({(rng.choice(accounts), rng.choice(targets)) for _ in range(12)})
    drops[f"night{night}/endorsements/endorsements.csv"] = [
        {
            "id": make_id("endorsement", night, person, concern),
            "user_id": make_id("user", person),
            "cluster_id": make_id("cluster", concern),
            "created_at": moment(night, rng).isoformat(),
        }
        for person, concern in pairs
    ]


def _votes(drops: Drops, sent: list[Message]) -> None:
    """Each vote event in the drop of the Tehran day it was cast on."""
    first_day = datetime(2026, 11, 1, tzinfo=TEHRAN).date()
    for cycle in load("ballots")["cycle"]:
        accounts = sorted({m.person for m in sent if m.night <= cycle["first_night"]})
        voters = dice("voters", cycle["key"]).sample(accounts, 66) + [9001 + n for n in range(12)]
        cycle_id = make_id("cycle", cycle["key"])
        for ballot in ballots.ballots(cycle, voters, make_id):
            night = (ballot.cast_at.astimezone(TEHRAN).date() - first_day).days + 1
            if cycle["shape"] == "selections" or ballot.is_approval:
                name, rows = "votes.jsonl", ballots.selection_rows([ballot], cycle_id, make_id)
            else:
                name, rows = "ballots.csv", ballots.long_rows([ballot], cycle_id, make_id)
            drops.setdefault(f"night{night}/votes/{name}", []).extend(rows)


def _truth(message: Message, submission_id: str) -> Row:
    return {
        "submission_id": submission_id,
        "night": message.night,
        "kind": message.kind,
        "concerns": list(message.concerns),
        "facet": message.facet,
        "private": list(message.private),
        "person": message.person,
    }


def _expected(sent: list[Message], drops: Drops, erased: str) -> Row:
    """Counts a run must come to. `arrived` counts by drop: late messages with the later night."""
    civic = [m for m in sent if m.concerns or m.kind == "alone"]
    return {
        "submissions": len(sent),
        "arrived": {
            str(night): sum(len(rows) for name, rows in drops.items() if f"night{night}/submissions" in name)
            for night in NIGHTS
        },
        "people": len({m.person for m in sent}),
        "people_by_concern": dict(
            sorted(Counter(c for c, _ in {(c, m.person) for m in sent for c in m.concerns}).items())
        ),
        "kinds": dict(sorted(Counter(m.kind for m in sent).items())),
        "civic": len(civic),
        "malformed": {
            "night2/submissions/submissions.jsonl.gz": 2,
            "night3/submissions/submissions.jsonl": 1,
        },
        "upstream_rejected": sum(m.text == "/start" for m in sent),
        "erased": [erased],
        "born": _born(),
        "split_interest": {"3": {"tehran-air": ["mazut", "vehicles"]}},
    }


def _born() -> dict[str, list[str]]:
    """Concerns that nobody had raised before the second or the third night."""
    nights = {c["key"]: c["nights"] for c in load("concerns")["concern"]}
    return {
        str(night): sorted(k for k, n in nights.items() if not any(n[: night - 1]) and n[night - 1])
        for night in NIGHTS[1:]
    }


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = _as_csv(rows) if ".csv" in path.name else "".join(_line(row) for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data.encode(), mtime=0))
    else:
        path.write_bytes(data.encode())


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _as_csv(rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "true" if v is True else v for k, v in row.items()} for row in rows)
    return out.getvalue()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _spoil(folder: Path) -> None:
    """Three rows that must be filed, not processed: no text, no date that is one, a line cut off."""
    packed = folder / "night2/submissions/submissions.jsonl.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines(keepends=True)
    row = json.loads(lines[0])
    no_text = {k: v for k, v in row.items() if k != "raw_text"} | {"id": make_id("spoilt", 1)}
    no_date = row | {"id": make_id("spoilt", 2), "created_at": "yesterday evening"}
    lines[40:40] = [_line(no_text), _line(no_date)]
    packed.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    plain = folder / "night3/submissions/submissions.jsonl"
    cut = _line(json.loads(plain.read_text(encoding="utf-8").splitlines()[0]) | {"id": make_id("spoilt", 3)})
    plain.write_bytes(plain.read_bytes() + cut[: len(cut) // 2].encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
