"""The offline engine's part after clustering: summaries, positions, plans and messages by rule.

Pure functions of the inputs that the steps send (tasks/summarise.py, position.py, plan.py, message.py);
no model. Every sentence is a proposition that some record carries, so the check of claims holds by
construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.claims.across import read_meanings
from tasks.claims.check import check_claim
from tasks.claims.directions import turned_round
from tasks.claims.sides import Side, side_of
from tasks.claims.sources import evidence_en, sentence_of
from tasks.claims.summary import MAX_OPTIONS, MIN_OPTIONS
from tasks.claims.wishes import is_of_unknown_matter
from tasks.claims.words import read_text
from tasks.llm.engine.fill import ACTING, asks_for_attention
from tasks.llm.engine.titles import heading
from tasks.schemas import (
    Claim,
    MessageReply,
    PlanChoice,
    PlanReply,
    PlanSlot,
    Position,
    PositionReply,
    SummaryOption,
    SummaryReply,
)

MAX_CLAIMS = 4
MIN_PEOPLE, MIN_SHARE = 2, 0.05  # behind a sentence, but the first: one odd reading is no summary
OPTION_SHARE = 0.15
ALIKE = 0.6  # share of common words from which two propositions say the same


def summarise(inputs: Mapping[str, Any]) -> SummaryReply:
    """An extractive summary: the propositions that most people hold, those against named as such."""
    records: Sequence[Mapping[str, Any]] = inputs["records"]
    groups = _group_alike(records)
    words = heading(groups[0], records)
    enough = max(MIN_PEOPLE, MIN_SHARE * inputs["people"])
    others = (
        g for g in groups[1:] if _people(g) >= enough and not asks_for_attention(g[0]["proposition_en"])
    )
    told = [groups[0], *others][:MAX_CLAIMS]
    claims = [_claim(group) for group in told]
    return SummaryReply(
        title_en=words.title_en,
        title_fa=words.title_fa,
        proposition_en=words.proposition_en,
        proposition_fa=words.proposition_fa,
        claims=tuple(claims),
        options=_options(groups, inputs.get("topic"), inputs["people"]),
    )


def position(inputs: Mapping[str, Any]) -> PositionReply:
    """The writer's position on the cluster's proposition, where his own proposition shows it; else unclear.

    Whoever is against a thing is against what asks for it, for more or for a part of it, so for him the two propositions
    change places.
    """
    asked, own = (_as_attention(inputs[name]) for name in ("proposition_en", "record_proposition_en"))
    stance: Position = inputs["record_position"]
    if stance == "unclear" or is_of_unknown_matter(asked):
        return PositionReply(position="unclear")
    side = side_of(asked, own, may_be_of_fewer=True) if stance == "oppose" else side_of(own, asked)
    if asks_for_attention(asked) and not read_meanings(asked).entries <= read_meanings(own).entries:
        side = "unclear"  # all that is known of such a wish is its matter: «water» is not «student canteen and hot water»
    if side == "unclear" or stance == "support":
        return PositionReply(position=side)
    turned: dict[Side, Position] = {"support": "oppose", "oppose": "support"}
    return PositionReply(position=turned[side] if stance == "oppose" else "mixed")


def _as_attention(proposition_en: str) -> str:
    """«Act on it» and «attend to it» say the same: that something is to be done, not what."""
    return proposition_en.replace(*ACTING, 1)


def _group_alike(records: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Records of one proposition and position, most people first; the first of a group stands for it."""
    groups: list[list[Mapping[str, Any]]] = []
    for record in sorted(records, key=lambda r: (-r["alike"], -r["people"], r["id"])):
        for group in groups:
            if group[0]["position"] == record["position"] and _alike(group[0], record):
                group.append(record)
                break
        else:
            groups.append([record])
    return sorted(map(_widest_first, groups), key=lambda g: (-_people(g), g[0]["id"]))


