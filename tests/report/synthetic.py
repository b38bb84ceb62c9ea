"""Published tables of any size, made up: every column of `sql/publish` that the report reads, in its type.

One cluster in ten is withheld; `NASTY` titles try to get out of their place. The seed fixes every value.
"""

import json
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import polars as pl

from tasks.taxonomy import topics

NASTY = (
    "<script>window.stolen = 1</script>",
    "</script><img src=x onerror=window.stolen=1>",
    "\"'><b>quote</b> & {{ 7 * 7 }}",
    "\u202eturned round\u2066 and open",
    "a very long title without any space " + "x" * 300,
)
SECRET = "withheld-words-of-a-small-topic"
LAST = date(2026, 11, 20)
Row = dict[str, Any]


def published(
    records: int, clusters: int, *, plans: int = 12, nights: int = 20, nasty: bool = False, withheld_words: bool = False
) -> dict[str, pl.DataFrame]:
    """The tables by name. `withheld_words` puts SECRET into rows that are marked as withheld, which publishing never does."""
    rng = random.Random(7)
    names = [topic.id for topic in topics()]
    said: list[Row] = []
    members: list[Row] = []
    cluster_rows: list[Row] = []
    owners = [min(clusters, int(rng.expovariate(1) * clusters / 3)) for _ in range(records)]
    sizes = Counter(owners)
    small = SECRET if withheld_words else None
    for n in range(clusters):
        hidden = n % 10 == 9
        title = NASTY[n % len(NASTY)] if nasty else f"Power cuts and what should be done about them, number {n}"
        words = {"title_en": title, "title_fa": title if nasty else f"قطع برق و کاری که باید برایش کرد، شماره‌ی {n}".translate(FARSI)}
        words |= {"proposition_en": f"The cuts in town {n} should be announced a day before.", "proposition_fa": "قطع برق باید از روز پیش اعلام شود."}
        cluster_rows.append(
            {"cluster_id": f"{n:024x}", "policy_key": f"power-{n}", "theme_id": f"{n % 19:08x}", "topic": names[n % len(names)]}
            | {"born_on": LAST - timedelta(days=n % nights), "stability": 0.5 + n % 50 / 100, "is_provisional": n % 7 == 0}
            | {"record_count": sizes[n], "message_count": sizes[n], "wording_count": sizes[n] // (1 + n % 3)}
            | {"people_count": 2 if hidden else max(3, sizes[n] - 1), "is_suppressed": hidden, "writers_for_count": None if hidden else sizes[n], "summary_id": None if hidden else f"s{n}"}
            | (dict.fromkeys(words, small) if hidden else words)
        )
    for i, n in enumerate(owners):
        alone = n >= clusters
        hidden = alone or n % 10 == 9
        said.append(
            {"record_id": f"{i * 7919 % 2**40:032x}", "said_on": LAST - timedelta(days=rng.randrange(nights)), "position": rng.choice(["support", "support", "oppose", "unclear"])}
            | {"title_fa": small if hidden else "قطع برق در محله‌ی ما", "proposition_fa": small if hidden else "برنامه‌ی قطع برق باید اعلام شود."}
            | {"summary_en": small if hidden else f"The writer says that the power goes off without notice in quarter {i} of the town.", "is_suppressed": hidden}
        )
        angle = n * 2.4
        spot = {"x": (n % 17) + rng.gauss(0, 0.4) + angle % 1, "y": (n // 17) + rng.gauss(0, 0.4)}
        members.append(
            {"record_id": said[-1]["record_id"], "cluster_id": None if alone else f"{n:024x}", "outlier_reason": "far" if alone else None, "position": None if hidden else "support"}
            | (dict.fromkeys(spot) if hidden else spot)
        )
    ids: dict[int, list[str]] = {}
    for record, n in zip(said, owners, strict=True):
        ids.setdefault(n, []).append(record["record_id"])
    shown = [n for n in range(clusters) if n % 10 != 9]
    return {
        "cluster": pl.DataFrame(cluster_rows, infer_schema_length=None),
        "canonical": pl.DataFrame(said, infer_schema_length=None),
        "membership": pl.DataFrame(members, infer_schema_length=None),
        "summary": pl.DataFrame([_summary(n, cluster_rows[n]) for n in shown]),
        "claim": pl.DataFrame([_claim(n, k, ids.get(n, [])) for n in shown for k in range(4)]),
        "lineage": pl.DataFrame([_event(n, night) for n in range(clusters) for night in range(nights)]),
        "tally": pl.DataFrame([row for n in shown[:20] for row in _choices(n)]),
        "outcome": pl.DataFrame([_outcome(n) for n in shown[:20]]),
        "action_plan": pl.DataFrame([_plan(n, k, ids.get(n, [])) for n in shown[:plans] for k in range(3)]),
        "rejected": pl.DataFrame(REJECTED, orient="row", schema={"state": pl.String, "table_name": pl.String, "reason": pl.String, "line_no": pl.Int64}),
        "run": pl.DataFrame([_run(k) for k in range(nights)]),
        "llm_call": pl.DataFrame([_call(k) for k in range(40)]),
    }


REJECTED = [
    ("rejected", "submission", "advert", None),
    ("refused", "submission", "bad_json", 7),
    ("refused", "submission", "bad_json", 9),
    ("refused", "vote", "too_many_bad_rows", None),
    ("quarantined", "submission", "canonicalize: no usable answer", None),
    ("erased", "submission", "on request", None),
]

FARSI = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def manifest(tables: dict[str, pl.DataFrame], **changed: Any) -> Row:
    """The manifest that goes with the tables."""
    n = tables["canonical"].height
    settings = {"budget_run_usd": 2.0, "budget_month_usd": 20.0, "profile": "offline"}
    return {
        "run_id": "run-00",
        "run_on": LAST.isoformat(),
        "parents": ["run-01"],
        "states": {"processed": n, "rejected": 40, "pending": 3, "quarantined": 2, "erased": 1},
        "settings": settings,
        "spend_usd": {"canonicalize": 0.42, "summarise": 0.1},
        "spent_month_usd": 3.2,
        "degradations": [{"step": "canonicalize", "kind": "submission_unanswered", "count": 2, "of": n, "note": ""}],
        "models": ["some-model-4"],
        "code_version": "0.1",
        "libraries": {"polars": "2"},
        "prompts": {},
    } | changed


def _summary(n: int, cluster: Row) -> Row:
    options = [{"position": k, "label_en": f"Way {k}", "label_fa": "یک راه", "record_ids": []} for k in (1, 2)]
    words = {k: cluster[k] for k in ("title_en", "title_fa", "proposition_en", "proposition_fa")}
    return {"summary_id": f"s{n}", "cluster_id": f"{n:024x}", "is_current": True, "status": "ok", "options": json.dumps(options)} | words


def _claim(n: int, k: int, ids: list[str]) -> Row:
    text = f"Sentence {k}: people in town {n} want to know beforehand when the power goes."
    return {"summary_id": f"s{n}", "ordinal": k, "text_en": text, "text_fa": "مردم می‌خواهند از پیش بدانند برق کی می‌رود.", "record_ids": ids[k * 9 : k * 9 + 14]}


def _event(n: int, night: int) -> Row:
    kind = ("born", "grown", "grown", "split", "merged", "died")[(n + night) % 6]
    here = f"{n:024x}"
    other = f"{max(0, n - 1):024x}"
    return {"run_on": LAST - timedelta(days=night), "kind": kind, "from_cluster_id": other if kind != "born" else None, "to_cluster_id": None if kind == "died" else here}


def _choices(n: int) -> list[Row]:
    key = {"cycle_id": "c0ffee00-1", "target_id": f"t{n}", "cluster_id": f"{n:024x}", "turnout_count": 90, "label_en": None, "label_fa": None}
    parts = {"agree": 60, "disagree": 20, "pass": 10}
    return [key | {"choice": c, "people_count": p, "share": p / 90, "low": p / 90 * 0.9, "high": min(1.0, p / 90 * 1.1), "is_winner": c == "agree"} for c, p in parts.items()]


def _outcome(n: int) -> Row:
    margin = {"margin": 40 / 90, "margin_low": 0.3, "margin_high": 0.6, "has_quorum": True, "is_contested": n % 3 == 0}
    return {"cycle_id": "c0ffee00-1", "target_id": f"t{n}", "ended_on": LAST, "group_count": 2, "least_group_agreement": 0.4} | margin


def _plan(n: int, k: int, ids: list[str]) -> Row:
    body = "به مسئولان محترم\n" + "مردم این شهر می‌خواهند برنامه‌ی قطع برق از روز پیش اعلام شود. " * 12
    return {
        "plan_id": f"plan-{n}-{k}", "run_id": "run-00", "cluster_id": f"{n:024x}", "rank": k, "template_id": "petition", "action_type": "petition",
        "target": "the members of parliament", "subject_en": "Announce the cuts", "subject_fa": "اعلام برنامه‌ی قطع برق", "body_en": "To the members: " + "please announce the cuts. " * 30,
        "body_fa": body, "rationale_en": "Won the vote.", "evidence": ["a", "b"], "claims": [{"text_en": "People want notice.", "record_ids": ids[:4]}],
        "supporters_count": 60 - n, "safe_for_inside_iran": False, "requires_real_identity": True, "required_personalisations": ["your_reason"],
        "safety_flags": ["contested"], "review_status": "approved" if k == 1 else "pending", "is_current": True,
    }  # fmt: skip


def _run(k: int) -> Row:
    counts = {"accepted_count": 200, "refused_count": 2, "refused_source_count": 1, "processed_count": 190, "rejected_count": 8, "quarantined_count": 0}
    return {"run_id": f"run-{k:02}", "kind": "nightly", "run_on": LAST - timedelta(days=k), "status": "done", "spent_usd": 0.5} | counts


def _call(k: int) -> Row:
    return {"task": "canonicalize", "provider": "someone", "asked_model": "some-model-4", "mode": "batch", "turn": "repair" if k % 9 == 0 else "first", "route_position": 0, "outcome": "ok", "latency_ms": 900.0 + k, "cost_usd": 0.01}
