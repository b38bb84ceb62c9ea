"""Clusters as cards and the fields they belong to: sizes, the summary with its cited sentences, trend, positions, ballots."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from tasks.claims.wishes import is_of_unknown_matter
from tasks.farsi import persian_digits
from tasks.report.cited import Cited

Row = dict[str, Any]
Tables = Mapping[str, pl.DataFrame]

TREND_DAYS = 30
MAX_WANTED = 6  # statements on the first screen
REPEAT_MESSAGES = 10  # from so many messages on, few wordings or few people are pointed out


def clusters_by_people(tables: Tables) -> pl.DataFrame:
    """The order of cards, of the tables and of the map's cluster numbers: most people first."""
    keys = ["people_count", "message_count", "cluster_id"]
    return tables["cluster"].sort(keys, descending=[True, True, False])


def build_cards(
    tables: Tables, cited: Cited, *, ballots: Mapping[str, list[Row]], max_cards: int
) -> list[Row]:
    """One row per cluster; the first `max_cards` that may be shown also hold what a card shows."""
    claims: dict[str, list[Row]] = defaultdict(list)
    for claim in tables["claim"].sort("summary_id", "ordinal").to_dicts():
        claims[claim["summary_id"]].append(claim)
    summaries = {s["cluster_id"]: s for s in tables["summary"].filter("is_current").to_dicts()}
    days, positions = _days(tables), _positions(tables)
    last = max((d for counts in days.values() for d in counts), default=None)
    rows, left = clusters_by_people(tables).to_dicts(), max_cards
    _tell_namesakes_apart(rows)
    for row in rows:
        row["is_repeated"] = _is_repeated(row)
        row["is_card"] = left > 0 and not row["is_suppressed"]
        if not row["is_card"]:
            continue
        left -= 1
        summary = summaries.get(row["cluster_id"])
        row["summary"] = summary if summary and summary["status"] == "ok" else None
        row["options"] = json.loads(row["summary"]["options"]) if row["summary"] else []
        row["claims"] = [
            c | {"cited": cited.cite(c["record_ids"]), "cited_count": len(c["record_ids"])}
            for c in claims[row["summary_id"] or ""]
        ]
        row["trend"] = _trend(days.get(row["cluster_id"], {}), last)
        row["positions"] = positions.get(row["cluster_id"], {})
        row["ballots"] = ballots.get(row["cluster_id"], [])
    return rows


def _tell_namesakes_apart(rows: list[Row]) -> None:
    """Topics of one title are numbered, the largest first and without a number: «… (۲)»."""
    for language in ("en", "fa"):
        met: dict[str, int] = defaultdict(int)
        for row in rows:
            title = row[f"title_{language}"]
            if title:
                met[title] += 1
                number = str(met[title])
                shown = persian_digits(number) if language == "fa" else number
                row[f"title_{language}"] = title if met[title] == 1 else f"{title} ({shown})"


def _is_repeated(row: Row) -> bool:
    """Many messages, but at most half as many wordings or people: told openly, nothing is taken out."""
    fewest = min(row["wording_count"], row["people_count"])
    return bool(row["message_count"] >= REPEAT_MESSAGES and fewest * 2 <= row["message_count"])


def _days(tables: Tables) -> dict[str, dict[date, int]]:
    joined = tables["membership"].join(tables["canonical"].select("record_id", "said_on"), on="record_id")
    counted = joined.filter(pl.col("cluster_id").is_not_null()).group_by("cluster_id", "said_on").len()
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for cluster_id, said_on, n in counted.iter_rows():
        found[cluster_id][said_on] = n
    return found


def _trend(counts: Mapping[date, int], last: date | None) -> Row | None:
    """Counts of the last days up to the newest message of all, as the path of a bar chart 20 high, 4 a day."""
    if last is None or not counts:
        return None
    first = max(min(counts), last - timedelta(days=TREND_DAYS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    values = [counts.get(d, 0) for d in days]
    high = max(values)
    bars = [f"M{n * 4} 20v-{max(1, round(v / high * 19))}h3V20z" for n, v in enumerate(values) if v]
    return (
        {"path": "".join(bars), "width": len(days) * 4, "first": first, "last": last, "high": high}
        if bars
        else None
    )


def _positions(tables: Tables) -> dict[str, dict[str, int]]:
    """Records per cluster and side towards its proposition."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    placed = tables["membership"].filter(
        pl.col("cluster_id").is_not_null() & pl.col("position").is_not_null()
    )
    counted = placed.group_by("cluster_id", "position").len()
    for cluster_id, position, n in counted.sort("len", "position", descending=[True, False]).iter_rows():
        found[cluster_id][position] = n
    return found


def most_wanted(cards: list[Row]) -> list[Row]:
    """The clusters whose statement most people wrote for; «attend to this matter» is nothing that people want."""
    shown = (c for c in cards if c["is_card"] and c["summary"])
    known = (c for c in shown if not is_of_unknown_matter(c["summary"]["proposition_en"]))
    return sorted(known, key=lambda c: -c["writers_for_count"])[:MAX_WANTED]


def build_themes(clusters: list[Row]) -> list[Row]:
    """The topics of the taxonomy, most points raised first: the words a reader knows a field by.

    The clustering's own themes (`theme_id` in the Parquet files) join what lies near; they have no name of their own.
    """
    grouped: dict[str, list[Row]] = defaultdict(list)
    for cluster in clusters:
        grouped[cluster["topic"]].append(cluster)
    rows: list[Row] = [
        {
            "topic": topic,
            "cluster_count": len(members),
            "record_count": sum(m["record_count"] for m in members),
            "largest": [m for m in members if m["is_card"]][:2],
        }
        for topic, members in grouped.items()
    ]
    rows.sort(key=lambda r: (-r["record_count"], r["topic"]))
    high = max((r["record_count"] for r in rows), default=1)
    return [r | {"share": r["record_count"] / high} for r in rows]
