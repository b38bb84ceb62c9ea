"""The thresholds of tally, summaries, plans and messages, read from data/rules.toml. Values only.

`supporters_min` is the setting `CW_SUPPORTERS_THRESHOLD`; everything else is in the file, with its reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.settings import Settings


@dataclass(frozen=True)
class GroupRules:
    """When opinion groups are looked for."""

    min_targets: int
    min_votes_per_person: int
    min_people: int
    max_groups: int
    min_silhouette: float


@dataclass(frozen=True)
class BrigadingRules:
    """From when on a pattern of posting is named."""

    same_text_accounts: int
    burst_messages: int
    burst_minutes: int
    account_share: float
    min_messages: int


@dataclass(frozen=True)
class Rules:
    """Everything data/rules.toml says, and the supporters' threshold."""

    version: int
    supporters_min: int
    quorum_people: int
    contested_share: float
    groups: GroupRules
    refresh_growth: float
    minority_share: float
    max_records: int
    closeness: Mapping[str, Mapping[str, float]]  # by revision of the weights: see tasks/claims/closeness.py
    max_plans: int
    plan_contested_share: float
    safe_topics: frozenset[str]
    max_chars: int
    reminder_hours: int
    brigading: BrigadingRules


def load_rules(settings: Settings) -> Rules:
    """The rules of this installation."""
    text = (files("data") / "rules.toml").read_text(encoding="utf-8")
    given: dict[str, Any] = tomllib.loads(text)
    return Rules(
        version=given["version"],
        supporters_min=settings.supporters_threshold,
        quorum_people=given["tally"]["quorum_people"],
        contested_share=given["tally"]["contested_share"],
        groups=GroupRules(**given["groups"]),
        refresh_growth=given["summary"]["refresh_growth"],
        minority_share=given["summary"]["minority_share"],
        max_records=given["summary"]["max_records"],
        closeness={
            row["revision"]: {"least": row["least"], "auc": row["auc"]} for row in given["closeness"].values()
        },
        max_plans=given["plan"]["max_per_cluster"],
        plan_contested_share=given["plan"]["contested_share"],
        safe_topics=frozenset(given["plan"]["safe_topics"]),
        max_chars=given["message"]["max_chars"],
        reminder_hours=given["message"]["reminder_hours"],
        brigading=BrigadingRules(**given["brigading"]),
    )
