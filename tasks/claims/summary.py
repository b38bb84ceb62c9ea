"""What of a summary may be published: each sentence against what it cites, minorities heard. Pure.

`judge_summary` gives the verdicts; tasks/summarise.py files them. What fails here is dropped, or holds
the summary back when nothing publishable is left of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.claims.across import faults_across
from tasks.claims.check import Verdict, check_claim, check_facts, strange_words, unsupported, untold
from tasks.claims.sources import Sources, sentence_of
from tasks.claims.translation import says_more_in_farsi
from tasks.claims.wishes import wants_strangely
from tasks.claims.words import read_text
from tasks.farsi import farsi_faults, persian_digits
from tasks.plainness import form_faults
from tasks.schemas import Claim, SummaryOption, SummaryReply

MAX_SENTENCE = 400  # characters of a title, a proposition, a sentence
MIN_OPTIONS, MAX_OPTIONS = 2, 4  # one way is no choice; more nobody reads
SIDES = ("support", "oppose", "mixed")


@dataclass(frozen=True)
class JudgedClaim:
    """One sentence with its verdict; ids are the short ones of `Sources`."""

    text_en: str
    text_fa: str
    ids: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True)
class JudgedSummary:
    """`hold_reasons` empty = may be published, without the claims whose verdict is not ok."""

    reply: SummaryReply
    claims: tuple[JudgedClaim, ...]
    options: tuple[SummaryOption, ...]
    hold_reasons: tuple[str, ...]
    added: int  # sentences that the code put in so that a minority is heard
    title_faults: tuple[str, ...] = ()  # of the title that was written, when a record's stands in its place

    @property
    def good(self) -> tuple[JudgedClaim, ...]:
        return tuple(c for c in self.claims if c.verdict.ok)


_EVERYBODY = re.compile(
    r"\b(?:all|every|most) (?:of (?:the|them) ?)?(?:\w+ )?(?:citizens?|people|persons?|members|residents|writers|voters)\b|\b(?:everyone|everybody)\b",
    re.IGNORECASE,
)


def judge_summary(
    reply: SummaryReply, sources: Sources, *, minority_share: float, far: Sequence[str] = ()
) -> JudgedSummary:
    """Verdicts on every part of a reply. `far`: of each claim, why its meaning is too far from its records', or ""."""
    distances = far or [""] * len(reply.claims)
    claims = [_judge_claim(c, sources, distance) for c, distance in zip(reply.claims, distances, strict=True)]
    options = _good_options(reply.options, sources)
    extra = _missing_minorities(claims, options, sources, minority_share)
    titled = _with_title_of_a_source(reply, claims, sources)
    faults = {"title": _title_faults(titled, sources), "proposition": _proposition_faults(reply, sources)}
    holds = [f"{part}: {untold(fault)}" for part, found in faults.items() for fault in found]
    if not any(c.verdict.ok for c in claims):
        holds.append("no sentence is supported by what it cites")
    lost = () if titled is reply else tuple(map(untold, _title_faults(reply, sources)))
    return JudgedSummary(titled, (*claims, *extra), options, tuple(holds), len(extra), lost)


def summary_faults(
    reply: SummaryReply, sources: Sources, *, minority_share: float, far: Sequence[str] = ()
) -> list[str]:
    """The same as one list of reasons, for a repair turn."""
    judged = judge_summary(reply, sources, minority_share=minority_share, far=far)
    faults = [
        f"claim {n}: {untold(r)}"
        for n, c in enumerate(judged.claims, 1)
        if not c.verdict.ok
        for r in c.verdict.reasons
    ]
    if len(judged.options) < len(reply.options):
        faults.append(
            "options: some cite unknown records or only records of another topic, or say what their records do not"
        )
    if judged.added:
        faults.append("a position held by many is not mentioned")
    return [*faults, *(f"title: {reason}" for reason in judged.title_faults), *judged.hold_reasons]


def own_sentences(ids: Sequence[str], sources: Sources) -> frozenset[str]:
    """What the records behind short ids say themselves, as sentences of a summary."""
    return frozenset(sentence_of(r)[0] for r in sources.records if r["id"] in ids)


def _judge_claim(claim: Claim, sources: Sources, distance: str) -> JudgedClaim:
    ids = tuple(dict.fromkeys(claim.record_ids))
    text_fa = persian_digits(claim.text_fa)
    unknown = [i for i in ids if i not in sources.record_ids]
    verdict = check_claim(claim.text_en, sources.evidence(ids))
    reasons = [
        *verdict.reasons,
        *filter(None, [distance]),
        *("cites what is not a record of this cluster" for _ in unknown[:1]),
    ]
    if _EVERYBODY.search(claim.text_en) and len(set(ids) & sources.record_ids.keys()) < len(sources.records):
        reasons.append("says of all what only some of the records are cited for")
    reasons += [f"Farsi: {fault}" for fault in farsi_faults(text_fa)]
    reasons += translation_faults(claim.text_en, text_fa, sources.evidence_fa(ids))
    reasons += form_faults(claim.text_en, language="en", most=MAX_SENTENCE)
    reasons += form_faults(text_fa, language="fa", most=MAX_SENTENCE)
    return JudgedClaim(claim.text_en, text_fa, ids, Verdict(not reasons, verdict.score, tuple(reasons)))


