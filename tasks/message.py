"""The outbox: confirmations, rejections with a reason, vote prompts, reminders and results, each told once.

Who is told what is decided in sql/steps/message_*.sql, what is said in data/messages/, what may be sent in
tasks/message_text.py. A message's id is a hash of what it is about, not of its words: a re-run, a back-fill
or a better summary sends nothing again. The pipeline sends nothing itself: the bot reads the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.llm import Ask, complete
from tasks.message_text import (
    Text,
    day_and_hour,
    left_until,
    load_messages,
    message_faults,
    rewording_faults,
    write_text,
)
from tasks.repairs import repair_once
from tasks.rules import Rules, load_rules
from tasks.run import Degradation, Run, StepReport
from tasks.schemas import MessageReply
from tasks.taxonomy import topics

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

Reasons = Mapping[tuple[str, str], tuple[str, str]]  # (reason, locale) → (sentence, engine)


def write_messages(store: Store, *, run: Run, settings: Settings, wait_s: float = 0.0) -> StepReport:
    """Append every message that is due and was not written before. in = due; out = written."""
    rules = load_rules(settings)
    answers = store.step("message_answers", {"min_people": settings.min_people}).to_dicts()
    given = {"now": run.now, "reminder_hours": rules.reminder_hours, "min_people": settings.min_people}
    votes = store.step("message_votes", given).to_dicts()
    reasons = _reasons(store, answers, run=run, settings=settings, rules=rules, wait_s=wait_s)
    ready = [
        row for row in answers if row["kind"] != "rejection" or (row["reason"], row["locale"]) in reasons
    ]
    texts = [(row, _answer_text(row, reasons, rules)) for row in ready]
    texts += [(row, _vote_text(row, run, rules)) for row in votes]
    rows = [_row(row, text, reasons, run) for row, text in texts]
    with store.transaction():
        store.append("out.message", pl.DataFrame(rows, infer_schema_length=None))
    # from the store: a run that was killed and resumed tells of what it wrote before, too
    fallbacks, wordless, written = store.rows(
        "select count(*) filter (is_fallback), count(*) filter (not is_fallback and template_id like '%.fallback'), count(*)"
        " from out.message where run_id = ?",
        [run.run_id],
    )[0]
    kinds: dict[str, int] = {}
    for row, _ in texts:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    lost = (
        Degradation("message_fallback", fallbacks, written, "the filled text failed a check"),
        Degradation(
            "message_without_words", wordless, written, "the platform gave none in the reader's language"
        ),
    )
    return StepReport(
        step="message",
        in_count=len(answers) + len(votes),
        out_count=len(rows),
        pending_count=len(answers) - len(ready),
        degradations=tuple(d for d in lost if d.count),
        details={"by_kind": dict(sorted(kinds.items())), "faults": _fault_counts(texts)},
    )


def _reasons(
    store: Store,
    answers: Sequence[Mapping[str, Any]],
    *,
    run: Run,
    settings: Settings,
    rules: Rules,
    wait_s: float,
) -> Reasons:
    """A sentence per reason and locale: the model's when it passes, else the template's. Never per person.

    A reason whose answer is still out is left out: its messages are written by the run that has it.
    """
    pairs = sorted({(row["reason"], row["locale"]) for row in answers if row["kind"] == "rejection"})
    asks = [
        Ask(
            f"{reason}-{locale}",
            {"locale": locale, "kind": "rejection_reason", "reason": reason, "say": _say(reason, locale)},
        )
        for reason, locale in pairs
    ]

    def faults(ask: Ask, value: Any) -> Sequence[str]:
        locale = ask.inputs["locale"]
        faults = message_faults(value.text, locale=locale, max_chars=rules.max_chars // 2)
        return [*faults, *rewording_faults(value.text, say=ask.inputs["say"], locale=locale)]

    check = repair_once(store, "message", faults, settings=settings)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    got = complete(store, "message", asks, run=run, settings=settings, check=check, wait_s=wait_s)
    for pair, ask, answer in zip(pairs, asks, got, strict=True):
        if answer.status == "pending":
            continue
        if isinstance(answer.value, MessageReply) and not faults(ask, answer.value):
            found[pair] = (answer.value.text, answer.engine)
        else:
            found[pair] = (_say(*pair), "template")
    return found


def _say(reason: str, locale: str) -> str:
    reasons = load_messages(locale)["rejection"]["reason"]
    return str(reasons.get(reason, reasons["not_civic"]))


def _answer_text(row: Mapping[str, Any], reasons: Reasons, rules: Rules) -> Text:
    locale = row["locale"]
    if row["kind"] == "rejection":
        values = {"reason": reasons[row["reason"], locale][0]}
        return write_text(
            "rejection", "text", values, locale=locale, max_chars=rules.max_chars, fallback_values={}
        )
    return _confirmation(row, locale, rules)


def _confirmation(row: Mapping[str, Any], locale: str, rules: Rules) -> Text:
    """How a message was noted: where many say the same, by what its writer wants; else by its topics alone.

    A wish that fails a check (a name in it, too many of them for one message) gives way to the titles.
    """
    records = row["records"]
    if not row["is_shown"]:
        names = {topic.id: topic.fa if locale == "fa" else topic.en for topic in topics()}
        tried = [("topic", [_quoted(names.get(t, t), locale) for t in row["topics"]])]
    else:
        variant = "text" if len(records) == 1 else "many"
        titles = [_quoted(r[f"title_{locale}"], locale) for r in records]
        tried = [(variant, [_wish(r, locale) for r in records]), (variant, titles)]
    texts = [
        write_text(
            "confirmation",
            variant,
            {"count": str(len(noted)), "noted": load_messages(locale)["words"]["joiner"].join(noted)},
            locale=locale,
            max_chars=rules.max_chars,
            fallback_values={},
        )
        for variant, noted in tried
    ]
    return next((text for text in texts if not text.is_fallback), texts[-1])


def _wish(record: Mapping[str, Any], locale: str) -> str:
    """What the writer wants or is against, as noted; the title where they take no side."""
    if record["position"] not in ("support", "oppose"):
        return _quoted(record[f"title_{locale}"], locale)
    wish = _quoted(record[f"proposition_{locale}"].strip().rstrip("."), locale)
    return wish if record["position"] == "support" else load_messages(locale)["words"]["no_to"] + wish


def _quoted(text: str, locale: str) -> str:
    words = load_messages(locale)["words"]
    return f"{words['quote_open']}{text}{words['quote_close']}"


def _vote_text(row: Mapping[str, Any], run: Run, rules: Rules) -> Text:
    locale = row["locale"]
    when = day_and_hour(row["ends_at"], locale=locale) | {
        "left": left_until(row["ends_at"], run.now, locale=locale)
    }
    if row[f"title_{locale}"] is None:  # the ballot's question is not written in this language
        return write_text(
            row["kind"], "fallback", when, locale=locale, max_chars=rules.max_chars, fallback_values=when
        )
    values = when | {name: row[f"{name}_{locale}"].strip().rstrip(".") for name in ("title", "proposition")}
    variant = "text"
    if row["kind"] == "result":
        variant = _result_variant(row, locale)
        choice = (
            load_messages(locale)["words"]["agree"] if row["winner"] == "agree" else row[f"winner_{locale}"]
        )
        values |= {
            "turnout": str(row["turnout_count"]),
            "count": str(row["winner_count"] or 0),
            "quorum": str(rules.quorum_people),
            "choice": choice or "",
        }
    return write_text(
        row["kind"], variant, values, locale=locale, max_chars=rules.max_chars, fallback_values=when
    )


def _result_variant(row: Mapping[str, Any], locale: str) -> str:
    if not row["has_quorum"]:
        return "no_quorum"
    if row["winner"] is None:
        return "tie"
    if row["winner"] == "disagree":
        return "lost"
    if row["winner"] == "agree":
        return "won"
    return "chosen" if row[f"winner_{locale}"] else "fallback"


def _row(row: Mapping[str, Any], text: Text, reasons: Reasons, run: Run) -> dict[str, Any]:
    engine = "template"
    if row["kind"] == "rejection" and not text.is_fallback:
        engine = reasons[row["reason"], row["locale"]][1]
    return {
        "message_id": row["message_id"],
        "kind": row["kind"],
        "person_key": row["person_key"],
        "submission_id": row.get("submission_id"),
        "cluster_id": row.get("cluster_id"),
        "cycle_id": row.get("cycle_id"),
        "summary_id": row.get("summary_id"),
        "locale": row["locale"],
        "text": text.text,
        "template_id": f"{row['locale']}.{text.template_id}",
        "template_version": text.version,
        "engine": engine,
        "is_fallback": text.is_fallback,
        "run_id": run.run_id,
        "created_at": run.now,
    }


def _fault_counts(texts: Sequence[tuple[Mapping[str, Any], Text]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, text in texts:
        for fault in text.faults:
            name = fault.split(":")[0]
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
