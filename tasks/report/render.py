"""The one-file HTML report, a pure function of the published tables and the manifest: what is private cannot enter it.

No network: styles, scripts, d3, the Farsi font and data are inlined, and a content security policy that names their hashes forbids
the rest. Text is in the page in English and Farsi and reads and prints without script; the script adds tabs, search,
the records behind a sentence, the map and the tree map. What the parts show is gathered in the modules beside this.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from tasks.report.atlas import build_cells, build_points, pack_points
from tasks.report.ballots import ballots_of, build_ballots, build_cycles
from tasks.report.cited import Cited
from tasks.report.figures import build_states, count_calls, count_outliers, count_rejected
from tasks.report.history import build_changes, build_nights
from tasks.report.labels import code, has_code, label, localised
from tasks.report.plans import build_plans
from tasks.report.topics import Row, build_cards, build_themes, most_wanted
from tasks.taxonomy import topics

MAX_CARDS = 70  # cluster cards written out; the rest stand in the table of the map tab
MAX_RUNS = 30
SCRIPTS = ("d3.min.js", "report.js", "atlas.js")
STYLES = ("report.css", "print.css")
FONT = "vazirmatn.woff2"  # Farsi letters and figures, weights 400 to 700; how it was cut: CONTRIBUTING.md


def render_report(tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]) -> str:
    """The whole page.

    Args:
        tables: the published tables by name (`sql/publish`).
        manifest: the run's manifest, without the report's own hash.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("tasks.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    topic_names = {topic.id: {"name_en": topic.en, "name_fa": topic.fa} for topic in topics()}
    env.globals.update(t=label, code=code, has_code=has_code, topic_names=topic_names)
    env.filters.update(localised)
    script, style = _page_files(SCRIPTS), _font_face() + _page_files(STYLES)
    cited = Cited(tables["canonical"])
    view = report_view(tables, manifest, cited)
    points = build_points(tables)
    data = {
        "points": pack_points(points),
        "cells": build_cells(view["clusters"]),
        "records": cited.rows,
        "topics": list(topic_names),
    }
    return env.get_template("report.html").render(
        **view,
        manifest=manifest,
        style=style,
        script=script,
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        point_total=tables["membership"].height,
        point_alone=tables["membership"]["cluster_id"].null_count(),
        point_shown=len(points),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; font-src data:; base-uri 'none'; form-action 'none'",
    )


def report_view(tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any], cited: Cited) -> Row:
    """What the template shows, gathered from the tables; fills `cited` on the way."""
    ballots = build_ballots(tables["tally"], tables["outcome"])
    clusters = build_cards(tables, cited, ballots=ballots_of(ballots), max_cards=MAX_CARDS)
    by_id = {c["cluster_id"]: c for c in clusters}
    lineage = tables["lineage"].to_dicts()
    plans = build_plans(tables["action_plan"], by_id, cited)
    return {
        "run": next((r for r in tables["run"].to_dicts() if r["run_id"] == manifest["run_id"]), None),
        "runs": tables["run"].sort("run_id", descending=True).head(MAX_RUNS).to_dicts(),
        "is_first": not manifest["parents"],
        "states": build_states(manifest["states"]),
        "state_total": sum(manifest["states"].values()),
        "clusters": clusters,
        "suppressed_count": sum(c["is_suppressed"] for c in clusters),
        "repeated": [c for c in clusters if c["is_repeated"]],
        "wanted": most_wanted(clusters),
        "themes": build_themes(clusters),
        "changes": build_changes([e for e in lineage if str(e["run_on"]) == manifest["run_on"]], by_id),
        "nights": build_nights(lineage, by_id),
        "cycles": build_cycles(ballots, by_id),
        "plans": plans,
        "unshown_plans": tables["action_plan"].height
        - sum(len(g["plans"]) + g["older_count"] for g in plans),
        "outliers": count_outliers(tables["membership"]),
        "rejected": count_rejected(tables["rejected"]),
        "spend": sorted(manifest["spend_usd"].items()),
        "spent_usd": sum(manifest["spend_usd"].values()),
        "calls": count_calls(tables["llm_call"]),
    }


@cache
def _page_files(names: tuple[str, ...]) -> str:
    page = files("tasks.report") / "page"
    return "\n".join((page / name).read_text(encoding="utf-8").strip() for name in names)


@cache
def _font_face() -> str:
    """The Farsi font, which many desktops lack; Latin letters come from the reader's system."""
    font = base64.b64encode((files("tasks.report") / "page" / FONT).read_bytes()).decode()
    return (
        "/* Vazirmatn, Copyright 2015 The Vazirmatn Project Authors, SIL Open Font License 1.1 */\n"
        "@font-face { font-family: Vazirmatn; font-weight: 400 700;"
        f' src: url("data:font/woff2;base64,{font}") format("woff2"); }}\n'
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
