"""Message Batches with state: accepted, processed after a while, ended, read, deleted.

Only rows that succeeded are charged.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.emulator import claude, prices, spool
from tests.emulator.caching import CacheBook
from tests.emulator.clock import Clock, stamp
from tests.emulator.content import EngineMisfit, Source
from tests.emulator.faults import Event, Faults, digest, luck
from tests.emulator.state import Charge, State

DAY_S = 86_400
RESULTS_KEPT = timedelta(days=29)
SYNC_LIMIT = 2_000  # larger batches are answered in a thread, so that polls do not wait for them
TALLY = ("processing", "succeeded", "errored", "canceled", "expired")


@dataclass
class Batch:
    """One batch. `share` of its rows are processed when it is cut short (canceled or expired)."""

    id: str
    seq: int
    workspace: str
    version: str
    n: int
    created: str
    duration_s: float
    share: float = 0.0
    cancel_at: str | None = None
    cancel_s: float = 0.0
    ended: str | None = None
    deleted: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self.created)

    def due(self) -> tuple[datetime, str]:
        """When the batch ends and why: ended, canceled or expired."""
        whole = self.created_at + timedelta(seconds=min(self.duration_s, DAY_S))
        why = "ended" if self.duration_s < DAY_S else "expired"
        if self.cancel_at is None:
            return whole, why
        cut = datetime.fromisoformat(self.cancel_at) + timedelta(seconds=self.cancel_s)
        return (cut, "canceled") if cut < whole else (whole, why)


@dataclass(frozen=True)
class Config:
    """How long batches take, where their rows' content comes from."""

    batch_s: float = 5.0
    source: Source = "engine"
    seed: int = 0


