"""The one-file HTML report, a pure function of the published tables and the manifest: what is private cannot enter it.

No network: styles, script, d3 and data are inlined, and a content security policy that names their hashes forbids the
rest. Text is in the page twice, English and Farsi, so that it reads and prints without script; the script adds
tabs, search, the map and the tree map. Beyond `MAX_POINTS` the map shows every k-th point and says so.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from tasks.report.labels import label, localised
from tasks.taxonomy import topics

MAX_POINTS = 10_000
MAX_SOURCES = 12  # cited records shown under one sentence
MAX_CARDS = 400  # cluster cards written out; the rest stand in the table of the map tab

Row = dict[str, Any]


def render_report(tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]) -> str:
    """The whole page.

    Args:
        tables: the published tables by name (`sql/publish`).
        manifest: the run's manifest, without the report's own hash.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("tasks.report", "page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals.update(t=label)
    env.filters.update(localised)
    script = "\n".join(_page_file(name) for name in ("d3.min.js", "report.js"))
    style = _page_file("report.css")
    points = _points(tables)
    view = report_view(tables, manifest)
    data = json.dumps({"points": points, "clusters": _map_clusters(view["clusters"])}, ensure_ascii=False, separators=(",", ":"))
    return env.get_template("report.html").render(
        **view,
        manifest=manifest,
        style=style,
        script=script,
        data=data.replace("<", "\\u003c"),
        point_total=tables["membership"].height,
        point_shown=len(points),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; base-uri 'none'; form-action 'none'",
    )


@cache
def _page_file(name: str) -> str:
    return (files("tasks.report") / "page" / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def report_view(tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]) -> Row:
    """What the template shows, gathered from the tables."""
    clusters = _clusters(tables)
    lineage = tables["lineage"].to_dicts()
    tonight = [e for e in lineage if str(e["run_on"]) == manifest["run_on"]]
    titles = {c["cluster_id"]: c for c in clusters}
    return {
        "run": next((r for r in tables["run"].to_dicts() if r["run_id"] == manifest["run_id"]), {}),
        "runs": tables["run"].sort("run_id", descending=True).head(30).to_dicts(),
        "states": manifest["states"],
        "state_total": sum(manifest["states"].values()),
        "clusters": clusters,
        "shown_clusters": [c for c in clusters if not c["is_suppressed"]][:MAX_CARDS],
        "suppressed_count": sum(c["is_suppressed"] for c in clusters),
        "themes": _themes(clusters),
        "changes": _changes(tonight, titles),
        "nights": _nights(lineage, titles),
        "cycles": _cycles(tables, titles),
        "plans": _plans(tables, titles),
        "outliers": _outliers(tables),
        "rejected": _rejected(tables["rejected"]),
        "spend": sorted(manifest["spend_usd"].items()),
        "spent_usd": sum(manifest["spend_usd"].values()),
        "calls": _calls(tables["llm_call"]),
        "topic_names": {topic.id: topic for topic in topics()},
    }


def _clusters(tables: Mapping[str, pl.DataFrame]) -> list[Row]:
    """Clusters, most people first, with their summary's sentences, their sources and a count per day."""
    sources = {r["record_id"]: r for r in tables["canonical"].filter(~pl.col("is_suppressed")).to_dicts()}
    claims = defaultdict(list)
    for claim in tables["claim"].to_dicts():
        cited = [sources[i] for i in claim["record_ids"] if i in sources]
        claims[claim["summary_id"]].append(claim | {"sources": cited[:MAX_SOURCES], "source_total": len(claim["record_ids"])})
    summaries = {s["cluster_id"]: s for s in tables["summary"].filter("is_current").to_dicts()}
    days, stances = _days(tables), _stances(tables)
    rows = _by_people(tables["cluster"]).to_dicts()
    for row in rows:
        summary = summaries.get(row["cluster_id"])
        row["summary"] = summary
        row["options"] = json.loads(summary["options"]) if summary else []
        row["claims"] = claims[row["summary_id"]] if row["summary_id"] else []
        row["days"] = days.get(row["cluster_id"], [])
        row["stances"] = stances.get(row["cluster_id"], {})
    return rows


def _days(tables: Mapping[str, pl.DataFrame]) -> dict[str, list[Row]]:
    joined = tables["membership"].join(tables["canonical"].select("record_id", "said_on"), on="record_id")
    counted = joined.filter(pl.col("cluster_id").is_not_null()).group_by("cluster_id", "said_on").len().sort("cluster_id", "said_on")
    found: dict[str, list[Row]] = defaultdict(list)
    for row in counted.iter_rows(named=True):
        found[row["cluster_id"]].append({"day": row["said_on"].isoformat(), "n": row["len"]})
    return found


def _stances(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, int]]:
    """Records per cluster and position of the writer."""
    joined = tables["membership"].join(tables["canonical"].select("record_id", "position"), on="record_id")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for cluster_id, position, n in joined.group_by("cluster_id", "position").len().sort("position").iter_rows():
        if cluster_id:
            found[cluster_id][position] = n
    return found


