"""Is a cluster ready for action, why, and who is on the other side? Pure, from a row of plan_due.sql.

Ready: its vote was won (agree, or an option), or no vote has decided and enough distinct people support it
(`CW_SUPPORTERS_THRESHOLD`). What was won is what was asked: the option, the ballot's own question, or the cluster's
statement where nothing else was asked. Never: its vote was lost, whatever the words of the question. Contested (data/rules.toml): the other side is named,
in the text itself. Nor is anything done for a statement that does not say what it is about.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.claims.wishes import is_of_unknown_matter
from tasks.farsi import persian_digits
from tasks.rules import Rules


@dataclass(frozen=True)
class Decision:
    """Why a cluster gets plans, in words for both readers. `basis` changes when the plans have to."""

    kind: str  # won | supported
    demand_en: str
    demand_fa: str
    is_contested: bool
    support_en: str
    support_fa: str
    other_side_en: str
    other_side_fa: str
    rule_en: str
    rule_fa: str
    ground: str  # the decision alone, as text: plans on it stand until newer ones are written
    basis: str


def decide(row: Mapping[str, Any], claims: list[dict[str, Any]], *, rules: Rules) -> Decision | str:
    """The decision, or the reason why there is none: lost, too_few, no_label, no_matter."""
    won = row["winner"] not in (None, "disagree")
    if row["winner"] == "disagree":
        return "lost"
    if not won and row["supporters_count"] < rules.supporters_min:
        return "too_few"
    is_other = won and (row["winner"] != "agree" or not row["is_about_proposition"])
    if is_other and not (row["winner_en"] and row["winner_fa"]):
        return "no_label"
    if not is_other and is_of_unknown_matter(row["proposition_en"]):
        return "no_matter"
    contested = _is_contested(row, rules)
    demand = (
        (row["winner_en"], row["winner_fa"]) if is_other else (row["proposition_en"], row["proposition_fa"])
    )
    other = _other_side(row) if contested else ("", "")
    support = _support_won(row) if won else _supported(row)
    return Decision(
        kind="won" if won else "supported",
        demand_en=demand[0],
        demand_fa=persian_digits(demand[1]),
        is_contested=contested,
        support_en=support[0],
        support_fa=persian_digits(support[1]),
        other_side_en=other[0],
        other_side_fa=persian_digits(other[1]),
        rule_en=_rule(row, won=won, rules=rules),
        rule_fa=_rule_fa(row, won=won, rules=rules),
        ground=" ".join(_decided(row, won=won)),
        basis=_basis(row, claims, won=won, contested=contested, rules=rules),
    )


def standing_ground(row: Mapping[str, Any], *, rules: Rules) -> str | None:
    """The ground that stands of a cluster nothing can be written for tonight, from a row of plan_basis.sql; none: lost, too few, or the cluster is gone."""
    if row["winner"] == "disagree":
        return None
    won = row["winner"] is not None
    if not won and row["supporters_count"] < rules.supporters_min:
        return None
    return " ".join(_decided(row, won=won))


def _decided(row: Mapping[str, Any], *, won: bool) -> list[str]:
    return [row["cycle_id"], row["target_id"], row["winner"]] if won else ["supported"]


def _is_contested(row: Mapping[str, Any], rules: Rules) -> bool:
    if row["winner"] is not None:
        return bool(row["is_contested"])
    sided = row["supporters_count"] + row["opponents_count"]
    against = row["opponents_count"] / sided if sided else 0.0
    return bool(row["is_contested"]) or against >= rules.plan_contested_share


def _support_won(row: Mapping[str, Any]) -> tuple[str, str]:
    turnout = row["turnout_count"]
    english = f"{row['winner_count']} of the {turnout} people who voted chose this"
    english += (
        f" ({row['winner_share']:.0%}; 95% interval {row['winner_low']:.0%} to {row['winner_high']:.0%})."
    )
    share, low, high = (round(100 * row[f"winner_{name}"]) for name in ("share", "low", "high"))
    farsi = f"از {turnout} نفری که رأی دادند، {row['winner_count']} نفر همین را خواستند"
    farsi += f" ({share}٪؛ با احتمال ۹۵٪ بین {low}٪ تا {high}٪)."
    if row["winner"] != "agree" or row["is_about_proposition"]:
        english += f" In all, {row['supporters_count']} different people support it."
        farsi += f" روی هم {row['supporters_count']} نفر مختلف پشت این خواسته‌اند."
    return english, farsi


def _supported(row: Mapping[str, Any]) -> tuple[str, str]:
    count = row["supporters_count"]
    return (
        f"{count} different people support this, in messages, endorsements or votes.",
        f"{count} نفر مختلف با پیام، تأیید یا رأی پشت این خواسته‌اند.",
    )


def _other_side(row: Mapping[str, Any]) -> tuple[str, str]:
    """The other side, named and counted; its own words where the summary has them."""
    if row["winner"] is None and not row["runner_up_count"]:
        english = f"The other side: {row['opponents_count']} people have said that they are against it."
        farsi = f"طرف مقابل: {row['opponents_count']} نفر گفته‌اند که با این مخالف‌اند."
    elif row["runner_up"] == "disagree":
        english = f"The other side: {row['runner_up_count']} of {row['turnout_count']} voters are against it."
        farsi = f"طرف مقابل: از {row['turnout_count']} نفر، {row['runner_up_count']} نفر رأی مخالف دادند."
    else:
        name_en, name_fa = row["runner_up_en"] or "another option", row["runner_up_fa"] or "گزینه‌ی دیگر"
        english = (
            f"The other side: {row['runner_up_count']} of {row['turnout_count']} voters chose “{name_en}”."
        )
        farsi = (
            f"طرف مقابل: از {row['turnout_count']} نفر، {row['runner_up_count']} نفر «{name_fa}» را خواستند."
        )
    against = next((o for o in json.loads(row["options"]) if o["position"] == "oppose"), None)
    if against:
        english += f" In words of theirs: {against['label_en'].rstrip('.')}."
        farsi += f" از حرف‌هایشان: {against['label_fa'].rstrip('.')}."
    return english, farsi


def _rule(row: Mapping[str, Any], *, won: bool, rules: Rules) -> str:
    if won:
        margin = f"{row['margin']:+.0%} (95% {row['margin_low']:+.0%} to {row['margin_high']:+.0%})"
        turnout = f"turnout {row['turnout_count']} (quorum {rules.quorum_people})"
        return f"Won the vote of cycle {row['cycle_id']}: {turnout}, margin {margin}. Rules v{rules.version}."
    people = f"{row['supporters_count']} distinct people (needed {rules.supporters_min})"
    against = f"{row['opponents_count']} against"
    return (
        f"Passed the supporters' threshold: {people}, {against}. No vote has decided. Rules v{rules.version}."
    )


def _rule_fa(row: Mapping[str, Any], *, won: bool, rules: Rules) -> str:
    if won:
        margin, low, high = (round(100 * row[name]) for name in ("margin", "margin_low", "margin_high"))
        ahead = f"و این خواسته {margin} واحد درصد جلوتر بود (با احتمال ۹۵٪ بین {_signed(low)} تا {_signed(high)})."
        return f"در رأی‌گیری برنده شد: {row['turnout_count']} نفر رأی دادند (دست‌کم {rules.quorum_people} نفر لازم بود) {ahead}"
    people = f"{row['supporters_count']} نفر پشت این خواسته‌اند (دست‌کم {rules.supporters_min} نفر لازم بود)"
    return f"{people} و {row['opponents_count']} نفر مخالف‌اند. هنوز رأی‌گیری‌ای درباره‌اش تصمیم نگرفته است."


def _signed(percent: int) -> str:
    return f"منفی {-percent}" if percent < 0 else str(percent)


def _basis(
    row: Mapping[str, Any], claims: list[dict[str, Any]], *, won: bool, contested: bool, rules: Rules
) -> str:
    """Growing numbers alone do not make new plans; another text, decision, vote or rule does, and a plan that was erased."""
    said = [row["title_en"], row["proposition_en"], [c["text_en"] for c in claims]]
    erased = [row["erased_plan_count"]] if row["erased_plan_count"] else []
    text = json.dumps(
        [row["cluster_id"], said, _decided(row, won=won), contested, rules.version, *erased],
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]