class Batches:
    """All batches of one emulator. Processing happens when somebody looks after the due time."""

    def __init__(self, state: State, clock: Clock, faults: Faults, cache: CacheBook, config: Config):
        self._state, self._clock, self._faults, self._cache, self._config = (
            state,
            clock,
            faults,
            cache,
            config,
        )
        self._lock = threading.RLock()
        self._at_work: set[str] = set()
        self._all = {doc["id"]: Batch(**doc) for doc in state.batches()}

    def lines(self, batch_id: str) -> Path:
        return self._state.folder / f"{batch_id}.requests.jsonl"

    def results(self, batch_id: str) -> Path:
        return self._state.folder / f"{batch_id}.results.jsonl"

    def create(self, spooled: Path, n: int, *, workspace: str, version: str) -> Batch:
        with self._lock:
            seq = len(self._all) + 1
            name = f"msgbatch_{digest(f'{self._config.seed}:{seq}')}"
            took = self._faults.fire("batch", Event("batches.create", fingerprint=name))
            args = next((rule.args for rule in took if rule.do == "duration"), {})
            batch = Batch(
                id=name,
                seq=seq,
                workspace=workspace,
                version=version,
                n=n,
                created=self._clock.now().isoformat(),
                duration_s=args.get("seconds", self._config.batch_s),
                share=args.get("share", 0.0),
            )
            spooled.rename(self.lines(name))
            self._save(batch)
            return batch

    def find(self, batch_id: str, workspace: str) -> Batch | None:
        batch = self._all.get(batch_id)
        if batch is None or batch.deleted or batch.workspace != workspace:
            return None
        self.settle(batch)
        return batch

    def newest_first(self, workspace: str) -> list[Batch]:
        with self._lock:
            seen = [b for b in self._all.values() if b.workspace == workspace and not b.deleted]
        for batch in seen:
            self.settle(batch)
        return sorted(seen, key=lambda batch: -batch.seq)

    def everything(self) -> list[Batch]:
        return sorted(self._all.values(), key=lambda batch: batch.seq)

    def cancel(self, batch: Batch) -> None:
        with self._lock:
            took = self._faults.fire("batch", Event("batches.cancel", fingerprint=batch.id))
            args = next((rule.args for rule in took if rule.do == "cancel_race"), {})
            batch.cancel_at = batch.cancel_at or self._clock.now().isoformat()
            batch.cancel_s, batch.share = args.get("seconds", batch.cancel_s), args.get("share", batch.share)
            self._save(batch)

    def delete(self, batch: Batch) -> None:
        with self._lock:
            batch.deleted = True
            self._save(batch)
            self.results(batch.id).unlink(missing_ok=True)

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def show(self, batch: Batch, base_url: str) -> dict[str, Any]:
        """The batch object of the API."""
        expires = batch.created_at + timedelta(seconds=DAY_S)
        archived = batch.created_at + RESULTS_KEPT
        is_archived = self._clock.now() >= archived
        status = "ended" if batch.ended else "canceling" if batch.cancel_at else "in_progress"
        counts = batch.counts if batch.ended else {"processing": batch.n}
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": {name: counts.get(name, 0) for name in TALLY},
            "created_at": stamp(batch.created_at),
            "expires_at": stamp(expires),
            "ended_at": stamp(datetime.fromisoformat(batch.ended)) if batch.ended else None,
            "cancel_initiated_at": stamp(datetime.fromisoformat(batch.cancel_at))
            if batch.cancel_at
            else None,
            "archived_at": stamp(archived) if is_archived else None,
            "results_url": f"{base_url}/v1/messages/batches/{batch.id}/results"
            if batch.ended and not is_archived
            else None,
        }

    def settle(self, batch: Batch) -> None:
        """Process a batch that is due; large ones go on in a thread and stay in progress meanwhile."""
        with self._lock:
            at, why = batch.due()
            if batch.ended or batch.deleted or batch.id in self._at_work or at > self._clock.now():
                return
            self._at_work.add(batch.id)
        if batch.n <= SYNC_LIMIT:
            self._process(batch, at, why)
        else:
            threading.Thread(target=self._process, args=(batch, at, why), daemon=True).start()

    def _process(self, batch: Batch, at: datetime, why: str) -> None:
        tally: Counter[str] = Counter()
        charges: list[Charge] = []
        try:
            with self.results(batch.id).open("w", encoding="utf-8") as out:
                for request in self._shuffled(batch):
                    result, charge = self._row(batch, request, at, why)
                    tally[result["type"]] += 1
                    line = {"custom_id": request["custom_id"], "result": result}
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    if charge is not None:
                        charges.append(charge)
            with self._lock:
                self._state.charge(charges)
                batch.counts, batch.ended = dict(tally), at.isoformat()
                self._save(batch)
        finally:
            self._at_work.discard(batch.id)

    def _shuffled(self, batch: Batch) -> Iterator[dict[str, Any]]:
        """The batch's requests in an arbitrary, seeded order; one line in memory at a time."""
        where = spool.offsets(self.lines(batch.id))
        order = sorted(range(len(where)), key=lambda n: luck(f"{self._config.seed}:{batch.id}:{n}"))
        with self.lines(batch.id).open("rb") as file:
            for n in order:
                file.seek(where[n])
                yield json.loads(file.readline())

    def _row(
        self, batch: Batch, request: dict[str, Any], at: datetime, why: str
    ) -> tuple[dict[str, Any], Charge | None]:
        params, name = request["params"], request["custom_id"]
        sha = claude.sha(params)
        if why != "ended" and luck(f"{self._config.seed}:{batch.id}:{name}") >= batch.share:
            return {"type": why}, None
        if refused := claude.check(params, version=batch.version, in_batch=True):
            return _errored(refused.kind, refused.message), None
        asked = claude.asked(params)
        event = Event("row", params["model"], name, "anthropic", asked.task, asked.text, sha)
        try:
            said = claude.answer(params, list(self._faults.fire("answer", event)), self._config.source)
        except EngineMisfit as misfit:
            return _errored("api_error", str(misfit)), None
        if said.row != "succeeded":
            return (
                _errored(said.error["type"], said.error["message"]) if said.error else {"type": said.row}
            ), None
        used = claude.use(params, said, self._cache, in_batch=True, luck=f"{batch.id}:{name}")
        pico = prices.charge(used, prices.ANTHROPIC[params["model"]], at=at, is_batch=True)
        body = claude.message(params, said, used, message_id=f"msg_{digest(batch.id + name)}", in_batch=True)
        outcome = body["stop_reason"]
        return {"type": "succeeded", "message": body}, Charge(
            stamp(at), "batch", "anthropic", params["model"], sha, used, pico, outcome, batch.id, name
        )

    def _save(self, batch: Batch) -> None:
        self._all[batch.id] = batch
        self._state.put_batch(batch.id, batch.seq, asdict(batch))


def _errored(kind: str, message: str) -> dict[str, Any]:
    return {
        "type": "errored",
        "error": {"type": "error", "error": {"type": kind, "message": message}, "request_id": None},
    }
