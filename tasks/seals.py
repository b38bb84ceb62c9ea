"""Seals: digests of what each run wrote into the store, put into the evidence chain when it ends.

`cw verify` hashes the rows again, so that a value edited by hand is found, published or not: whatever runs that have
ended wrote into the tables of sql/steps/run_digests.sql, and what `cw collect` filed between them. Erasing a person changes rows that are sealed: the seals it
breaks are checked before and renewed after, in the same transaction, as an event of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tasks.errors import VerificationFailed
from tasks.evidence import append_event
from tasks.store import json_list

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.store import Store

Seal = Mapping[str, str]  # table → digest


def seals_of(store: Store, run_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The digests of what these runs wrote, as the store holds it now."""
    found: dict[str, dict[str, str]] = {}
    rows = store.step("run_digests", {"run_ids": json_list(run_ids)})
    for run_id, table, _, digest in rows.iter_rows():
        found.setdefault(run_id, {})[table] = digest
    return found


def booked_seals(store: Store) -> dict[str, dict[str, str]]:
    """The digests in the chain, the latest of each run."""
    return {
        run_id: json.loads(seal)
        for run_id, seal in store.rows(
            "select e.entity_id, e.payload->>'facts' from ops.event as e"
            " where e.event_type in ('run_ended', 'run_resealed', 'replies_collected') and (e.payload->>'facts') is not null order by e.seq"
        )
    }


def check_seals(store: Store, run_ids: Iterable[str] | None = None) -> int:
    """Hash what sealed runs wrote again, all of them or those named. Returns how many runs were checked.

    Raises:
        VerificationFailed: names the first table that is not what it was.
    """
    booked = booked_seals(store)
    wanted = booked.keys() if run_ids is None else booked.keys() & {r.lower() for r in run_ids}
    ids = [r for r in _writers(store) if r.lower() in wanted]
    held = seals_of(store, ids)
    for run_id in ids:
        seal, now = booked[run_id.lower()], held.get(run_id, {})
        for table in sorted(seal.keys() | now.keys()):
            if seal.get(table) != now.get(table):
                raise VerificationFailed(
                    f"table {table}: what run {run_id} wrote is not what it was when the run ended:"
                    " a row was altered, added or dropped"
                )
    return len(ids)


def _writers(store: Store) -> list[str]:
    """Every run, and every `cw collect`, which has an id and no row in ops.run."""
    return [
        r
        for (r,) in store.rows(
            "select run_id from ops.run union select run_id from llm.reply order by run_id"
        )
    ]


def seal_collected(store: Store, *, at: datetime) -> None:
    """Seal the replies that `cw collect` filed, this one or one that was killed before it came to that."""
    with store.transaction():
        runs, sealed = {r for (r,) in store.rows("select run_id from ops.run")}, booked_seals(store).keys()
        fresh = [r for r in _writers(store) if r not in runs and r.lower() not in sealed]
        for run_id, seal in sorted(seals_of(store, fresh).items()):
            append_event(store, "replies_collected", entity=("run", run_id), payload={"facts": seal}, at=at)


def renew_seals(store: Store, run_ids: Iterable[str], *, at: datetime) -> None:
    """Seal these runs anew, as far as they were sealed; joins the caller's transaction."""
    sealed = booked_seals(store).keys()
    for run_id, seal in sorted(seals_of(store, run_ids).items()):
        if run_id.lower() in sealed:
            append_event(store, "run_resealed", entity=("run", run_id), payload={"facts": seal}, at=at)
