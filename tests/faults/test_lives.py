"""Random lives of one home, offline: new messages, votes, corrected rounds, copies and edits, erasures, nights, back-fills, kills
between any two steps and nights on other dates after them. Whatever the order, what is published is what was sent.

What should come out is counted here from what was dropped, without any code of the pipeline. `CW_LIVES` says how many lives (CI: 4).
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.booking import booked_step
from tasks.erase import erase_one
from tasks.night import NIGHT, Step
from tasks.publish import published_tables
from tasks.read_copy import PUBLISHED, READ_COPY
from tasks.session import Session, open_session
from tasks.settings import Settings
from tasks.store import open_copy, open_store
from tasks.verify import verify_target
from tests.sample_files import is_good, read_truth, table_rows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = [f"p{n}" for n in range(14)]
TARGETS = ["t1", "t2"]
CHOICES = ["agree", "disagree", "pass"]


def sayings() -> list[str]:
    """Forty texts of the sample, of few concerns, so that topics form."""
    truth = read_truth()
    wanted = {"internet-filtering", "power-cuts", "rent-cap", "medicine-shortage"}
    found = [
        row["raw_text"]
        for night in (1, 2, 3)
        for row in table_rows("submissions", night)
        if is_good(row) and row and wanted & set(truth.get(row["id"], {}).get("concerns", ()))
    ]
    return [*sorted(set(found))[:40], "سلام", "شب بخیر"]


@dataclass
class Truth:
    """What was dropped into an inbox by a moment."""

    sent: dict[str, tuple[str, str]] = field(default_factory=dict)  # submission → (person, text) as read first
    erased: set[str] = field(default_factory=set)
    votes: list[tuple[str, str, str, str, datetime]] = field(default_factory=list)  # person, cycle, target, choice, at
    cycles: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def tally(self, now: datetime) -> Counter[tuple[str, str, str]]:
        """(cycle, target, choice) → people, of rounds that are over."""
        last: dict[tuple[str, str, str], tuple[datetime, str]] = {}
        for person, cycle, target, choice, at in self.votes:
            start, end = self.cycles[cycle]
            if start <= at <= end and end <= now:
                key = (person, cycle, target)
                last[key] = max(last.get(key, (at, choice)), (at, choice))
        return Counter((cycle, target, choice) for (_, cycle, target), (_, choice) in last.items())


@dataclass
class Life(Truth):
    """A home, what was dropped into its inbox, and what should have become of it."""

    home: Path = field(kw_only=True)
    rng: random.Random = field(kw_only=True)
    texts: list[str] = field(kw_only=True)
    day: int = 1
    files: int = 0
    told: list[str] = field(default_factory=list)
    read: Truth = field(default_factory=Truth)  # what there was when the last run read its inbox; one that is resumed reads no more

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(days=self.day - 1, hours=20)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, profile="offline", threads=1, store_wait_s=0.5)

    # --- what comes in ---
    def drop(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.files += 1
        path = self.home / "inbox" / table / f"{self.files:04}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

    def write(self) -> None:
        rows = []
        for _ in range(self.rng.randint(3, 25)):
            number, person, text = len(self.sent), self.rng.choice(PEOPLE), self.rng.choice(self.texts)
            self.sent[f"m{number}"] = (person, text)
            at = self.now - timedelta(hours=self.rng.uniform(0, 70))
            rows.append({"id": f"m{number}", "user_id": person, "raw_text": text, "created_at": at.isoformat()})
        if self.rng.random() < 0.4:
            rows += rows[:2]  # the same line twice
        if self.rng.random() < 0.3:
            rows.append(rows[0] | {"raw_text": "متن دیگری زیر همان شناسه"})  # another text under a known id
        if self.rng.random() < 0.3:  # sent once more, erased or not
            name = self.rng.choice(sorted(self.sent))
            person, text = self.sent[name]
            rows.append({"id": name, "user_id": person, "raw_text": text, "created_at": self.now.isoformat()})
        self.drop("submissions", rows)

    def vote(self) -> None:
        if not self.cycles:
            return
        cycle = self.rng.choice(sorted(self.cycles))
        start, end = self.cycles[cycle]
        rows = []
        for _ in range(self.rng.randint(1, 12)):
            at = (start + (end - start) * self.rng.uniform(-0.1, 1.1)).replace(microsecond=len(self.votes))
            at = min(at, self.now)
            vote = (self.rng.choice(PEOPLE), cycle, self.rng.choice(TARGETS), self.rng.choice(CHOICES), at)
            self.votes.append(vote)
            names = ("user_id", "cycle_id", "target_id", "choice", "cast_at")
            rows.append(dict(zip(names, (*vote[:4], at.isoformat()), strict=True)) | {"id": f"v{len(self.votes)}"})
        self.drop("votes", rows)

    def open_or_correct_a_round(self) -> None:
        name = f"c{self.rng.randint(1, 3)}"
        start = BEGIN + timedelta(days=self.rng.randint(0, 2))
        end = start + timedelta(hours=self.rng.randint(1, 90))
        self.cycles[name] = (start, end)
        row = {"id": name, "started_at": start.isoformat(), "ends_at": end.isoformat(), "cluster_ids": TARGETS}
        self.drop("cycles", [row])

    def ask_to_erase(self) -> None:
        if left := sorted(self.sent.keys() - self.erased):
            self.erased.add(name := self.rng.choice(left))
            self.drop("erasures", [{"submission_id": name, "requested_at": self.now.isoformat()}])

    def erase_by_hand(self) -> None:
        with open_store(self.home) as store:
            held = [i for (i,) in store.rows("select submission_id from raw.submission order by 1")]
            if left := sorted(set(held) - self.erased):
                self.erased.add(name := self.rng.choice(left))
                erase_one(store, name, reason="asked", at=self.now)

    # --- what is done ---
    def night(self, *, until: str | None = None) -> Session:
        """A night, killed before the step named."""
        run_on = date(2026, 11, self.day)
        with open_session(self.settings, kind="nightly", run_on=run_on, now=self.now) as session:
            for step in NIGHT:
                if step.name == until:
                    raise KeyboardInterrupt
                self._note_what_is_read(session, step)
                session.take(step)
        return session

    def _note_what_is_read(self, session: Session, step: Step) -> None:
        if step.name == "ingest" and booked_step(session.store, session.run, "ingest") is None:
            self.read = deepcopy(Truth(self.sent, self.erased, self.votes, self.cycles))

    def killed_night(self) -> None:
        step = self.rng.choice(NIGHT).name
        self.told.append(f"killed before {step}")
        with suppress(KeyboardInterrupt):
            self.night(until=step)
        if self.rng.random() < 0.5:
            self.day += 1

    def back_fill(self) -> None:
        with open_session(self.settings, kind="backfill", run_on=date(2026, 11, self.day), now=self.now) as session:
            for step in NIGHT:
                self._note_what_is_read(session, step)
                session.take(step, redo=step.name == "canonicalize" and self.rng.random() < 0.5)

    def whole_night(self) -> None:
        """Often a quiet one: nothing came in since the last."""
        self.night()
        self.day += 1

    def step(self) -> None:
        acts = {
            self.write: 4, self.vote: 4, self.open_or_correct_a_round: 2, self.ask_to_erase: 2, self.killed_night: 3,
            self.back_fill: 1, self.whole_night: 1,
        }  # fmt: skip
        if (self.home / "store.duckdb").exists():
            acts[self.erase_by_hand] = 1
        act = self.rng.choices(list(acts), weights=list(acts.values()))[0]
        self.told.append(act.__name__)
        act()

    # --- what must hold ---
    def check(self, session: Session) -> None:
        folder = self.home / str(session.published_path)
        table = {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}
        verify_target(self.home, None, reading=lambda: open_store(self.home))
        with open_store(self.home) as store:
            held = dict(store.rows("select submission_id, raw_text from raw.submission"))
            states = dict(store.rows("select submission_id, state from core.submission_state"))
            gone = {r for (r,) in store.rows("select record_id from core.canonical semi join ops.erased using (submission_id)")}
            anew = published_tables(store, run=session.run, settings=self.settings)
        assert held == {i: None if i in self.read.erased else text for i, (_, text) in self.read.sent.items()}
        assert states.keys() == held.keys()
        assert {i for i, state in states.items() if state == "erased"} == self.read.erased
        for name, frame in anew.items():
            assert frame.equals(table[name]), f"{name} is what a full computation would give"
        self._check_words(table)
        for name, frame in table.items():
            told = json.dumps(frame.to_dicts(), default=str)
            assert not {record for record in gone if record in told}, f"{name} names no record of an erased message"
        self._check_people(table)
        counted = {tuple(row[:3]): row[3] for row in table["tally"].select("cycle_id", "target_id", "choice", "people_count").rows()}
        assert counted == dict(self.read.tally(session.run.now))
        answered = Counter(table["message"].filter(pl.col("kind").is_in(["confirmation", "rejection"]))["submission_id"])
        assert answered == Counter(i for i, s in states.items() if s in ("processed", "rejected"))
        assert table["message"]["message_id"].is_unique().all()
        with open_copy(self.home / PUBLISHED / READ_COPY) as copy:
            assert copy.value("select count(*) from raw.submission where raw_text is not null") == 0

    def _check_words(self, table: dict[str, pl.DataFrame]) -> None:
        """Every sentence and plan cites records that are there, of its own cluster, of nobody who was erased."""
        cluster_of = dict(table["membership"].select("record_id", "cluster_id").rows())
        submission_of = dict(table["canonical"].select("record_id", "submission_id").rows())
        assert cluster_of.keys() == submission_of.keys()
        assert not self.read.erased & set(submission_of.values())
        current = set(table["summary"].filter("is_current")["summary_id"])
        for row in table["claim"].iter_rows(named=True):
            assert row["record_ids"]
            if row["summary_id"] in current:
                assert {cluster_of[i] for i in row["record_ids"]} == {row["cluster_id"]}
        for options in map(json.loads, table["summary"]["options"]):
            assert all(option["record_ids"] for option in options)
        for row in table["action_plan"].iter_rows(named=True):
            assert not self.read.erased & set(row["evidence"])
            if row["is_current"]:
                assert set(row["evidence"]) <= set(submission_of.values())

    def _check_people(self, table: dict[str, pl.DataFrame]) -> None:
        """The people of a cluster are those who wrote its records."""
        people: dict[str, set[str]] = {}
        submission_of = dict(table["canonical"].select("record_id", "submission_id").rows())
        for record, cluster in table["membership"].select("record_id", "cluster_id").rows():
            if cluster:
                people.setdefault(cluster, set()).add(self.read.sent[submission_of[record]][0])
        counted = dict(table["cluster"].select("cluster_id", "people_count").rows())
        assert counted == {cluster: len(found) for cluster, found in people.items()}


@pytest.mark.parametrize("seed", range(int(os.environ.get("CW_LIVES", "4"))))
def test_whatever_happens_what_is_published_is_what_was_sent(tmp_path: Path, seed: int) -> None:
    life = Life(home=tmp_path, rng=random.Random(seed), texts=sayings())
    (tmp_path / "inbox").mkdir()
    try:
        for _ in range(4):
            for _ in range(life.rng.randint(1, 6)):
                life.step()
            resumed = True
            while resumed:  # it ends with what it began with: what came since is for the next
                session = life.night()
                resumed = session.resumed
                life.told.append(f"night {life.day}{' resumed' if resumed else ''}")
                life.check(session)
                life.day += 1
    except BaseException:
        print(f"seed {seed}:", "; ".join(life.told))
        raise
