"""What a count decides: winner, margin with interval, quorum, contested or not. Pure, over `tally`'s table.

A target's winner is the choice with strictly more people than any other, `pass` left out. Whether that is
enough says the reader: `has_quorum` (rule `quorum_people`), `is_final` (the cycle is over), `is_contested`.
"""

from __future__ import annotations

import polars as pl

from tasks.rules import Rules
from tasks.votes.final import PASS, TARGET, wilson

NO_CHOICE = pl.lit(None, pl.String)


def decide_outcomes(counts: pl.DataFrame, *, rules: Rules) -> pl.DataFrame:
    """One row per cycle and target of `counts` (the columns of `tasks.tally.tally`).

    Returns cycle_id, target_id, winner, runner_up, margin, margin_low, margin_high, turnout_count,
    has_quorum, is_contested. The margin is (first - second) / turnout; its interval is Wilson's for
    first / (first + second), carried over to the turnout,
    so that it holds at five votes as at five thousand.
    """
    sided = counts.filter(pl.col("choice") != PASS).sort(
        [*TARGET, "people_count", "choice"], descending=[False, False, True, False]
    )
    best = sided.group_by(TARGET, maintain_order=True).agg(
        leader=pl.col("choice").first(),
        second=pl.col("choice").slice(1, 1).first(),
        first_count=pl.col("people_count").first(),
        second_count=pl.col("people_count").slice(1, 1).first().fill_null(0),
        sided_count=pl.col("people_count").sum(),
    )
    every = counts.group_by(TARGET).agg(turnout_count=pl.col("turnout_count").first()).sort(TARGET)
    return _judge(every.join(best, on=TARGET, how="left").with_columns(
        pl.col("first_count", "second_count", "sided_count").fill_null(0)
    ), rules=rules)  # fmt: skip


def _judge(frame: pl.DataFrame, *, rules: Rules) -> pl.DataFrame:
    both, turnout = pl.col("first_count") + pl.col("second_count"), pl.col("turnout_count")
    low, high = wilson(pl.col("first_count"), both)
    taken = pl.col("sided_count") > 0
    against = (pl.col("sided_count") - pl.col("first_count")) / pl.col("sided_count")
    frame = frame.with_columns(
        margin=(pl.col("first_count") - pl.col("second_count")) / turnout,
        margin_low=pl.when(taken).then((2 * low - 1) * both / turnout).otherwise(0.0),
        margin_high=pl.when(taken).then((2 * high - 1) * both / turnout).otherwise(0.0),
        is_tie=pl.col("first_count") == pl.col("second_count"),
    )
    contested = (against >= rules.contested_share) | (pl.col("margin_low") <= 0)
    return frame.select(
        *TARGET,
        winner=pl.when(taken & ~pl.col("is_tie")).then("leader").otherwise(NO_CHOICE),
        runner_up="second",
        margin="margin",
        margin_low="margin_low",
        margin_high="margin_high",
        turnout_count="turnout_count",
        has_quorum=turnout >= rules.quorum_people,
        is_contested=taken & contested,
    )
