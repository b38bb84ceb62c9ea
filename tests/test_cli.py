"""`cw` as people and machines call it: output, JSON, exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest

from flows.cli import cli
from tasks.cli.shell import run_cli
from tasks.store import open_store

ROOT = Path(__file__).parent.parent


def cw(*args: str, home: Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `cw` in a process of its own and hold it to its exit code."""
    told = (
        {k: v for k, v in os.environ.items() if not k.startswith("CW_")}
        | {"CW_HOME": str(home), "NO_COLOR": "1"}
        | env
    )
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *args],
        env=told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def payload(*args: str, home: Path, **env: str) -> dict:
    """What a `--json` verb prints: one object, and nothing else on stdout."""
    return json.loads(cw(*args, "--json", home=home, **env).stdout)


def latest(home: Path) -> Path:
    return home / json.loads((home / "published" / "latest.json").read_text())["path"]


def cited_submission(home: Path) -> str:
    record = pl.read_parquet(latest(home) / "claim.parquet")["record_ids"][0][0]
    return pl.read_parquet(latest(home) / "canonical.parquet").filter(pl.col("record_id") == record)[
        "submission_id"
    ][0]


def test_status_counts_add_up(three_nights: Path) -> None:
    told = payload("status", home=three_nights)
    assert sum(told["states"].values()) == 622
    assert told["states"]["erased"] == 1
    assert [run["kind"] for run in told["runs"]] == ["nightly"] * 3


def test_status_tells_what_the_last_run_refused(own_nights: Path) -> None:
    from tasks.store import open_store

    last = latest(own_nights).name
    filed = [(1, "submissions/a.csv", 7, "m7", "bad_date"), (1, "submissions/a.csv", 9, None, "bad_date"), (1, "votes/b.csv", None, None, "csv_quoting")]
    with open_store(own_nights) as store:
        store.execute("delete from ops.rejected")
        for is_last, name, line, row_id, reason in [*filed, (0, "votes/c.csv", 3, None, "bad_id")]:
            run = last if is_last else "20261101T000000Z-00000000"
            store.execute("insert into ops.rejected values ('s', 'vote', ?, ?, ?, ?, 'mend it', null, ?, now())", [name, line, row_id, reason, run])
    told = payload("status", home=own_nights)["refused"]
    assert [(r["name"], r["line"], r["row_id"], r["reason"]) for r in told] == [row[1:] for row in filed]
    assert {(r["run_id"], r["detail"]) for r in told} == {(last, "mend it")}
    shown = cw("status", home=own_nights).stdout
    assert re.search(r"submissions/a\.csv +bad_date +2 +mend it", shown) and re.search(r"votes/b\.csv +csv_quoting +whole +mend it", shown)