def _widest_first(group: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One town does not stand for many: when members name different places, whoever names fewest goes first."""
    if len({tuple(r["places"]) for r in group}) == 1:
        return group
    return sorted(group, key=lambda r: len(r["places"]))


def _people(group: Sequence[Mapping[str, Any]]) -> int:
    """People behind a group: those of each of its propositions."""
    return sum({r["proposition_en"]: r["alike"] for r in group}.values())


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two propositions share most words and go the same way: «should» and «should not» do not."""
    first, second = (read_text(r["proposition_en"]) for r in (one, other))
    if first.has_cue != second.has_cue or turned_round(first, [second]):
        return False
    a, b = first.stems(), second.stems()
    return bool(a | b) and len(a & b) / len(a | b) >= ALIKE


def _claim(group: Sequence[Mapping[str, Any]]) -> Claim:
    """What the group says, without the places that only some of it name, and everybody whose record bears it out."""
    words = heading(group, group)
    shared = {"proposition_en": words.proposition_en, "proposition_fa": words.proposition_fa}
    for lead in ({**group[0], **shared}, group[0]):
        text_en, text_fa = sentence_of(lead)
        cited = [r["id"] for r in group if check_claim(text_en, [evidence_en(r)]).ok]
        if group[0]["id"] in cited:
            break
    return Claim(text_en=text_en, text_fa=text_fa, record_ids=tuple(cited) or (group[0]["id"],))


def _options(
    groups: Sequence[Sequence[Mapping[str, Any]]], topic: str | None, people: int
) -> tuple[SummaryOption, ...]:
    """None unless members differ on the cluster's own topic: different propositions, or for and against."""
    own = ([record for record in group if record.get("topic", topic) == topic] for group in groups)
    wide = [
        g
        for g in own
        if g and g[0]["position"] in ("support", "oppose") and not asks_for_attention(g[0]["proposition_en"])
    ]
    wide = [g for g in wide if _people(g) >= max(MIN_PEOPLE, OPTION_SHARE * people)][:MAX_OPTIONS]
    if len(wide) < MIN_OPTIONS:
        return ()
    return tuple(
        SummaryOption(
            position=group[0]["position"],
            label_en=("Against: " if group[0]["position"] == "oppose" else "") + group[0]["proposition_en"],
            label_fa=("مخالف: " if group[0]["position"] == "oppose" else "") + group[0]["proposition_fa"],
            record_ids=tuple(r["id"] for r in group),
        )
        for group in wide
    )


def plan(inputs: Mapping[str, Any]) -> PlanReply:
    """The templates offered, in their order, filled with the demand and what people wrote about."""
    chosen = []
    for template in inputs["templates"]:
        slots = [_slot(slot, inputs["wish"], inputs["records"]) for slot in template["slots"]]
        filled = tuple(slot for slot in slots if slot)
        if len(filled) == len(slots):
            chosen.append(
                PlanChoice(
                    template_id=template["template_id"],
                    target_id=template["targets"][0]["target_id"],
                    reason_en=f"Fits the subject: {template['about']}.",
                    slots=filled,
                )
            )
    return PlanReply(plans=tuple(chosen[: inputs["max_plans"]]))


def _titles(records: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Up to two different titles: they name the problem, as propositions name the remedy; cited ones first.

    «Power cuts in Shiraz» is no other than «Power cuts».
    """
    kept: list[Mapping[str, Any]] = []
    for record in sorted(records, key=lambda r: r["record_id"] not in ids):
        known = [(record["title_en"], k["title_en"]) for k in kept]
        if not any(new.startswith(old) or old.startswith(new) for new, old in known):
            kept.append(record)
    return kept[:2]


def _slot(
    slot: Mapping[str, Any], wish: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> PlanSlot | None:
    """What is asked for is the demand; what is told is the summary; None when it is too long for the slot."""
    claims: Sequence[Mapping[str, Any]] = [c for c in wish["claims"] if c["record_ids"]]
    if not claims:
        return None
    ids = tuple(claims[0]["record_ids"])
    text_en, text_fa = _ended(wish["demand_en"]), _ended(wish["demand_fa"])
    if slot["name"] != "ask":
        titles = _titles(records, ids)
        ids = tuple(r["record_id"] for r in titles)
        told_en, told_fa = "; ".join(r["title_en"] for r in titles), " و ".join(r["title_fa"] for r in titles)
        is_sentence = slot["name"] in (
            "why",
            "story",
        )  # of its own; the others stand in one of the template's
        text_en = f"People write about this: {told_en}." if is_sentence else f"{told_en}."
        text_fa = f"مردم درباره‌ی {told_fa} نوشته‌اند." if is_sentence else f"{told_fa}."
    if max(len(text_en), len(text_fa)) > slot["max_chars"]:
        return None
    return PlanSlot(name=slot["name"], text_en=text_en, text_fa=text_fa, record_ids=ids)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!")) else f"{text}."


def message(inputs: Mapping[str, Any]) -> MessageReply:
    """The template's own sentence."""
    return MessageReply(text=inputs["say"])
