"""Votes counted right, as pure functions over frames: `tally` and its parts.

The rules, all of them:

* One person, one vote per cycle and target: the last one, by `cast_at`, that lies inside the cycle
  (`started_at <= cast_at <= ends_at`). A later vote outside the cycle changes nothing.
* Equal `cast_at`: the choice that is last in text order counts, so pass before disagree before agree: a doubt
  never adds support. The result does not depend on the order of rows.
* Choices are text (agree, disagree, pass, or an option id), never signed numbers; `pass` is turnout only.
* `share` is of the turnout (all who chose anything, pass included), so the shares of a target add up to 1.
* Of the platform's ballots the last one is the voter's whole word on the cycle: what it leaves out is taken back, an
  empty one takes back everything. That is settled before this count, in the view `core.vote_event`.
* A vote belongs to the target it was cast on, for ever. Which of our clusters that is today, after merges and
  splits, says the view `core.target_cluster`.

Who won says tasks/votes/outcome.py; opinion groups lie in tasks/votes/opinion_groups.py; the step is tasks/tally.py;
the same rule in SQL is the view `core.final_vote`, and a test holds the two equal.
"""

from __future__ import annotations

from statistics import NormalDist

import polars as pl

from tasks.errors import BadInput

Z95 = NormalDist().inv_cdf(0.975)
PASS = "pass"  # noqa: S105 - a ballot choice
VOTE_COLUMNS = ("voter_key", "cycle_id", "target_id", "choice", "cast_at")
CYCLE_COLUMNS = ("cycle_id", "started_at", "ends_at")
TARGET = ["cycle_id", "target_id"]


def tally(votes: pl.DataFrame, cycles: pl.DataFrame | None = None) -> pl.DataFrame:
    """People per cycle, target and choice, each person once, with the share's 95 % Wilson interval.

    `votes` has one row per vote event, re-votes included: voter_key, cycle_id, target_id, choice,
    cast_at. `cycles` (cycle_id, started_at, ends_at) limits the events to those inside their cycle; votes
    of a cycle it does not list are not counted; an empty start or end is open. Without it every event counts.
    Times are instants of one type: datetimes (naive ones are read as UTC), dates (their midnight), ISO texts or integers.

    Returns cycle_id, target_id, choice, people_count, share, low, high, turnout_count, sorted by the first
    three; choices that nobody holds have no row.

    Raises:
        BadInput: a column is missing, a key, choice or time is empty, a time is not one, or the times of votes and
            cycles cannot be compared.
    """
    votes = _usable(votes, VOTE_COLUMNS, "votes")
    if cycles is not None:
        votes = votes_inside(votes, cycles)
    final = last_votes(votes)
    counted = final.group_by([*TARGET, "choice"]).agg(people_count=pl.len().cast(pl.Int64))
    counted = counted.with_columns(turnout_count=pl.col("people_count").sum().over(TARGET))
    low, high = wilson(pl.col("people_count"), pl.col("turnout_count"))
    return counted.select(
        *TARGET,
        "choice",
        "people_count",
        share=pl.col("people_count") / pl.col("turnout_count"),
        low=low,
        high=high,
        turnout_count="turnout_count",
    ).sort(*TARGET, "choice")


def last_votes(votes: pl.DataFrame) -> pl.DataFrame:
    """One row per person, cycle and target: the vote that counts. Takes and gives `VOTE_COLUMNS`."""
    key = ["voter_key", *TARGET]
    events = votes.select(VOTE_COLUMNS).sort(*key, "cast_at", "choice")
    return events.unique(key, keep="last", maintain_order=True)


def wilson(count: pl.Expr, total: pl.Expr, z: float = Z95) -> tuple[pl.Expr, pl.Expr]:
    """The Wilson score interval of count/total, clipped to 0…1 (E. B. Wilson, JASA 22, 1927, 209–212)."""
    share = count / total
    centre = share + z * z / (2 * total)
    spread = z * (share * (1 - share) / total + z * z / (4 * total * total)).sqrt()
    scale = 1 + z * z / total
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # at 0 and at all, the bound is exact; floating point would leave 1e-17
    return (
        pl.when(count == 0).then(0.0).otherwise(low.clip(0, 1)),
        pl.when(count == total).then(1.0).otherwise(high.clip(0, 1)),
    )


def votes_inside(votes: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """The votes cast inside their cycle, both ends included; of two rows for a cycle the later one counts."""
    bounds = _usable(cycles, CYCLE_COLUMNS, "cycles").unique("cycle_id", keep="last", maintain_order=True)
    votes = _as_instants(votes, "cast_at")
    if not (votes.height and bounds.height):
        return votes.clear()
    kinds = {name: bounds.schema[name] for name in ("started_at", "ends_at")}
    other = [n for n, kind in kinds.items() if kind not in (pl.Null, votes.schema["cast_at"])]
    if other and not all(kind.is_numeric() for kind in (votes.schema["cast_at"], *(kinds[n] for n in other))):
        raise BadInput(f"cycles: {', '.join(other)} and the votes' cast_at are no times of one kind")
    try:
        bounds = bounds.with_columns(pl.col("cycle_id").cast(votes.schema["cycle_id"]))
    except pl.exceptions.PolarsError as error:
        raise BadInput("cycles: cycle_id and the votes' cycle_id are of two kinds") from error
    at = pl.col("cast_at")
    since, until = (
        pl.col(name).is_null() | beyond
        for name, beyond in (("started_at", at >= pl.col("started_at")), ("ends_at", at <= pl.col("ends_at")))
    )
    return votes.join(bounds, on="cycle_id", how="inner").filter(since & until).select(votes.columns)


def _as_instants(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Datetimes in UTC microseconds; integers as they are."""

    def instant(name: str) -> pl.Expr:
        kind = frame.schema[name]
        if kind == pl.String:
            return pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC")
        if kind == pl.Date:
            return pl.col(name).cast(pl.Datetime("us", "UTC"))
        if not isinstance(kind, pl.Datetime):
            return pl.col(name)
        timed = pl.col(name).dt.cast_time_unit("us")
        return timed.dt.convert_time_zone("UTC") if kind.time_zone else timed.dt.replace_time_zone("UTC")

    return frame.with_columns(instant(name) for name in columns)


def _has_empty(column: pl.Series, *, or_null: bool) -> bool:
    """Whether a value is an empty text or not a number, or null."""
    blank = (
        column.is_nan() if column.dtype.is_float() else column == "" if column.dtype == pl.String else None
    )
    return bool((or_null and column.null_count()) or (blank is not None and blank.any()))


def _usable(frame: pl.DataFrame, columns: tuple[str, ...], name: str) -> pl.DataFrame:
    """The columns wanted, keys and choices as plain text or numbers, times as instants."""
    if missing := [c for c in columns if c not in frame.columns]:
        raise BadInput(f"{name}: no column {', '.join(missing)}; it needs {', '.join(columns)}")
    may_be_open = ("started_at", "ends_at")
    if holes := [c for c in columns if _has_empty(frame[c], or_null=c not in may_be_open)]:
        raise BadInput(f"{name}: empty values in {', '.join(holes)}; leave such rows out (ingest files them)")
    times = [c for c in columns if c.endswith("_at")]
    worded = [c for c in columns if c not in times and frame.schema[c] in (pl.Null, pl.Categorical, pl.Enum)]
    frame = frame.with_columns(pl.col(c).cast(pl.String) for c in worded)
    try:
        return _as_instants(frame, *times)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{name}: a time in {', '.join(times)} is no ISO 8601 instant") from error
