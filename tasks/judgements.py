"""Judgements that are remembered. Reading a sentence for names or for support takes all word lists, two seconds of a night,
and a night without news meets the sentences of the night before.

A judgement is known by a digest of what is judged and of what judges it: the code with its templates, rules and word
lists, and whatever else the caller names. When any of these changes, the digest is another and it is judged anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from tasks.store import json_list
from tasks.version import code_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tasks.run import Run
    from tasks.store import Store


def digest_of(*judged: Any) -> str:
    """The digest of JSON-able values and of the code that judges them, hex."""
    return hashlib.sha256(orjson.dumps([code_digest(), *judged], option=orjson.OPT_SORT_KEYS)).hexdigest()


def remembered(store: Store, kind: str, digests: Iterable[str]) -> dict[str, Any]:
    """digest → verdict, for those that were judged before."""
    rows = store.rows(
        "select digest, verdict from core.judgement"
        " where kind = $kind and digest in (select unnest(from_json($digests, '[\"VARCHAR\"]')))",
        {"kind": kind, "digests": json_list(digests)},
    )
    return {digest: json.loads(verdict) for digest, verdict in rows}


def remember(store: Store, kind: str, judged: Mapping[str, tuple[str, Any]], *, run: Run) -> None:
    """File digest → (subject id, verdict); joins the caller's transaction."""
    rows = [
        {
            "kind": kind,
            "digest": digest,
            "subject_id": subject_id,
            "verdict": json.dumps(verdict, ensure_ascii=False),
            "run_id": run.run_id,
            "created_at": run.now,
        }
        for digest, (subject_id, verdict) in judged.items()
    ]
    store.append("core.judgement", pl.DataFrame(rows))
