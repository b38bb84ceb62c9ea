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
    is_sent_anew,
    known_batches,
    lent_sizes,
    nonce_of,
    unfiled_twins,
)
from tasks.llm.lost import file_lost_members
from tasks.llm.matching import SKEW, match_batches
from tasks.llm.results import GIVE_UP, KEPT, Desk, Settled, fetch_and_file, id_in

LATE = timedelta(hours=24)  # how long a void intent's batch may still turn up


def settle_batches(desk: Desk) -> Settled:
    """One pass over all that is open: look for the doubtful, poll, fetch, file, delete. Busy providers are troubles."""
    found = Settled()
    for step in (_look_for_doubtful, _look_for_given_up, _file_finished, _file_twins, _delete_filed):
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
        settled=[
            i for i in intents_in(desk.store, "handed", "given_up", "filed", since=since) if i.mode == "batch"
        ],
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
    if _cancel(desk, batch):
        desk.settle(intent, "twin_canceled", batch_id=batch["id"])


def _cancel(desk: Desk, batch: Mapping[str, Any]) -> bool:
    """Whether a batch under way was cancelled: one that ends at this moment is not, and its answers are filed."""
    if batch["processing_status"] != "in_progress":
        return False
    try:
        desk.client.cancel_batch(batch["id"])
    except ProviderFault as fault:
        if fault.kind != "definite":
            raise
        return False
    return True


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
        if fault.is_not_found:
            return ""  # archived or deleted results: not a batch we can take
        raise
    finally:
        path.unlink(missing_ok=True)


def _look_for_given_up(desk: Desk, found: Settled) -> None:
    """Take up again what was given up and is there all the same: its answers are paid for, and are filed like any.

    Requests that were sent anew meanwhile keep the answer of their later attempt; when all were, nothing more need be done.
    """
    for intent, batch_id in _with_batch(desk, "given_up"):
        try:
            batch = _batch_or_none(desk, batch_id, found)
        except ProviderFault as fault:  # nobody waits for it: whatever is the matter, the rest goes on
            found.troubles.append(f"{batch_id}, which was given up, cannot be looked for: {fault.detail}")
            return
        if batch is not None:
            if is_sent_anew(desk.store, intent):
                _cancel(desk, batch)
            desk.settle(intent, "found", batch_id=batch_id)
        elif desk.outside.now() - intent.created_at > KEPT:
            with desk.store.transaction():
                lost = file_lost_members(desk.store, intent, run=desk.run)
                desk.settle(intent, "filed", detail=f"{lost} lost: {batch_id} never came back")


def _file_finished(desk: Desk, found: Settled) -> None:
    """File what has ended. What the provider says it does not have is given up after two days where it has another open
    batch, for then the key is of the right workspace; or at once on the operator's word.

    Raises:
        ProviderFault: it tells of none of the open batches, so the key may be another workspace's, where they are not gone.
    """
    unseen: list[tuple[Intent, str, ProviderFault]] = []
    is_ours = False
    for intent, batch_id in _with_batch(desk, "handed"):
        try:
            batch = desk.client.batch(batch_id)
        except ProviderFault as fault:
            if fault.kind != "definite":
                raise
            unseen.append((intent, batch_id, fault))
            continue
        is_ours = True
        if batch["processing_status"] == "ended":
            fetch_and_file(desk, intent, batch_id, found)
    for intent, batch_id, told in unseen:
        is_old = is_ours and desk.outside.now() - intent.created_at > GIVE_UP
        if told.is_not_found and (is_old or desk.is_given_up):
            _give_up(desk, intent, batch_id, found)
        elif is_ours:
            found.troubles.append(_of_unseen(batch_id, told))
        else:
            raise ProviderFault("definite", _of_unseen(batch_id, told))


def _of_unseen(batch_id: str, fault: ProviderFault) -> str:
    if not fault.is_not_found:
        return f"it does not tell of {batch_id} ({fault.detail}), which waits"
    return (
        f"it has no {batch_id}; if it is gone for good, `cw collect --give-up` asks again what lay in it, "
        "as happens by itself two days after it was sent where another batch is seen"
    )


def _give_up(desk: Desk, intent: Intent, batch_id: str, found: Settled) -> None:
    """Let the requests of a batch be sent again; it is looked for, and counts at its worst case, while it may come back."""
    desk.settle(intent, "given_up", batch_id=batch_id, detail="not seen at the provider")
    found.given_up += intent.request_count
    found.troubles.append(
        f"{batch_id} is gone at the provider: its {intent.request_count} requests are asked again, and count at their "
        "worst case until it is seen"
    )


def _file_twins(desk: Desk, found: Settled) -> None:
    """What a twin was charged before it was cancelled belongs in the ledger too."""
    for intent, batch_id in unfiled_twins(desk.store):
        batch = _batch_or_none(desk, batch_id, found)
        age = desk.outside.now() - intent.created_at
        if batch is None and age > KEPT:
            detail = "gone at the provider: what it was charged is not known"
            desk.settle(intent, "twin_released", batch_id=batch_id, detail=detail)
            found.troubles.append(f"the twin {batch_id} is {detail}")
        elif batch is None and age <= GIVE_UP:
            found.troubles.append(f"the twin {batch_id} is not seen at the provider")
        elif batch is not None and batch["processing_status"] == "ended":
            fetch_and_file(desk, intent, batch_id, found, is_twin=True)


def _with_batch(desk: Desk, state: str) -> list[tuple[Intent, str]]:
    """The intents in a state that have a batch, with it."""
    return [(i, i.batch_id) for i in intents_in(desk.store, state) if i.batch_id is not None]


def _batch_or_none(desk: Desk, batch_id: str, found: Settled) -> Mapping[str, Any] | None:
    """A batch as the provider has it; None when it is not told of. A no that is not "not found" is a trouble."""
    try:
        return desk.client.batch(batch_id)
    except ProviderFault as fault:
        if fault.kind != "definite":
            raise
        if not fault.is_not_found:
            found.troubles.append(_of_unseen(batch_id, fault))
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
            if not fault.is_not_found:
                found.troubles.append(f"{batch_id} is filed and cannot be deleted: {fault.detail}")
                continue
            detail = fault.detail  # gone already
        desk.settle(intent_id, "deleted", batch_id=batch_id, detail=detail)
        found.deleted += 1
