"""The report as text: private words stay out, foreign markup stays text, every code has words, the size holds."""

import ast
import re
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from tasks.intake.rows import DETAILS
from tasks.publish import published_tables
from tasks.report.atlas import pack_points
from tasks.report.figures import count_rejected
from tasks.report.labels import _labels, has_code, label
from tasks.report.render import render_report
from tasks.report.topics import most_wanted
from tasks.run import Run
from tasks.schemas import RejectReason
from tasks.settings import Settings
from tasks.store import open_store, sql_text
from tests.report.synthetic import NASTY, SECRET, manifest, published

ROOT = Path(__file__).parents[2]


def render(tables: dict[str, pl.DataFrame]) -> str:
    return render_report(tables, manifest(tables))


def test_words_of_a_withheld_topic_are_not_in_the_page_even_if_the_tables_held_them() -> None:
    tables = published(300, 20, withheld_words=True)
    held = [frame for frame in tables.values() for column in frame.columns if frame[column].dtype == pl.String and frame[column].eq(SECRET).any()]
    assert held, "the tables hold the words, or this test proves nothing"
    assert SECRET not in render(tables)


def test_markup_in_titles_is_text() -> None:
    page = render(published(200, 20, nasty=True))
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in page
    assert "\u202e" not in page
    assert "49" not in re.findall(r"quote.{0,40}", page)[0]
    assert NASTY[2].split()[1] in page


def test_topics_of_one_title_are_numbered_largest_first() -> None:
    tables = published(60, 4)
    named = tables["cluster"].with_columns(pl.lit("Power cuts").alias("title_en"), pl.lit("قطع برق").alias("title_fa"))
    page = render(tables | {"cluster": named})
    assert "Power cuts (2)" in page and "قطع برق (۴)" in page and "Power cuts (1)" not in page


def test_a_statement_that_does_not_say_what_it_is_about_is_not_among_what_people_want_most() -> None:
    sizes = {"Power cuts should be ended.": 5, "The authorities should attend to this matter.": 9, "Schools should be built.": 7}
    cards = [
        {"is_card": True, "summary": {"proposition_en": words}, "writers_for_count": count} for words, count in sizes.items()
    ]
    assert [card["writers_for_count"] for card in most_wanted(cards)] == [7, 5]


def test_the_same_tables_give_the_same_bytes() -> None:
    assert render(published(100, 10)) == render(published(100, 10))


def test_ten_thousand_points_stay_under_two_megabytes() -> None:
    tables = published(10_000, 300, plans=40)
    page = render(tables)
    assert len(page.encode()) < 2_000_000
    assert page.count('class="card cluster"') == 70


def test_an_empty_night_has_a_page() -> None:
    full = published(20, 2)
    page = render({name: frame.clear() for name, frame in full.items()})
    assert "No topics yet." in page
    assert "Nothing has won" in page


def test_a_night_with_losses_says_so_on_top_and_in_its_own_row_as_it_is_booked_later(three_nights: Path) -> None:
    folders = sorted(p for p in (three_nights / "published").iterdir() if (p / "manifest.json").exists())
    last = dict(pl.read_parquet(folders[-1] / "run.parquet").select("run_id", "status").iter_rows())
    for folder in folders[:-1]:
        own = dict(pl.read_parquet(folder / "run.parquet").select("run_id", "status").iter_rows())
        assert own[folder.name] == last[folder.name], "what the night says of itself is what was booked"
        told = "went less well than meant tonight" in (folder / "report.html").read_text(encoding="utf-8")
        assert told == (last[folder.name] == "degraded")
    assert set(last.values()) == {"done", "degraded"}, "both kinds of nights are in the sample"


def test_the_made_up_tables_have_only_columns_that_are_published(tmp_path: Path) -> None:
    from datetime import UTC, date, datetime

    run = Run("r", "nightly", date(2026, 11, 1), "offline", datetime(2026, 11, 1, tzinfo=UTC))
    with open_store(tmp_path) as store:
        real = published_tables(store, run=run, settings=Settings(home=tmp_path, inbox=tmp_path))
    for name, frame in published(20, 4).items():
        assert set(frame.columns) <= set(real[name].columns), name


