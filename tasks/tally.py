"""The tally step: counts, outcomes and opinion groups of every cycle, filed when they changed.

`tally` is the pure count, written in tasks/votes/final.py with every rule of counting; the rules of deciding are in
tasks/votes/outcome.py, those of groups in tasks/votes/opinion_groups.py, of what was asked in tasks/votes/question.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.judgements import digest_of, remember, remembered
from tasks.rules import GroupRules, load_rules
from tasks.run import Degradation, Run, StepReport
from tasks.votes.final import TARGET, VOTE_COLUMNS, last_votes, tally, votes_inside
from tasks.votes.opinion_groups import find_groups, group_consensus
from tasks.votes.outcome import decide_outcomes
from tasks.votes.question import QUESTION_COLUMNS, read_question

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

__all__ = ["tally", "tally_votes"]

GROUP_KEY = ["cycle_id", "group_no", "target_id"]
# What a row says when nobody's vote counts any more: facts are only appended, and the views of what is current leave it out.
NOBODY: dict[str, Any] = (
    dict.fromkeys(
        ("people_count", "turnout_count", "group_count", "agree_count", "disagree_count", "pass_count"), 0
    )
    | dict.fromkeys(("share", "low", "high", "silhouette"), 0.0)
    | dict.fromkeys(("is_winner", "has_quorum", "is_contested"), False)
    | dict.fromkeys(
        (
            "winner",
            "runner_up",
            "margin",
            "margin_low",
            "margin_high",
            "least_group_agreement",
            "group_consensus",
        )
    )
)


def tally_votes(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Count every cycle's votes; append the cycles in which a count, outcome or cluster changed, emptied ones too, and changed questions.

    in = vote events; out = votes that count; rejected = cast outside their cycle; skipped = replaced or taken
    back by a later vote or ballot of the same person; pending = their cycle's dates are not known yet.
    """
    rules = load_rules(settings)
    events = store.step("tally_votes")
    cycles = store.step("tally_cycles")
    known = events.filter("is_known_cycle")
    inside = votes_inside(known, cycles)
    standing = inside.filter(~pl.col("is_taken_back")).select(VOTE_COLUMNS)
    final = last_votes(standing)
    counts = tally(standing)
    groups, missing = _groups_by_cycle(final, rules.groups)
    unknown = store.step("tally_unknown_options", {"now": run.now})["vote_count"][0]
    strange = Degradation(
        "vote_for_unknown_option", unknown, final.height, "see raw.option for each target's"
    )
    outcomes = _with_groups(decide_outcomes(counts, rules=rules), groups)
    counts, outcomes = _place(store, counts, outcomes, cycles=cycles, run=run)
    asked = {digest_of(row): row for row in store.step("tally_questions").iter_rows(named=True)}
    read_before = remembered(store, "question", asked)
    read = {digest: read_question(row) for digest, row in asked.items() if digest not in read_before}
    questions = [*read_before.values(), *read.values()]
    found = {
        "core.tally": counts,
        "core.outcome": outcomes,
        "core.opinion_group": groups,
        "core.target_question": pl.DataFrame(questions, schema=QUESTION_COLUMNS),
    }
    with store.transaction():
        written = _append_changed(store, found, run)
        remember(store, "question", {d: (q["target_id"], q) for d, q in read.items()}, run=run)
    return StepReport(
        step="tally",
        in_count=events.height,
        out_count=final.height,
        rejected_count=known.height - inside.height,
        skipped_count=inside.height - final.height,
        pending_count=events.height - known.height,
        degradations=missing + ((strange,) if unknown else ()),
        details={
            "written_count": written,
            "naive_surplus": inside.height - final.height,
            "rules_version": rules.version,
        },
    )


def _groups_by_cycle(final: pl.DataFrame, rules: GroupRules) -> tuple[pl.DataFrame, tuple[Degradation, ...]]:
    """Opinion groups of each cycle, and what was missing to find them."""
    found = []
    for (cycle_id,), votes in sorted(final.group_by("cycle_id"), key=lambda pair: str(pair[0])):
        try:
            grouping = find_groups(votes, rules)
        except ModuleNotFoundError as error:
            note = f"no {error.name}: pip install 'collective-will[cluster]'"
            return _no_groups(), (Degradation("opinion_groups_not_looked_for", 1, 1, note),)
        if grouping:
            found.append(
                grouping.counts.with_columns(
                    cycle_id=pl.lit(cycle_id), silhouette=pl.lit(round(grouping.silhouette, 6))
                )
            )
    return (pl.concat(found) if found else _no_groups()), ()


