"""User ids become keyed hashes at the door, the same ones by every way in."""

from __future__ import annotations

import hashlib
import hmac
import io
import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import Misconfigured
from tasks.intake.person import PersonKey, load_person_key, spelled
from tasks.intake.rows import person_of
from tasks.store import open_store, sql_text


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load_person_key(tmp_path / "home")
    path = tmp_path / "home" / "person.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert load_person_key(tmp_path / "home") == first
    assert [p.name for p in path.parent.iterdir()] == ["person.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_person_key(tmp_path)
    (tmp_path / "person.key").chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        load_person_key(tmp_path)


def test_a_damaged_key_is_refused_not_replaced(tmp_path: Path) -> None:
    load_person_key(tmp_path)
    (tmp_path / "person.key").write_bytes(b"short")
    with pytest.raises(Misconfigured, match="restore it"):
        load_person_key(tmp_path)
    assert (tmp_path / "person.key").read_bytes() == b"short"


def test_the_key_does_not_print_itself() -> None:
    assert "secret" not in repr(PersonKey(b"secret" * 6)).replace("PersonKey", "")


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="utf-8"), min_size=1))
def test_the_hash_is_the_hmac_of_the_standard_library(secret: bytes, user_id: str) -> None:
    expected = hmac.new(secret, spelled(user_id).encode(), hashlib.sha256).hexdigest()
    key = PersonKey(secret)
    assert key.hash(user_id) == expected
    inner = hashlib.sha256(key.inner_pad + spelled(user_id).encode()).digest()
    assert hashlib.sha256(key.outer_pad + inner).hexdigest() == expected


UUID_SAID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SPELLINGS = [
    UUID_SAID, UUID_SAID.upper(), f"{{{UUID_SAID}}}", UUID_SAID.replace("-", ""), f" {UUID_SAID}\t", f"\u200f{UUID_SAID}\n",
    f"\ufeff{UUID_SAID.title()}", "7c9e-6679-7425-40de944be07fc1f90ae7", f"{{{UUID_SAID}", f"{UUID_SAID}}}", UUID_SAID[:-1],
    "-" * 36, "{}", f"۷{UUID_SAID[1:]}", "42\u200c", "۴۲", "42.5", "1.0.0", "٤٢.0", ".0", "-7.0", "a.0", "7.",
]
NUMBERS = ["7", "7.0", "7.000", " 7.0\n", "\ufeff7.0"]  # fmt: skip


def test_one_person_is_one_however_the_id_is_spelled() -> None:
    assert {spelled(said) for said in SPELLINGS[:7]} == {UUID_SAID}
    assert len({spelled(said) for said in SPELLINGS[8:]}) == len(SPELLINGS) - 8
    assert {spelled(said) for said in NUMBERS} == {"7"}


def test_sql_and_python_hash_alike(tmp_path: Path) -> None:
    users = [
        "1",
        "u" * 200,
        "کاربر",
        "a b",
        " padded ",
        "😀",
        "0" * 55,
        "0" * 56,
        "0" * 64,
        "0" * 65,
        "x\ty",
        '"',
        "nullable",
    ]
    nobody = ["null", "NULL", " None ", "nan", "NaN", "Undefined", "\u00a0null"]
    strange = ["undef\u0130ned"]  # lower() of one of the two makes an ASCII word of it
    users += SPELLINGS + NUMBERS
    key = load_person_key(tmp_path)
    path = tmp_path / "rows.jsonl"
    said = users + strange + nobody
    path.write_text(pl.DataFrame({"user_id": said}).write_ndjson(), encoding="utf-8")
    names = ("person_id", "user_id", "voter_id", "voter", "user", "raw_text", "text")
    with open_store(None) as store:
        params = {
            "path": str(path),
            "columns": dict.fromkeys(names, "VARCHAR"),
            "max_bytes": 1 << 20,
            "inner_pad": key.inner_pad,
            "outer_pad": key.outer_pad,
        }
        store.execute(sql_text("steps", "ingest_rules"))
        store.execute(sql_text("steps", "ingest_read_jsonl"), params)
        found = store.rows("select person_key from arrived order by rowid")
        assert [row[0] for row in found] == [key.hash(u) for u in users + strange] + [None] * len(nobody)
        assert [person_of({"user_id": u}) for u in said] == users + strange + [None] * len(nobody)