def test_every_label_is_in_both_languages_and_farsi_ones_have_no_latin_digit() -> None:
    entries = {k: v for k, v in _labels().items() if k != "codes"}
    entries |= {f"{group}.{key}": words for group, codes in _labels()["codes"].items() for key, words in codes.items()}
    for key, words in entries.items():
        assert words["en"] and words["fa"], key
        assert not re.search(r"[0-9]", re.sub(r"\{\w+\}", "", words["fa"])), key
        assert sorted(re.findall(r"\{\w+\}", words["en"])) == sorted(re.findall(r"\{\w+\}", words["fa"])), key


def test_every_degradation_a_step_can_name_has_words() -> None:
    kinds = {
        call.args[0].value
        for path in sorted((ROOT / "tasks").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Degradation" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert kinds
    assert [kind for kind in sorted(kinds) if not has_code("degradation", kind)] == []


def test_every_reason_that_can_be_filed_has_words() -> None:
    sql = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "steps").glob("ingest_*.sql")))
    python = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tasks").rglob("*.py")))
    state = (ROOT / "sql" / "views" / "10_submission.sql").read_text(encoding="utf-8")
    shapes = {"long", "selections", "approvals"}  # of a ballot
    rows = set(re.findall(r"(?:then|else) '([a-z_]*[a-z])'", sql)) - shapes
    ids = {f"{fault}_{name}" for name in re.findall(r"ingest_id_fault\([^()]*?, '(\w+)'\)", sql) for fault in ("missing", "bad")}
    told = r'(?:FileRefused\(|Problem\([^,()]+,|file_whole\([^,()]+, [^,()]+,|reason, detail =)\s*"(\w+)"|"(conflicting_\w+)"'
    read = {code for found in re.findall(told, python) for code in found if code} | set(DETAILS)
    dead = set(re.findall(r'"step": "(\w+)",\s*"event": "filed"', python))
    later = set(get_args(RejectReason)) | dead | {"on request"} | set(re.findall(r"then '(upstream|dropped[^']*)'", state))
    assert {"jalali_date", "double_choice"} <= rows and {"missing_cycle", "bad_submission"} <= ids and {"redact", "canonicalize"} <= dead
    assert {"zip_bomb", "csv_quoting", "row_too_large", "empty_file", "wrong_field_count", "conflicting_row", "nul_byte"} <= read
    assert [reason for reason in sorted(rows | ids | read | later) if not has_code("reason", reason)] == []


def test_lines_files_and_messages_that_are_not_shown_are_counted_apart() -> None:
    counted = {(r["state"], r["unit"], r["reason"]): r["n"] for r in count_rejected(published(20, 2)["rejected"])}
    assert counted == {
        ("rejected", "message", "advert"): 1,
        ("refused", "line", "bad_json"): 2,
        ("refused", "source", "too_many_bad_rows"): 1,
        ("quarantined", "message", "canonicalize"): 1,
        ("erased", "message", "on request"): 1,
    }
    page = render(published(20, 2))
    shown = page[page.index(str(label("rejected_title"))) :]
    sums = re.findall(r'<tr class="won">.*?<span class=en[^>]*>in all</span>.*?<td class="n"><span class=en[^>]*>([^<]*)<', shown)
    assert sums[:3] == ["2 lines", "3 messages", "1 whole file"]
    assert "1 file was refused whole" in page and "her own wish" not in page


def test_a_runs_refused_lines_and_whole_files_are_published_apart(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.execute("insert into ops.run values ('r', 'nightly', '2026-11-01', 'offline', '0', '{}', now())")
        for line, reason in ((1, "bad_json"), (2, "bad_json"), (None, "too_many_bad_rows"), (None, "empty_file")):
            store.execute("insert into ops.rejected values ('s', 'vote', 'f', ?, null, ?, '', null, 'r', now())", [line, reason])
        row = store.frame(sql_text("publish", "run"), {"run_id": "r"}).to_dicts()[0]
    assert (row["refused_count"], row["refused_source_count"]) == (2, 1)


@pytest.mark.parametrize(("n", "words"), [(1, ">1 source<"), (2, ">2 sources<"), (1200, ">1,200 sources<")])
def test_one_reads_as_one(n: int, words: str) -> None:
    assert words in label("sources", n=n)


def test_packed_points_are_the_points() -> None:
    points = [[0, 0, -1], [1000, 37, 0], [999, 1000, 46_654]]
    text = pack_points(points)
    parts = [text[at : at + 7] for at in range(0, len(text), 7)]
    assert [[int(p[:2], 36), int(p[2:4], 36), int(p[4:], 36) - 1] for p in parts] == points