def _no_groups() -> pl.DataFrame:
    counts = ("people_count", "agree_count", "disagree_count", "pass_count")
    kinds = {"cycle_id": pl.String, "group_no": pl.Int32, "target_id": pl.String, "silhouette": pl.Float64}
    return pl.DataFrame(schema=kinds | dict.fromkeys(counts, pl.Int64))


def _with_groups(outcomes: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Add group_count, least_group_agreement and group_consensus."""
    parts = [
        group_consensus(part).with_columns(cycle_id=pl.lit(cycle_id))
        for (cycle_id,), part in groups.group_by("cycle_id")
    ]
    if not parts:
        return outcomes.with_columns(
            group_count=pl.lit(0, pl.Int64),
            least_group_agreement=pl.lit(None, pl.Float64),
            group_consensus=pl.lit(None, pl.Float64),
        )
    return outcomes.join(pl.concat(parts), on=TARGET, how="left").with_columns(
        pl.col("group_count").fill_null(0)
    )


def _place(
    store: Store, counts: pl.DataFrame, outcomes: pl.DataFrame, *, cycles: pl.DataFrame, run: Run
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add today's cluster of each target, whether the cycle is over, and who won."""
    targets = store.frame("select target_id, cluster_id from core.target_cluster")
    over = cycles.select("cycle_id", is_final=pl.col("ends_at") <= run.now)
    outcomes = outcomes.join(targets, on="target_id", how="left").join(over, on="cycle_id", how="left")
    decided = pl.col("is_final") & pl.col("has_quorum") & (pl.col("choice") == pl.col("winner"))
    counts = (
        counts.join(
            outcomes.select(*TARGET, "cluster_id", "winner", "is_final", "has_quorum"), on=TARGET, how="left"
        )
        .with_columns(is_winner=decided.fill_null(False))
        .drop("winner", "is_final", "has_quorum")
    )
    return counts, outcomes


def _append_changed(store: Store, tables: dict[str, pl.DataFrame], run: Run) -> int:
    """Append, cycle by cycle (of questions: target by target), what differs from the latest rows filed."""
    views = {
        "core.tally": ("core.current_tally", ["cycle_id"], [*TARGET, "choice"]),
        "core.outcome": ("core.current_outcome", ["cycle_id"], TARGET),
        "core.opinion_group": ("core.current_opinion_group", ["cycle_id"], GROUP_KEY),
        "core.target_question": ("core.current_question", ["target_id"], ["target_id"]),
    }
    written = 0
    with store.transaction():
        for table, fresh in tables.items():
            view, unit, key = views[table]
            filed = store.frame(f"select * from {view}")  # noqa: S608 - fixed names
            changed = changed_units(fresh, filed, unit=unit, key=key)
            stamped = changed.with_columns(run_id=pl.lit(run.run_id), created_at=pl.lit(run.now))
            written += store.append(table, stamped.sort(key))
    return written


def changed_units(
    fresh: pl.DataFrame, filed: pl.DataFrame, *, unit: list[str], key: list[str]
) -> pl.DataFrame:
    """The rows of `fresh` of those units (cycles) whose rows are not exactly the filed ones; of a unit that has none any
    more, what is filed, with nobody in it."""
    columns = sorted(fresh.columns)
    filed = filed.select(pl.col(c).cast(fresh.schema[c]) for c in columns)
    fresh = fresh.select(columns)
    new_or_other = fresh.join(filed, on=columns, how="anti", nulls_equal=True)
    gone = filed.join(fresh, on=key, how="anti")
    units = pl.concat([new_or_other.select(unit), gone.select(unit)]).unique()
    emptied = gone.join(fresh, on=unit, how="anti").with_columns(
        pl.lit(value, fresh.schema[name]).alias(name) for name, value in NOBODY.items() if name in columns
    )
    return pl.concat([fresh.join(units, on=unit, how="semi"), emptied])