def verbs(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """Every verb of `cw`, by its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, *before, name)
            if not command.invoke_without_command:
                continue
        yield (*before, name)


def told_by(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    """Exit code and the one object that a verb prints when asked for JSON, in this process."""
    with pytest.raises(SystemExit) as ended:
        run_cli(cli, [*words, "--json"])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


def test_every_verb_prints_one_json_object_and_nothing_else(
    own_nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CW_HOME", str(own_nights))
    runs = sorted(p.name for p in (own_nights / "published").glob("2026*"))
    plans = [row["plan_id"] for row in payload("review", "list", home=own_nights)["rows"]]
    submission = cited_submission(own_nights)
    arguments = {
        ("run",): ["--dry-run", "--inbox", str(ROOT / "data/sample/night1")],
        ("backfill",): ["--dry-run", "--from", "2026-11-01", "--to", "2026-11-02", "--redo", "canonicalize"],
        ("explain",): [submission, "--proof"],
        ("diff",): runs[:2],
        ("erase",): [submission],
        ("eval",): ["--part", "dev"],
        ("export",): [str(tmp_path / "copy.duckdb")],
        ("review", "approve"): [plans[0], "--reviewer", "someone"],
        ("review", "reject"): [plans[1], "--reviewer", "someone", "--note", "unclear"],
        ("quarantine", "drop"): ["nobody"],
    }
    refused = {("quarantine", "drop"): 3}
    for verb in verbs(cli):
        code, told = told_by([*verb, *arguments.get(verb, [])], capsys)
        assert isinstance(told, dict), verb
        assert code == refused.get(verb, 0), (verb, told.get("error"))


def test_the_redactor_is_scored_per_kind_by_the_same_verb(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = told_by(["eval", "--pii"], capsys)
    kinds = {row["kind"]: row for row in told["kinds"]}
    assert code == 0
    assert {"mobile", "national_id", "name", "address", "all"} <= set(kinds)
    assert kinds["all"]["found"] == sum(row["found"] for row in told["kinds"]) / 2
    assert 0.95 < kinds["all"]["recall"] <= 1


def test_without_a_store_a_verb_that_writes_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CW_HOME", str(tmp_path / "home"))
    for words in (["erase", "x"], ["collect"], ["review", "approve", "x", "--reviewer", "y"], ["quarantine", "retry"]):
        code, told = told_by(words, capsys)
        assert code == 4 and "cw run" in told["error"]
    assert not (tmp_path / "home").exists()


def test_a_back_fill_is_priced_with_the_model_it_asks_first(own_nights: Path) -> None:
    days = ("--from", "2026-11-01", "--to", "2026-11-02", "--redo", "canonicalize", "--profile", "default")
    ask = ("backfill", *days, "--dry-run", "--json", "--model")
    told = json.loads(cw(*ask, "claude-haiku-4-5", home=own_nights).stdout)
    assert told["route"] == ["claude-haiku-4-5@batch", "claude-haiku-5-5@batch"]
    assert told["requests"] > 0 and told["estimated_usd"] > 0
    assert "may not see raw_fa" in cw(*ask, "deepseek-flash", home=own_nights, code=4).stderr


def test_an_inbox_that_is_not_there_is_misconfigured(tmp_path: Path) -> None:
    told = cw("run", "--dry-run", home=tmp_path, code=4, CW_INBOX=str(tmp_path / "away")).stderr
    assert "away" in told and "CW_INBOX" in told
    assert "does not exist" in cw("run", "--inbox", str(tmp_path / "away"), home=tmp_path, code=2).stderr


def test_an_export_replaces_nothing(own_nights: Path, tmp_path: Path) -> None:
    assert "exists" in cw("export", str(own_nights / "store.duckdb"), home=own_nights, code=2).stderr
    assert "folder" in cw("export", str(tmp_path / "none" / "x.duckdb"), home=own_nights, code=2).stderr


def test_while_a_run_holds_the_store_one_reads_the_copy_and_writes_nothing(own_nights: Path) -> None:
    from tasks.store import open_store

    with open_store(own_nights):
        reading = cw("status", home=own_nights)
        assert "published copy" in reading.stderr
        copied = json.loads(cw("status", "--json", home=own_nights).stdout)
        assert [run["status"] for run in copied["runs"]] == ["published", "degraded", "done"], "its maker had not ended yet"
        assert f"{latest(own_nights).name} made this copy" in reading.stdout
        told = cw("erase", "x", home=own_nights, code=7, CW_STORE_WAIT_S="0").stderr
        assert "held by process" in told


def test_before_the_first_run_the_next_command_is_named(tmp_path: Path) -> None:
    assert "cw run" in cw("status", home=tmp_path, code=4).stderr


def test_a_wrong_option_is_a_usage_error(tmp_path: Path) -> None:
    assert "Usage" in cw("run", "--on", "1405/08/12", home=tmp_path, code=2).stderr
    assert (
        "before --from"
        in cw("backfill", "--from", "2026-11-03", "--to", "2026-11-01", home=tmp_path, code=2).stderr
    )


def test_a_setting_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    assert "max_bad_rows" in cw("status", home=tmp_path, code=2, CW_MAX_BAD_ROWS="7").stderr


def test_an_unknown_profile_is_misconfigured(tmp_path: Path) -> None:
    told = cw(
        "run", "--dry-run", "--profile", "nonesuch", "--inbox", "data/sample/night1", home=tmp_path, code=4
    ).stderr
    assert "nonesuch" in told
    assert "nonesuch" in cw("run", "--dry-run", "--profile", "nonesuch", home=tmp_path, code=4).stderr


def test_explain_tells_the_whole_way_and_proves_it(three_nights: Path) -> None:
    told = payload("explain", cited_submission(three_nights), "--proof", home=three_nights)
    assert told["state"][0]["state"] == "processed"
    assert (
        told["redaction"] and told["records"] and told["requests"] and told["clusters"] and told["cited_by"]
    )
    assert all(proof["holds"] for proof in told["proof"]["proofs"])
    assert "raw_text" not in json.dumps(told)


def test_explain_of_a_message_refused_at_the_door_says_where_and_why(three_nights: Path) -> None:
    told = cw("explain", "9640c536-a37b-55f5-866d-72357ce4f91d", home=three_nights, code=3).stderr
    assert "submissions/submissions.jsonl.gz, line 42: bad_date (write dates as ISO 8601" in told


def test_explain_of_nothing_names_the_id(three_nights: Path) -> None:
    assert "nobody-said-this" in cw("explain", "nobody-said-this", home=three_nights, code=3).stderr


def test_explain_of_something_else_says_what_it_is_and_where_to_look(three_nights: Path) -> None:
    with open_store(three_nights, read_only=True) as store:
        plan, vote = store.rows("select (select min(plan_id) from out.action_plan), (select min(vote_id) from raw.vote)")[0]
    assert f"{plan} is an action plan" in cw("explain", plan, home=three_nights, code=3).stderr
    assert f"{vote} is a vote" in cw("explain", vote, home=three_nights, code=3).stderr


def test_a_folder_that_is_no_run_has_no_report(three_nights: Path) -> None:
    assert "no report at" in cw("report", "../..", home=three_nights, code=4).stderr


def test_a_full_standard_output_is_named(three_nights: Path) -> None:
    with Path("/dev/full").open("w") as full:
        for words in (["status"], ["status", "--json"]):
            told = subprocess.run(
                [sys.executable, "-m", "flows.cli", *words], env=os.environ | {"CW_HOME": str(three_nights)}, stdout=full,
                stderr=subprocess.PIPE, text=True, check=False,
            ).stderr  # fmt: skip
            assert "standard output: no space left" in told and "Traceback" not in told


def test_diff_of_two_nights_names_what_came(three_nights: Path) -> None:
    runs = sorted(p.name for p in (three_nights / "published").glob("2026*"))
    told = payload("diff", runs[0], runs[2], home=three_nights)
    assert told["records"]["added"] > 300
    assert told["records"]["removed"] >= 1, "the erased message's records are gone"
    same = payload("diff", runs[2], runs[2], home=three_nights)
    assert same["records"]["added"] == same["clusters"]["moved_records"] == 0


def test_verify_finds_a_flipped_byte_and_names_the_file(own_nights: Path) -> None:
    path = latest(own_nights) / "tally.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "tally.parquet" in cw("verify", home=own_nights, code=8).stderr


def test_verify_says_what_the_copy_cannot_tell_while_a_run_holds_the_store(own_nights: Path) -> None:
    from tasks.store import open_store

    with open_store(own_nights):
        told = cw("verify", home=own_nights)
        assert "what ended runs wrote was not compared" in told.stdout
        told = cw("quarantine", "drop", "x", home=own_nights, code=7, CW_STORE_WAIT_S="1")
    waits, fails = told.stderr.splitlines()
    assert "waiting for it, 1 s at most" in waits
    assert "wait for it to end" in fails


def test_verify_finds_a_missing_and_an_extra_file(own_nights: Path) -> None:
    (latest(own_nights) / "extra.txt").write_text("x")
    assert "extra.txt" in cw("verify", home=own_nights, code=8).stderr
    (latest(own_nights) / "extra.txt").unlink()
    (latest(own_nights) / "claim.parquet").unlink()
    assert "claim.parquet" in cw("verify", home=own_nights, code=8).stderr


def test_verify_finds_a_publication_rewritten_whole(own_nights: Path) -> None:
    from tasks.evidence import file_digest
    from tasks.publish import merkle_of

    folder = latest(own_nights)
    frame = pl.read_parquet(folder / "tally.parquet").with_columns(pl.col("people_count") * 2)
    frame.write_parquet(folder / "tally.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["tally.parquet"] = file_digest(folder / "tally.parquet")
    manifest["merkle_root"] = merkle_of(manifest["files"], manifest["row_roots"])
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "not the one booked" in cw("verify", home=own_nights, code=8).stderr


def fault_of(home: Path) -> str:
    """What `cw verify` finds, without a process of its own."""
    from tasks.errors import VerificationFailed
    from tasks.store import open_store
    from tasks.verify import verify_target

    with pytest.raises(VerificationFailed) as found:
        verify_target(home, None, reading=lambda: open_store(home))
    return str(found.value)


@pytest.mark.parametrize(
    ("drop", "named"),
    [
        ("ops.event where seq = (select max(seq) from ops.event)", "run_is_booked"),
        ("raw.vote where rowid = 3", "raw.vote"),
        ("core.claim where rowid = 3", "core.claim"),
        ("core.tally where rowid = 3", "core.tally"),
        ("out.message where rowid = 3", "out.message"),
        ("out.action_plan where rowid = 3", "out.action_plan"),
        ("core.lineage where rowid = 3", "core.lineage"),
    ],
)
def test_verify_names_the_table_that_a_row_was_dropped_from(own_nights: Path, drop: str, named: str) -> None:
    from tasks.store import open_store

    with open_store(own_nights) as store:
        store.execute(f"delete from {drop}")
    assert named in fault_of(own_nights)


def test_verify_finds_one_run_put_in_anothers_place_and_a_pointer_turned_back(own_nights: Path) -> None:
    from tasks.store import open_store
    from tasks.verify import verify_target

    last = latest(own_nights)
    first = min(path for path in last.parent.iterdir() if (path / "manifest.json").exists())
    pointer = last.parent / "latest.json"
    kept = pointer.read_text()
    pointer.write_text(json.dumps({"run_id": first.name, "path": f"published/{first.name}"}))
    assert "was published after it" in fault_of(own_nights)
    with open_store(own_nights) as store:  # killed after it was booked, before it was pointed to
        store.execute("delete from ops.step where step = 'publish' and run_id = ?", [last.name])
    told = verify_target(own_nights, None, reading=lambda: open_store(own_nights))["verified"]
    assert f"{last.name.lower()} was interrupted while it published: the next run finishes or replaces it" in told
    pointer.unlink()
    assert "latest.json is gone" in fault_of(own_nights)
    pointer.write_text(kept)
    shutil.rmtree(last)
    assert f"points to published/{last.name}, which is gone" in fault_of(own_nights)
    shutil.copytree(first, last)
    assert f"holds the files of run {first.name}" in fault_of(own_nights)


def platform_log(count: int = 6) -> list[dict[str, Any]]:
    """The platform's evidence_log as it is exported: uuid ids, microseconds, JSON in the database's own spelling."""
    from datetime import UTC, datetime, timedelta

    from tasks.evidence import event_hash, utc_milliseconds

    rows, prev = [], "genesis"
    for n in range(count):
        at = datetime(2026, 3, 1, 10, n, 0, 123456, tzinfo=UTC) + timedelta(days=n)
        payload = {"n": n, "کلید": "رأی", "share": 0.5}
        entity = f"AAAAAAAA-0000-4000-8000-{n:012}"
        digest = event_hash(
            timestamp=utc_milliseconds(at), event_type="vote_cast", entity_type="vote", entity_id=entity, payload=payload, prev_hash=prev
        )
        rows.append({
            "id": 10 + 3 * n, "timestamp": at.isoformat(), "event_type": "vote_cast", "entity_type": "vote", "entity_id": entity,
            "payload": json.dumps(payload, ensure_ascii=True, indent=1), "prev_hash": prev, "hash": digest,
        })  # fmt: skip
        prev = digest
    return rows


def test_verify_reads_the_platforms_own_chain_from_any_export(tmp_path: Path) -> None:
    rows = platform_log()
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(r) for r in rows))
    pl.DataFrame(rows).write_csv(tmp_path / "log.csv")
    pl.DataFrame(rows).with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC")).write_parquet(tmp_path / "log.parquet")
    for name in ("log.jsonl", "log.csv", "log.parquet"):
        assert "6 events" in cw("verify", "--platform-chain", str(tmp_path / name), home=tmp_path).stdout, name


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda r: r.pop(2), "row 3 (id 19)"),
        (lambda r: r.insert(1, r.pop(3)), "row 2 (id 19)"),
        (lambda r: r[4].update(payload='{"n": 4}'), "row 5 (id 22)"),
        (lambda r: r[0].update(timestamp="2026-03-01T10:00:00.124Z"), "row 1 (id 10)"),
        (lambda r: r[5].update(prev_hash=r[3]["hash"]), "row 6 (id 25)"),
    ],
)
def test_verify_names_the_event_of_the_platforms_chain_that_is_wrong(tmp_path: Path, change: Any, row: str) -> None:
    rows = platform_log()
    change(rows)
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(r) for r in rows))
    assert row in cw("verify", "--platform-chain", str(tmp_path / "log.jsonl"), home=tmp_path, code=8).stderr


def test_verify_finds_any_flipped_byte_of_any_published_file(own_nights: Path) -> None:
    from tasks.errors import Misconfigured, VerificationFailed
    from tasks.store import open_store
    from tasks.verify import check_manifest_is_booked, run_folder, verify_folder

    folder = latest(own_nights)
    files = [own_nights / "published" / "latest.json", *(p for p in sorted(folder.rglob("*")) if p.is_file())]
    missed = []
    with open_store(own_nights, read_only=True) as store:
        for number, path in enumerate(files):
            data = path.read_bytes()
            spots = range(len(data)) if path.name == "latest.json" else {0, number * 7919 % len(data), len(data) // 2, len(data) - 1}
            for at in spots:
                path.write_bytes(data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :])
                try:
                    found = run_folder(own_nights, None)
                    check_manifest_is_booked(store, found)
                    verify_folder(found)
                    missed.append((path.name, at))
                except VerificationFailed as error:
                    assert path.name in str(error), (path.name, at, error)
                except Misconfigured as error:
                    assert path.name == "latest.json", (path.name, at, error)
            path.write_bytes(data)
    assert missed == []


def test_verify_finds_any_altered_dropped_or_exchanged_event(own_nights: Path) -> None:
    from tasks.evidence import verify_chain
    from tasks.store import open_store

    with open_store(own_nights, read_only=True) as store:
        events = store.frame("select * from ops.event order by seq").to_dicts()
    assert verify_chain(events) is None
    for at, event in enumerate(events):
        if at < len(events) - 1:  # of the last one, the manifest and the checks tell
            assert (fault := verify_chain(events[:at] + events[at + 1 :])), at
            assert at == 0 or fault.seq == event["seq"] + 1
            assert verify_chain([*events[:at], events[at + 1], event, *events[at + 2 :]]), at
        for name, value in event.items():
            text = str(value)
            for place in {0, len(text) // 2, len(text) - 1}:
                other = text[:place] + chr(ord(text[place]) ^ (2 if name == "seq" else 32)) + text[place + 1 :]
                if name == "seq" and not other.isdigit():
                    continue
                altered = [*events[:at], event | {name: int(other) if name == "seq" else other}, *events[at + 1 :]]
                assert (name == "seq" and len(events) == 1) or verify_chain(altered), (at, name, place)


def unshared_submission(home: Path) -> str:
    """A message with records whose words nobody else used, not even within a longer message."""
    from tasks.store import open_store

    with open_store(home, read_only=True) as store:
        return str(
            store.value(
                "select min(r.submission_id) from core.record as r join raw.submission as s using (submission_id)"
                " where (select count(*) from raw.submission as o where contains(o.raw_text, s.raw_text)) = 1"
                " and (select count(*) from core.redaction as d where d.representative_key = r.representative_key) = 1"
                " and contains(s.raw_text, r.quote)"
            )
        )


def only_said_by(home: Path, submission: str) -> bytes:
    """Twenty characters that stand in no other message."""
    from tasks.store import open_store

    with open_store(home, read_only=True) as store:
        texts = dict(store.rows("select submission_id, raw_text from raw.submission where raw_text is not null"))
    own = texts.pop(submission)
    pieces = (own[at : at + 20] for at in range(len(own) - 20))
    return next(p for p in pieces if "\n" not in p and not any(p in text for text in texts.values())).encode()


@pytest.mark.parametrize("fails", [False, True])
def test_a_night_that_erases_leaves_a_file_without_the_words(own_nights: Path, tmp_path: Path, *, fails: bool) -> None:
    from tasks.errors import ProviderRefused
    from tasks.night import step_named
    from tasks.session import open_session
    from tasks.settings import Settings

    submission = unshared_submission(own_nights)
    piece = only_said_by(own_nights, submission)
    inbox = tmp_path / "inbox" / "erasures"
    inbox.mkdir(parents=True)
    asked = {"submission_id": submission, "requested_at": "2026-11-04T08:00:00Z"}
    (inbox / "asked.jsonl").write_text(json.dumps(asked) + "\n")
    settings = Settings(home=own_nights, inbox=inbox.parent, profile="offline")
    with (
        pytest.raises(ProviderRefused) if fails else nullcontext(),
        open_session(settings, kind="nightly", run_on=date(2026, 11, 4)) as session,
    ):
        for name in ("ingest", "erase"):
            session.take(step_named(name))
        if fails:
            raise ProviderRefused("no balance")
    assert piece not in (own_nights / "store.duckdb").read_bytes()
    assert "ended runs wrote" in cw("verify", home=own_nights).stdout


def test_erase_removes_the_words_and_keeps_the_hash(own_nights: Path) -> None:
    from tasks.store import open_store

    submission = unshared_submission(own_nights)
    with open_store(own_nights, read_only=True) as store:
        text, digest = store.rows(
            "select raw_text, text_sha256 from raw.submission where submission_id = ?", [submission]
        )[0]
        quote = store.value("select quote from core.record where submission_id = ?", [submission])
    piece = only_said_by(own_nights, submission)
    file = own_nights / "store.duckdb"
    assert piece in file.read_bytes()
    told = payload("erase", submission, home=own_nights)
    assert piece not in file.read_bytes(), "freed blocks of the file keep their bytes"
    assert sorted(p.name for p in own_nights.glob("store*")) == ["store.duckdb"]
    assert latest(own_nights).name in told["affected_runs"]
    with open_store(own_nights) as store:
        assert store.rows(
            "select raw_text, text_sha256 from raw.submission where submission_id = ?", [submission]
        ) == [(None, digest)]
        assert (
            store.value(
                "select count(*) from core.redaction where submission_id = ? and redacted_text is not null",
                [submission],
            )
            == 0
        )
        assert store.value("select count(*) from core.record where submission_id = ?", [submission]) == 0
        everywhere = [r[0] for r in store.rows("select value from llm.reply where value is not null")]
    assert text and quote and all(text not in value for value in everywhere)
    again = payload("erase", submission, home=own_nights)
    assert again["erased"] == submission


def test_a_plan_is_approved_by_a_named_person(own_nights: Path) -> None:
    plan = payload("review", "list", home=own_nights)["rows"][0]["plan_id"]
    cw("review", "approve", plan, "--reviewer", "a person", home=own_nights)
    assert plan not in {row["plan_id"] for row in payload("review", "list", home=own_nights)["rows"]}
    assert (
        "nonesuch" in cw("review", "approve", "nonesuch", "--reviewer", "x", home=own_nights, code=3).stderr
    )


def test_quarantine_of_what_is_not_there_is_refused(own_nights: Path) -> None:
    assert "not in quarantine" in cw("quarantine", "drop", "nobody", home=own_nights, code=3).stderr


def test_export_is_a_store_without_words(own_nights: Path, tmp_path: Path) -> None:
    from tasks.store import open_copy

    target = tmp_path / "for-analysts.duckdb"
    cw("export", str(target), home=own_nights)
    with open_copy(target) as copy:
        assert copy.value("select count(*) from raw.submission") == 622
        assert copy.value("select count(raw_text) from raw.submission") == 0


def test_a_dry_run_counts_new_files_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = payload("run", "--dry-run", "--profile", "default", "--inbox", "data/sample/night1", home=home)
    assert told["waiting_messages"] > 150 and 0 < told["estimated_usd"] <= told["worst_usd"]
    assert not home.exists()


def test_the_command_line_starts_without_heavy_libraries(three_nights: Path) -> None:
    code = (
        "import sys; sys.argv = ['cw', 'status', '--json']\n"
        "from flows.cli import main\n"
        "try: main()\n"
        "except SystemExit as done: assert not done.code, done.code\n"
        "heavy = {'torch', 'umap', 'hdbscan', 'sklearn', 'prefect', 'anthropic', 'openai', 'sentence_transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"CW_HOME": str(three_nights)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_home_that_is_yet_to_be_made_is_no_fault(tmp_path: Path) -> None:
    found = payload("doctor", home=tmp_path / "a" / "new" / "home")["findings"]
    assert [f["what"] for f in found if f["state"] == "bad"] == []


def test_the_doctor_finds_overwritten_blocks(own_nights: Path, tmp_path: Path) -> None:
    from tasks.store import open_store

    assert cw("doctor", home=own_nights).stdout.count("every table can be read") == 1
    block = 256 << 10
    with open_store(own_nights) as store:
        store.checkpoint()
        told = store.rows("select block_id, additional_block_ids from pragma_storage_info('core.canonical') where persistent")
    used = sorted({n for first, more in told for n in [first, *(more or [])] if n >= 0})
    assert used
    for number in {used[0], used[len(used) // 2], used[-1]}:
        home = Path(shutil.copytree(own_nights, tmp_path / f"block-{number}"))
        with (home / "store.duckdb").open("r+b") as file:
            file.seek(3 * 4096 + number * block + 1000)
            file.write(b"\xff" * 512)
        told = cw("doctor", home=home, code=8).stdout
        assert "store is damaged" in told and "your own backup" in told


def test_the_doctor_tells_of_a_file_that_may_still_hold_erased_words(own_nights: Path) -> None:
    (own_nights / "store.duckdb.rewrite").touch()
    assert "may still hold erased words" in cw("doctor", home=own_nights, code=4).stdout


def test_the_doctor_tells_a_check_that_fails(own_nights: Path) -> None:
    from tasks.store import open_store

    with open_store(own_nights) as store:
        store.execute("update core.membership set cluster_id = 'nobody' where cluster_id is not null")
    assert "fails its own checks" in cw("doctor", home=own_nights, code=8).stdout


@pytest.mark.parametrize(
    ("verb", "code"), [(["status"], 4), (["explain"], 2), (["backfill", "--from", "yesterday"], 2)]
)
def test_with_json_an_error_is_the_one_object_too(tmp_path: Path, verb: list[str], code: int) -> None:
    told = json.loads(cw(*verb, "--json", home=tmp_path, code=code).stdout)
    assert told["exit_code"] == code and told["error"]


def test_status_starts_without_a_library_that_it_does_not_need(three_nights: Path) -> None:
    code = (
        "import sys\n"
        "from flows.cli import main\n"
        "sys.argv[1:] = ['status', '--json']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'polars', 'pyarrow', 'numpy', 'prefect', 'torch', 'jinja2'} & set(sys.modules)), file=sys.stderr)"
    )
    told = os.environ | {"CW_HOME": str(three_nights)}
    done = subprocess.run([sys.executable, "-c", code], env=told, cwd=ROOT, capture_output=True, text=True)
    assert json.loads(done.stdout)["states"]
    assert done.stderr.splitlines()[-1] == "[]"