def _themes(clusters: list[Row]) -> list[Row]:
    """Themes, most people first; named after their most frequent topic."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for cluster in clusters:
        grouped[cluster["theme_id"] or "-"].append(cluster)
    rows = []
    for theme_id, members in grouped.items():
        topic_counts: dict[str, int] = defaultdict(int)
        for m in members:
            topic_counts[m["topic"]] += m["record_count"]
        topic = max(sorted(topic_counts), key=lambda name: topic_counts[name])
        rows.append({"theme_id": theme_id, "topic": topic, "clusters": members, "people": sum(m["people_count"] for m in members)})
    return sorted(rows, key=lambda r: (-r["people"], r["theme_id"]))


_ORDER = ("born", "grown", "split", "merged", "died")


def _changes(events: list[Row], titles: Mapping[str, Row]) -> list[Row]:
    """Tonight's events, kind by kind."""
    return [
        {"kind": kind, "events": [_told(e, titles) for e in events if e["kind"] == kind]}
        for kind in _ORDER
        if any(e["kind"] == kind for e in events)
    ]


def _told(event: Row, titles: Mapping[str, Row]) -> Row:
    here = event["to_cluster_id"] or event["from_cluster_id"]
    return event | {"cluster": titles.get(here), "source": titles.get(event["from_cluster_id"]), "shown_id": here}


def _nights(lineage: list[Row], titles: Mapping[str, Row]) -> list[Row]:
    """The lineage timeline, newest night first."""
    by_night: dict[Any, list[Row]] = defaultdict(list)
    for event in lineage:
        if event["kind"] in _ORDER:
            by_night[event["run_on"]].append(event)
    return [{"run_on": night, "changes": _changes(by_night[night], titles)} for night in sorted(by_night, reverse=True)]


def _cycles(tables: Mapping[str, pl.DataFrame], titles: Mapping[str, Row]) -> list[Row]:
    """Cycles with their targets, each with its choices, most votes first."""
    cycles: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in tables["tally"].sort("cycle_id", "target_id", "people_count", "choice", descending=[False, False, True, False]).to_dicts():
        cycles[row["cycle_id"]][row["target_id"]].append(row)
    return [
        {
            "cycle_id": cycle_id,
            "targets": [{"target_id": target, "choices": rows, "cluster": titles.get(rows[0]["cluster_id"])} for target, rows in targets.items()],
        }
        for cycle_id, targets in cycles.items()
    ]


def _plans(tables: Mapping[str, pl.DataFrame], titles: Mapping[str, Row]) -> list[Row]:
    """Plans by cluster, most supporters first."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for plan in tables["action_plan"].sort("supporters_count", "cluster_id", "rank", "plan_id", descending=[True, False, False, False]).to_dicts():
        grouped[plan["cluster_id"]].append(plan)
    return [{"cluster": titles.get(cluster_id), "plans": plans} for cluster_id, plans in grouped.items()]


def _outliers(tables: Mapping[str, pl.DataFrame]) -> list[Row]:
    alone = tables["membership"].filter(pl.col("cluster_id").is_null())
    return alone.group_by("outlier_reason").len(name="n").sort("n", "outlier_reason", descending=[True, False]).to_dicts()


def _rejected(frame: pl.DataFrame) -> list[Row]:
    """Counts by state and reason; the rows themselves are in rejected.parquet."""
    return frame.group_by("state", "table_name", "reason").len(name="n").sort("n", "state", "reason", descending=[True, False, False]).to_dicts()


def _calls(frame: pl.DataFrame) -> list[Row]:
    """Router metrics: calls, repairs, refusals, latency, spend by task and model."""
    if not frame.height:
        return []
    outcome = pl.col("outcome")
    return (
        frame.group_by("task", "provider", "asked_model", "mode")
        .agg(
            pl.len().alias("calls"),
            (pl.col("turn") == "repair").sum().alias("repairs"),
            (pl.col("route_position") > 0).sum().alias("fallbacks"),
            (outcome == "refused").sum().alias("refusals"),
            pl.col("latency_ms").quantile(0.5).alias("p50_ms"),
            pl.col("latency_ms").quantile(0.95).alias("p95_ms"),
            pl.col("cost_usd").sum().alias("usd"),
        )
        .sort("task", "provider", "asked_model", "mode")
        .to_dicts()
    )


def _points(tables: Mapping[str, pl.DataFrame]) -> list[list[int]]:
    """[x, y, cluster number] with x and y in 0…1000, thinned evenly above `MAX_POINTS`."""
    placed = tables["membership"].filter(pl.col("x").is_not_null() & pl.col("y").is_not_null())
    if not placed.height:
        return []
    step = -(-placed.height // MAX_POINTS)
    order = {cid: n for n, cid in enumerate(_by_people(tables["cluster"])["cluster_id"])}
    xs, ys = (_scaled(placed[axis]) for axis in ("x", "y"))
    numbers = [order.get(cid, -1) for cid in placed["cluster_id"]]
    return [[x, y, n] for x, y, n in list(zip(xs, ys, numbers, strict=True))[::step]]


def _scaled(values: pl.Series) -> list[int]:
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    span = (high - low) or 1.0
    return ((values - low) / span * 1000).round(0).cast(pl.Int32).to_list()


def _by_people(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(["people_count", "message_count", "cluster_id"], descending=[True, True, False])


def _map_clusters(clusters: list[Row]) -> list[Row]:
    return [
        {
            "id": c["cluster_id"],
            "theme": c["theme_id"],
            "topic": c["topic"],
            "people": c["people_count"],
            "en": None if c["is_suppressed"] else c["title_en"],
            "fa": None if c["is_suppressed"] else c["title_fa"],
        }
        for c in clusters
    ]