def translation_faults(english: str, farsi: str, sources_fa: Sequence[str] = ()) -> list[str]:
    """Figures that one language has and the other has not; places, denials and clauses that only the Farsi has."""
    if says_more_in_farsi(farsi, english=english, sources=sources_fa):
        return ["the Farsi says what neither the English nor the sources say"]
    one, other = (read_text(text).number_groups for text in (english, farsi))
    figures = [{max(g) for g in groups} for groups in (one, other)]
    parts = [set().union(*groups) for groups in (one, other)]
    if figures[0] - parts[1] or figures[1] - parts[0]:
        return ["the figures in Farsi and English differ"]
    return [f"Farsi against English: {fault}" for fault in faults_across(farsi, [english])]


def _with_title_of_a_source(
    reply: SummaryReply, claims: Sequence[JudgedClaim], sources: Sources
) -> SummaryReply:
    """The reply as it is, or with the title of the first record that a good sentence cites, where its own is not borne out."""
    cited = [i for claim in claims if claim.verdict.ok for i in claim.ids]
    if not cited or not _title_faults(reply, sources):
        return reply
    record = next(r for r in sources.records if r["id"] == cited[0])
    return reply.model_copy(update={"title_en": record["title_en"], "title_fa": record["title_fa"]})


def _title_faults(reply: SummaryReply, sources: Sources) -> list[str]:
    """A title may use the records' words only, or others for the same: to put a record's in its place costs little."""
    ids = tuple(sources.record_ids)
    return list(
        dict.fromkeys(
            [
                *check_facts(reply.title_en, sources.evidence(ids)),
                *strange_words(reply.title_en, sources.evidence(ids)),
                *unsupported(reply.title_en, sources.evidence(ids)),
                *farsi_faults(reply.title_fa, is_statement=False),
                *translation_faults(reply.title_en, reply.title_fa, sources.evidence_fa(ids)),
                *form_faults(reply.title_en, language="en", most=MAX_SENTENCE),
                *form_faults(reply.title_fa, language="fa", most=MAX_SENTENCE),
            ]
        )
    )


def _proposition_faults(reply: SummaryReply, sources: Sources) -> list[str]:
    ids = tuple(sources.record_ids)
    faults = [
        *check_facts(reply.proposition_en, sources.evidence(ids)),
        *unsupported(reply.proposition_en, sources.evidence(ids)),
        *farsi_faults(reply.proposition_fa),
    ]
    if wants_strangely(reply.proposition_en, sources.wishes(ids)):
        faults.append("wants what no record wants")
    if reply.proposition_en.strip().endswith("?"):
        faults.append("a question, not a statement")
    return [
        *faults,
        *translation_faults(reply.proposition_en, reply.proposition_fa, sources.evidence_fa(ids)),
        *form_faults(reply.proposition_en, language="en", most=MAX_SENTENCE),
        *form_faults(reply.proposition_fa, language="fa", most=MAX_SENTENCE),
    ]


def _good_options(options: Sequence[SummaryOption], sources: Sources) -> tuple[SummaryOption, ...]:
    """Options that hold on what they cite of the cluster's own topic, citing no other; fewer than two are none."""
    narrowed = (
        option.model_copy(update={"record_ids": sources.on_topic(option.record_ids)})
        for option in options
        if set(option.record_ids) <= set(sources.record_ids)
    )
    good = tuple(
        option
        for option in narrowed
        if option.record_ids
        and not check_facts(option.label_en, sources.evidence(option.record_ids))
        and not unsupported(option.label_en, sources.evidence(option.record_ids))
        and not wants_strangely(option.label_en, sources.wishes(option.record_ids))
        and not farsi_faults(persian_digits(option.label_fa))
        and not translation_faults(option.label_en, option.label_fa, sources.evidence_fa(option.record_ids))
        and not form_faults(option.label_en, language="en", most=MAX_SENTENCE)
        and not form_faults(option.label_fa, language="fa", most=MAX_SENTENCE)
    )
    return good[:MAX_OPTIONS] if len(good) >= MIN_OPTIONS else ()


def _missing_minorities(
    claims: Sequence[JudgedClaim], options: Sequence[SummaryOption], sources: Sources, minority_share: float
) -> list[JudgedClaim]:
    """A sentence of the most frequent record for each position held by many and mentioned nowhere."""
    position_of = {r["id"]: r["position"] for r in sources.records}
    heard = {position_of.get(i) for c in claims if c.verdict.ok for i in c.ids}
    heard |= {position_of.get(i) for option in options for i in option.record_ids}
    added = []
    for side in SIDES:
        if side in heard or sources.share_of.get(side, 0.0) < minority_share:
            continue
        record = next((r for r in sources.records if r["position"] == side), None)
        if record is not None:
            text_en, text_fa = sentence_of(record)
            verdict = check_claim(text_en, sources.evidence((record["id"],)))
            added.append(JudgedClaim(text_en, persian_digits(text_fa), (record["id"],), verdict))
    return added
