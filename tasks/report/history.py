"""What changed: tonight's births, growth, splits, merges and deaths, and the same of earlier nights as a timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]

KINDS = ("born", "split", "merged", "died", "grown")  # the rare ones first
MAX_NIGHTS = 10


def build_changes(events: list[Row], clusters: Mapping[str, Row]) -> list[Row]:
    """Events kind by kind, those of most people first; events of withheld clusters are only counted."""
    changes = []
    for kind in KINDS:
        told = [_told(e, clusters) for e in events if e["kind"] == kind]
        shown = [e for e in told if e["cluster"]]
        if told:
            shown.sort(key=lambda e: (-e["cluster"]["people_count"], e["cluster"]["cluster_id"]))
            changes.append(
                {"kind": kind, "count": len(told), "events": shown, "withheld_count": len(told) - len(shown)}
            )
    return changes


def _told(event: Row, clusters: Mapping[str, Row]) -> Row:
    """The event with the cluster it is shown under; for a split or a merger the other one; by which share of itself it grew."""
    here, other = event["to_cluster_id"] or event["from_cluster_id"], event["from_cluster_id"]
    is_two = event["kind"] in ("split", "merged") and other != here
    return {
        "cluster": _shown(clusters.get(here)),
        "other": _shown(clusters.get(other)) if is_two else None,
        "growth": event.get("share") if event["kind"] == "grown" else None,
    }


def _shown(cluster: Row | None) -> Row | None:
    return cluster if cluster and not cluster["is_suppressed"] else None


def build_nights(lineage: list[Row], clusters: Mapping[str, Row]) -> list[Row]:
    """The timeline, newest night first."""
    by_night: dict[Any, list[Row]] = defaultdict(list)
    for event in lineage:
        if event["kind"] in KINDS:
            by_night[event["run_on"]].append(event)
    newest = sorted(by_night, reverse=True)[:MAX_NIGHTS]
    return [{"run_on": night, "changes": build_changes(by_night[night], clusters)} for night in newest]
