"""Mass posting, shown openly: same text by many accounts, bursts, one account's share. Counts, no verdicts.

Nothing is removed and nobody is accused: a chain letter, a school class and a campaign look alike from here. What
guards the counts is that people are counted, not messages (sql/views/62_support.sql).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.farsi import persian_digits
from tasks.rules import BrigadingRules, load_rules
from tasks.settings import Settings

if TYPE_CHECKING:
    from tasks.store import Store

FLAGS = ("same_text", "burst", "one_account")


def brigading(store: Store, settings: Settings | None = None) -> pl.DataFrame:
    """One row per living cluster, most messages per person first.

    Columns: cluster_id, policy_key, message_count, wording_count, people_count, same_text_accounts (accounts behind
    the most shared wording), busiest_account_messages, busiest_account_share, burst_count (most messages within the
    rule's minutes), burst_on (day), flags (of `FLAGS`), counts_en, counts_fa («412 messages, 37 wordings, 9 people»).
    """
    rules = load_rules(settings or Settings()).brigading
    found = store.step("brigading", {"burst_minutes": rules.burst_minutes})
    return _flagged(found, rules)


def _flagged(found: pl.DataFrame, rules: BrigadingRules) -> pl.DataFrame:
    share = pl.col("busiest_account_messages") / pl.col("message_count")
    enough = pl.col("message_count") >= rules.min_messages
    signs = {
        "same_text": pl.col("same_text_accounts") >= rules.same_text_accounts,
        "burst": pl.col("burst_count") >= rules.burst_messages,
        "one_account": (share >= rules.account_share) & (pl.col("busiest_account_messages") > 1),
    }
    flags = [pl.when(enough & sign).then(pl.lit(name)) for name, sign in signs.items()]
    counts = pl.struct("message_count", "wording_count", "people_count")
    return (
        found.with_columns(
            busiest_account_share=share,
            burst_on=pl.col("burst_at").dt.date(),
            flags=pl.concat_list(flags).list.drop_nulls(),
            counts_en=counts.map_elements(_counts_en, return_dtype=pl.String),
            counts_fa=counts.map_elements(_counts_fa, return_dtype=pl.String),
        )
        .drop("burst_at")
        .sort(pl.col("message_count") / pl.col("people_count"), "cluster_id", descending=[True, False])
    )


def _counts_en(row: dict[str, int]) -> str:
    names = (("message_count", "message"), ("wording_count", "wording"))
    parts = [f"{row[key]:,} {name}{'' if row[key] == 1 else 's'}" for key, name in names]
    people = row["people_count"]
    return ", ".join([*parts, f"{people:,} {'person' if people == 1 else 'people'}"])


def _counts_fa(row: dict[str, int]) -> str:
    return persian_digits(
        f"{row['message_count']} پیام، {row['wording_count']} متن، {row['people_count']} نفر"
    )
