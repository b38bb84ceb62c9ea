"""Settling batches: doubtful intents are looked for and adopted, twins are cancelled, finished batches are
handed to `results.py`.

A batch object carries no custom ids, so who it belongs to is certain only when it has ended. The workspace (and key)
must be this pipeline's own: a batch of the right size and time that nobody here knows is taken for ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tasks.llm.faults import ProviderFault
from tasks.llm.intents import (
    Intent,
    add_handle,
    intents_in,
    known_batches,
    lent_sizes,
    nonce_of,
    unfiled_twins,
)
from tasks.llm.matching import SKEW, match_batches
from tasks.llm.results import Desk, Settled, fetch_and_file, give_up, id_in

_GONE = "it is asked again two days after it was sent, or at once with `cw collect --give-up`"
LATE = timedelta(hours=24)  # how long a void intent's batch may still turn up


def settle_batches(desk: Desk) -> Settled:
    """One pass over all that is open: look for the doubtful, poll, fetch, file, delete. Busy providers are troubles."""
    found = Settled()
    for step in (_look_for_doubtful, _file_finished, _file_twins, _delete_filed):
        try:
            step(desk, found)
        except ProviderFault as fault:
            if fault.kind in ("shut", "definite"):
                raise
            found.troubles.append(f"anthropic: {fault.detail}")
    return found


def _look_for_doubtful(desk: Desk, found: Settled) -> None:
    now = desk.outside.now()
    gone = [i for i in intents_in(desk.store, "submitting", "doubtful", "void") if i.mode == "batch"]
    lost = [i for i in gone if i.state != "void"]
    void = [i for i in gone if i.state == "void" and i.created_at >= now - LATE]
    if not lost and not void:
        return
    known = known_batches(desk.store)
    since = min(i.created_at for i in [*lost, *void]) - SKEW
    strangers = [b for b in desk.client.list_batches(since=since) if b["id"] not in known]
    nonces = {b["id"]: _nonce(desk, b) for b in strangers if b["processing_status"] == "ended"}
    matching = match_batches(
        strangers,
        nonces,
        lost=lost,
        void=void,
        settled=[i for i in intents_in(desk.store, "handed", "filed", since=since) if i.mode == "batch"],
        lent_sizes=lent_sizes(desk.store),
    )
    for intent, batch in matching.adopted:
        add_handle(desk.store, intent, batch["id"], how="adopted", run=desk.run, at=desk.outside.now())
        found.adopted += intent.request_count
    for intent, batch in matching.twins:
        _mark_twin(desk, intent, batch, found)
    for intent in matching.missing:
        if (now - intent.created_at).total_seconds() >= desk.grace_s:
            desk.settle(intent, "void", detail="not in the workspace's list")
            found.void += intent.request_count


def _mark_twin(desk: Desk, intent: Intent, batch: Mapping[str, Any], found: Settled) -> None:
    add_handle(desk.store, intent, batch["id"], how="twin", run=desk.run, at=desk.outside.now())
    found.twins += 1
    if batch["processing_status"] == "in_progress":
        desk.client.cancel_batch(batch["id"])
        desk.settle(intent, "twin_canceled", batch_id=batch["id"])


def _nonce(desk: Desk, batch: Mapping[str, Any]) -> str:
    """The nonce in an ended batch's first result; empty when it has none of ours.

    Results that end before their first line tell nothing: the batch must not be taken for a stranger's.
    """
    path = desk.spool / f"{batch['id']}.peek"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        desk.client.save_results(batch["id"], path)
        with path.open("rb") as lines:
            first = id_in(next(lines, b""))
        if first is None:
            raise ProviderFault("doubtful", f"results of {batch['id']} are cut before their first line")
        return nonce_of(first)
    except ProviderFault as fault:
        if fault.kind == "definite":
            return ""  # archived or deleted results: not a batch we can take
        raise
    finally:
        path.unlink(missing_ok=True)


def _file_finished(desk: Desk, found: Settled) -> None:
    """File what has ended. What the provider says it does not have is given up after `desk.patience`.

    Raises:
        ProviderFault: it has none of the open batches, so the key may be another workspace's, where they are not gone.
    """
    gone: list[tuple[Intent, str]] = []
    is_ours = False
    for intent in intents_in(desk.store, "handed"):
        if intent.batch_id is None:
            continue
        batch = _batch_or_none(desk, intent.batch_id)
        if batch is None:
            gone.append((intent, intent.batch_id))
            continue
        is_ours = True
        if batch["processing_status"] != "ended":
            found.waiting += intent.request_count
        else:
            fetch_and_file(desk, intent, intent.batch_id, found)
    for intent, batch_id in gone:
        if desk.outside.now() - intent.created_at > desk.patience:
            give_up(desk, intent, batch_id, found)
        elif is_ours:
            found.waiting += intent.request_count
            found.troubles.append(f"{batch_id} is gone at the provider: {_GONE}")
        else:
            raise ProviderFault("definite", f"it has no {batch_id}; if it is gone for good, {_GONE}")


def _file_twins(desk: Desk, found: Settled) -> None:
    """What a twin was charged before it was cancelled belongs in the ledger too."""
    for intent, batch_id in unfiled_twins(desk.store):
        batch = _batch_or_none(desk, batch_id)
        if batch is None and desk.outside.now() - intent.created_at > desk.patience:
            detail = "gone at the provider: what it was charged is not known"
            desk.settle(intent, "twin_filed", batch_id=batch_id, detail=detail)
            found.troubles.append(f"the twin {batch_id} is {detail}")
        elif batch is None:
            found.troubles.append(f"the twin {batch_id} is not seen at the provider")
        elif batch["processing_status"] == "ended":
            fetch_and_file(desk, intent, batch_id, found, is_twin=True)


def _batch_or_none(desk: Desk, batch_id: str) -> Mapping[str, Any] | None:
    """A batch as the provider has it; None when it says that it has none of that id."""
    try:
        return desk.client.batch(batch_id)
    except ProviderFault as fault:
        if fault.kind != "definite":
            raise
        return None


def _delete_filed(desk: Desk, found: Settled) -> None:
    """Once filed, prompts and answers need not lie at the vendor for 29 days."""
    if not desk.delete:
        return
    for intent_id, batch_id in desk.store.step("llm_undeleted").rows():
        try:
            desk.client.delete_batch(batch_id)
            detail = "deleted"
        except ProviderFault as fault:
            if fault.kind != "definite":
                raise
            detail = fault.detail  # gone already
        desk.settle(intent_id, "deleted", batch_id=batch_id, detail=detail)
        found.deleted += 1
