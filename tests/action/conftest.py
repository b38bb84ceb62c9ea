"""A small world in a real store: people, records, clusters, cycles, votes. No step is faked; clusters are put in."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store, open_store

T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)
DEFAULT_FA = "آب آشامیدنی باید در ایذه تأمین شود"


class World:
    """Puts rows into the raw and core tables, as the earlier steps would."""

    def __init__(self, store: Store):
        self.store = store
        self.settings = Settings(profile="offline")
        self.night = 0
        self.members: dict[str, list[str]] = {}

    def run(self, days: int = 10) -> Run:
        self.night += 1
        now = T0 + timedelta(days=days, minutes=self.night)
        return Run(f"r{self.night:03}", "nightly", date(2026, 1, 20), "offline", now)

    def say(
        self,
        person: str | None,
        cluster: str | None,
        *,
        proposition: str = "Drinking water should be provided in Izeh",
        proposition_fa: str = DEFAULT_FA,
        title: str = "No drinking water in Izeh",
        title_fa: str = "بی‌آبی در ایذه",
        summary: str = "There is no drinking water in Izeh.",
        position: str = "support",
        topic: str = "water",
        locale: str | None = "fa",
    ) -> str:
        """One submission with one record; returns the record id."""
        number = self.store.value("select count(*) from raw.submission")
        submission, text = f"s{number:04}", f"{title}. {summary}"
        key = hashlib.sha256(f"{text}{proposition}{position}".encode()).hexdigest()
        at = T0 + timedelta(minutes=number)
        self.store.execute(
            "insert into raw.submission by name select ? as submission_id, ? as person_key, 'x' as raw_text,"
            " 'h' as text_sha256, ? as locale, ? as created_at, 'src' as source_id, 'r0' as run_id, ? as ingested_at",
            [submission, person, locale, at, at],
        )
        self.store.execute(
            "insert into core.redaction values (?, 'v', 'x', ?, ?, 'fa', 'fa', [], '{}', 'r0', ?)",
            [submission, key, key, at],
        )
        record = f"rec{number:04}"
        self.store.execute(
            "insert into core.canonical by name select ? as record_id, ? as submission_id, 0 as part, ? as request_key,"
            " ? as title_en, ? as title_fa, ? as summary_en, ? as proposition_en, ? as proposition_fa, ? as position,"
            " ? as topic, []::varchar[] as places, []::varchar[] as entities, []::varchar[] as quantities,"
            " []::varchar[] as flags, []::varchar[] as lost_facts, 'offline' as engine, 'o' as model,"
            " ? as embed_text, ? as text_hash, 'r0' as run_id, ? as created_at",
            [record, submission, key, title, title_fa, summary, proposition, proposition_fa, position, topic,
             text, key, at],
        )  # fmt: skip
        if cluster:
            self.members.setdefault(cluster, []).append(record)
        return record

    def cluster(self, *, events: list[tuple[str, str | None, str | None]] | None = None) -> str:
        """A cluster run over everything said so far, with lineage events (kind, from, to)."""
        number = self.store.value("select count(*) from core.cluster_run")
        run, at = f"cr{number}", T0 + timedelta(days=1, hours=number)
        self.store.execute(
            "insert into core.cluster_run values (?, 'r0', 'm', ?, true, '{}', ''::blob, ?)",
            [run, sum(map(len, self.members.values())), at],
        )
        known = {row[0] for row in self.store.rows("select cluster_id from core.cluster")}
        for cluster, records in self.members.items():
            if cluster not in known:
                self.store.execute(
                    "insert into core.cluster values (?, ?, ?, ?, ?)",
                    [cluster, f"key-{cluster}", run, at, at],
                )
            for record in records:
                self.store.execute(
                    "insert into core.membership values (?, ?, ?, 1.0, null, 0, 0)", [run, record, cluster]
                )
            self.store.execute(
                "insert into core.cluster_state select ?, ?, null, 1.0, false, count(*), count(distinct submission_id),"
                " count(distinct text_hash), count(distinct person), min(topic), [min(record_id)]"
                " from core.record where record_id in (select unnest(?))",
                [run, cluster, records],
            )
        for kind, source, target in events or []:
            self.store.execute(
                "insert into core.lineage values (?, ?, ?, ?, 1.0, ?, ?)",
                [run, kind, source, target, at.date(), at],
            )
        return run

    def cycle(self, name: str, targets: list[str], *, start_days: float = 2, end_days: float = 4) -> None:
        self.store.execute(
            "insert into raw.cycle values (?, ?, ?, 'active', ?, null, null, 'src', 1, 'r0', ?)",
            [name, T0 + timedelta(days=start_days), T0 + timedelta(days=end_days), targets, T0],
        )

    def vote(self, person: str, cycle: str, target: str, choice: str, *, days: float = 3) -> None:
        number = self.store.value("select count(*) from raw.vote")
        self.store.execute(
            "insert into raw.vote values (?, ?, ?, ?, ?, ?, 'long', 'src', ?, 'r0', ?)",
            [f"v{number}", person, cycle, target, choice, T0 + timedelta(days=days), number, T0],
        )

    def endorse(self, person: str, target: str) -> None:
        number = self.store.value("select count(*) from raw.endorsement")
        self.store.execute(
            "insert into raw.endorsement values (?, ?, ?, ?, 'src', ?, 'r0', ?)",
            [f"e{number}", person, target, T0, number, T0],
        )

    def ballot(self, target: str, question_en: str | None, question_fa: str | None) -> None:
        """The platform's own question about one of our clusters."""
        self.store.execute(
            "insert into raw.cluster by name select ? as target_id, ? as ballot_question, ? as ballot_question_fa, [] as candidate_ids,"
            " 'src' as source_id, 1 as line_no, 'r0' as run_id, ? as ingested_at",
            [target, question_en, question_fa, T0],
        )

    def option(self, option: str, target: str, label_en: str, label_fa: str) -> None:
        self.store.execute(
            "insert into raw.option values (?, ?, 1, ?, ?, null, null, 'src', 1, 'r0', ?)",
            [option, target, label_fa, label_en, T0],
        )


@pytest.fixture
def world() -> Iterator[World]:
    with open_store(None) as store:
        yield World(store)