def test_a_person_has_one_key_by_every_way_in_and_the_user_id_is_nowhere(desk: Any, message: Any) -> None:
    person = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    desk.drop("submissions/a.jsonl", [message(1, user_id=person)])
    desk.drop("submissions/a2.jsonl", [message(4, person_id=" ", user_id=person)])
    desk.drop("submissions/b.csv", f"id,person_id,user_id,raw_text,created_at\ns2, ,{person},سلام,2026-11-20\n")
    buffer = io.BytesIO()
    frame = pl.DataFrame(
        {"id": ["s3"], "user_id": [person], "raw_text": ["سلام"], "created_at": ["2026-11-20"]}
    )
    frame.write_parquet(buffer)
    desk.drop("submissions/c.parquet", buffer.getvalue())
    desk.drop(
        "votes/d.jsonl",
        [{"voter": person, "cycle_id": "c", "target_id": "t", "choice": "agree", "cast_at": "2026-11-20"}],
    )
    desk.ingest()
    keys = desk.store.rows("select person_key from raw.submission union all select person_key from raw.vote")
    assert len(keys) == 5
    assert set(keys) == {(load_person_key(desk.home).hash(person),)}
    desk.store.checkpoint()
    kept = b"".join(
        p.read_bytes() for p in desk.home.rglob("*") if p.is_file() and desk.inbox not in p.parents
    )
    assert person.encode() not in kept


def test_a_word_for_nothing_is_nobodys_id_by_any_way_in(desk: Any, message: Any) -> None:
    vote = {"cycle_id": "c", "target_id": "t", "choice": "agree", "cast_at": "2026-11-20"}
    for number, said in enumerate(("null", "NULL", "none", "None", "undefined", " nan ")):
        desk.drop(f"votes/a{number}.jsonl", [vote | {"id": f"v{number}", "user_id": said}])
        desk.drop(f"votes/b{number}.csv", f"id,user_id,cycle_id,target_id,choice,cast_at\nw{number},{said},c,t,agree,2026-11-20\n")
    desk.drop("submissions/a.jsonl", [message(1, user_id="null"), message(2, person_id="None", user_id="user-1")])
    desk.drop("submissions/b.csv", "id,person_id,user_id,raw_text,created_at\ns3,None,user-1,سلام,2026-11-20\n")
    desk.ingest()
    assert {reason for _, _, reason in desk.rejected()} == {"missing_person"}
    assert len(desk.rejected()) == 12
    somebody = load_person_key(desk.home).hash("user-1")
    keys = desk.store.rows("select person_key from raw.submission order by submission_id")
    assert keys == [(None,), (somebody,), (somebody,)]


def test_a_submission_without_a_person_is_kept_without_one(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl", [message(1, user_id=None), message(2, user_id=" ")])
    desk.ingest()
    assert desk.store.rows("select person_key from raw.submission") == [(None,), (None,)]


@pytest.mark.parametrize("lost", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x" * 32)])
def test_another_key_reads_nothing_in_since_a_person_would_count_twice(desk: Any, message: Any, lost: Any) -> None:
    desk.drop("submissions/a.jsonl", [message(1)])
    desk.ingest()
    old = (desk.home / "person.key").read_bytes()
    lost(desk.home / "person.key")
    desk.drop("submissions/b.jsonl", [message(2)])
    with pytest.raises(Misconfigured, match=r"person\.key.*restore it from its backup"):
        desk.ingest()
    (desk.home / "person.key").write_bytes(old)
    (desk.home / "person.key").chmod(0o600)
    desk.ingest()
    assert len(desk.ids()) == 2
