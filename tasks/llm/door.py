"""The front door: `complete` turns asks into answers through the ledger, along the task's route, within the budget.

What is known is answered from the ledger; what is under way waits; what is new is checked against the caps, stored,
and sent: offline here and now, online in bounded concurrency, batches by write-ahead intent.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tasks.errors import ProviderRefused
from tasks.llm import ledger
from tasks.llm.faults import ProviderFault
from tasks.llm.intents import Intent, intents_in
from tasks.llm.moves import Done, Send, Wait
from tasks.llm.outside import REAL, Outside, connect_claude
from tasks.llm.sending import Door, send
from tasks.llm.sitting import Sitting, answer_of, next_moves, request_of, sit
from tasks.llm.types import Answer, Ask, Check, Estimate
from tasks.progress import tell_progress
from tasks.run import Degradation, Run, StepReport
from tasks.settings import Settings
from tasks.store import Store

CHUNK = 25_000  # asks per sitting, about what a batch of 256 MB holds: the memory beside the answers
_UNSETTLED = ("pending", "refused_budget")  # an answer that may be another once more replies are filed
NEW_OBJECTS = 50_000  # between two collections; Python's own 700 suits small programs
OPEN = ("submitting", "doubtful", "handed")
_FIRST_POLL_S, _LONGEST_POLL_S = 2.0, 30.0


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the collector of reference cycles run seldom: a sitting makes millions of objects and no cycle (bench_llm: a fifth of its time)."""
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@_few_collections()
def complete(
    store: Store,
    task: str,
    asks: Sequence[Ask],
    *,
    run: Run,
    settings: Settings,
    check: Check | None = None,
    wait_s: float = 0.0,
    outside: Outside = REAL,
) -> list[Answer]:
    """Answers in the order of asks. An ask answered before is answered from the ledger, for nothing.

    `check(ask, value)` returns reasons against a usable reply (its ask has its key); they go into one repair turn. Batches are waited for
    `wait_s` seconds; what is not in by then is "pending" and filed by `collect`. "refused_budget" asks are kept
    and sent when there is room.

    Raises:
        Misconfigured: the route or a key is missing or not allowed.
        ProviderRefused: no provider of the route will serve until a person acts; all work done is in the ledger.
    """
    door = Door(store, outside)
    if ledger.has_erased_unanswered(store, task):
        for start in range(0, len(asks), CHUNK):
            sitting = sit(store, task, asks[start : start + CHUNK], run=run, settings=settings)
            ledger.restore_inputs(store, {key: text for key, (_, text) in sitting.inputs.items()})
    heard = _hear(store, task, run=run, settings=settings, outside=outside)
    deadline = outside.now() + timedelta(seconds=wait_s)
    refusals = heard.refusals
    answers: dict[int, Answer] = {}  # by place among the asks
    while True:
        unsettled = [n for n in range(len(asks)) if n not in answers or answers[n].status in _UNSETTLED]
        is_open = False
        for start in range(0, len(unsettled), CHUNK):
            places = unsettled[start : start + CHUNK]
            sitting = sit(store, task, [asks[n] for n in places], run=run, settings=settings)
            sitting.shut |= refusals
            found, waits = _advance(door, sitting, check)
            answers.update(zip(places, found, strict=True))
            is_open |= waits
            refusals |= {n: fault for n, fault in sitting.shut.items() if fault.kind in ("shut", "definite")}
            del sitting  # before the next is read
        _raise_refusal(task, answers.values(), refusals)
        tell_progress(sum(answer.status != "pending" for answer in answers.values()), len(asks))
        heard, pause = Heard(), _FIRST_POLL_S  # what was sent just now may come soon
        while not heard.is_news:
            left = (deadline - outside.now()).total_seconds()
            if not is_open or left <= 0:
                return [answers[n] for n in range(len(asks))]
            outside.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_POLL_S)
            heard = _hear(store, task, run=run, settings=settings, outside=outside)
        refusals |= heard.refusals


@dataclass(frozen=True)
class Heard:
    """What a look at the open batches brought: something new, and who refuses."""

    is_news: bool = False
    refusals: dict[str, ProviderFault] = field(default_factory=dict)


def _advance(door: Door, sitting: Sitting, check: Check | None) -> tuple[list[Answer], bool]:
    """Send until nothing more can be sent now; the answers, and whether some request is under way."""
    while True:
        moves = next_moves(sitting, check)
        sends = {
            key: move
            for key, move in moves.items()
            if isinstance(move, Send) and key not in sitting.over_budget and key not in sitting.held
        }
        if not sends:
            break
        send(door, sitting, sends)
    if sitting.verdicts:
        ledger.append_verdicts(door.store, sitting.verdicts, run=sitting.run)
    pairs = zip(sitting.asks, sitting.keys, strict=True)
    answers = [answer_of(sitting, ask, key, moves[key]) for ask, key in pairs]
    return answers, any(isinstance(move, Wait) and move.node.is_open for move in moves.values())


def _raise_refusal(task: str, answers: Iterable[Answer], refusals: dict[str, ProviderFault]) -> None:
    waiting = sum(1 for a in answers if a.status == "pending" and a.reasons != ("under way",))
    if refusals and waiting:
        named = "; ".join(f"{name}: {fault.detail}" for name, fault in refusals.items())
        raise ProviderRefused(
            f"{task}: {waiting} requests were not sent ({named}): check key, balance and limits at the provider, then run "
            "again; nothing is lost and nothing is paid twice"
        )


def _hear(store: Store, task: str, *, run: Run, settings: Settings, outside: Outside) -> Heard:
    """Before asking: file what has ended meanwhile. Calls nobody when nothing of the task is open.

    Providers whose rows came back for want of money or room under a limit are returned: nothing more goes there.
    """
    under_way = intents_in(store, *OPEN, "given_up")
    is_mine = any(intent.task == task for intent in under_way)
    if not is_mine or run.profile == "offline":  # the offline profile never calls out; `cw collect` does
        return Heard()
    report = _collect(store, under_way, run=run, settings=settings, outside=outside)
    paused = report.details.get("outcomes", {}).get("paused", 0)
    news = report.out_count or any(report.details.get(n) for n in ("void", "given_up", "lost_online"))
    refusals = {"anthropic": ProviderFault("shut", f"{paused} rows: balance or limit")} if paused else {}
    return Heard(bool(news), refusals)


def collect(
    store: Store, *, run: Run, settings: Settings, outside: Outside = REAL, give_up: bool = False
) -> StepReport:
    """Settle doubtful intents, poll open batches, file what has ended; calls nobody when nothing is open.

    `give_up`: what lies in batches that the provider says it does not have may be asked again now, not after two days.

    Raises:
        Misconfigured: batches are open and there is no key to ask for them.
        ProviderRefused: the key is not accepted, or does not see a batch it should.
    """
    under_way = intents_in(store, *OPEN, "given_up")
    return _collect(store, under_way, run=run, settings=settings, outside=outside, give_up=give_up)


def _collect(
    store: Store,
    under_way: Sequence[Intent],
    *,
    run: Run,
    settings: Settings,
    outside: Outside,
    give_up: bool = False,
) -> StepReport:
    from tasks.llm.lost import file_lost

    online = [i for i in under_way if i.mode != "batch"]
    lost = file_lost(store, online, run=run, outside=outside)
    is_let_go = settings.anthropic_api_key is None  # what was given up needs no key to be asked for
    is_open = any(i.mode == "batch" and not (is_let_go and i.state == "given_up") for i in under_way)
    if not (
        is_open
        or intents_in(store, "void", since=outside.now() - timedelta(hours=24))
        or store.step("llm_twins").height
        or _undeleted(store, settings)
    ):
        return StepReport("collect", details={"lost_online": lost} if lost else {})
    from tasks.llm.catalogue import load_catalogue
    from tasks.llm.prices import Prices
    from tasks.llm.results import Desk
    from tasks.llm.settlement import settle_batches

    catalogue = load_catalogue(settings.models_file)
    client = connect_claude(settings, catalogue)
    desk = Desk(
        store,
        client,
        run,
        Prices(catalogue),
        outside,
        settings.spool_dir,
        settings.batch_grace_s,
        settings.delete_batches,
        give_up,
    )
    try:
        found = settle_batches(desk)
    except ProviderFault as fault:
        raise ProviderRefused(
            f"anthropic refused to tell about open batches ({fault.detail}): is the key of the same workspace? "
            "Mend what is wrong, then `cw collect`; nothing is lost"
        ) from fault
    finally:
        client.close()
    waiting = sum(intent.request_count for intent in open_batches(store))
    total = found.filed + waiting
    troubles = tuple(Degradation("provider_trouble", 1, max(total, 1), note) for note in found.troubles)
    details = {
        "adopted": found.adopted, "void": found.void, "given_up": found.given_up, "twins": found.twins,
        "outcomes": found.outcomes, "lost_online": lost,
    }  # fmt: skip
    return StepReport(
        "collect", in_count=total, out_count=found.filed, pending_count=waiting, spent_usd=found.spent_usd,
        degradations=troubles, details=details,
    )  # fmt: skip


def _undeleted(store: Store, settings: Settings) -> bool:
    return settings.delete_batches and store.step("llm_undeleted").height > 0


def open_batches(store: Store) -> list[Intent]:
    """Batches that are under way or in doubt, oldest first."""
    return [i for i in intents_in(store, *OPEN) if i.mode == "batch"]


def estimate(
    store: Store, task: str, asks: Sequence[Ask], settings: Settings, *, outside: Outside = REAL
) -> Estimate:
    """What asking would cost now; calls nobody and writes nothing."""
    at = outside.now()
    run = Run("estimate", "dry-run", at.date(), settings.profile, at)
    counts = {"done": 0, "pending": 0, "new": 0, "input": 0, "output": 0}
    likely = worst = 0.0
    route: tuple[str, ...] = ()
    for start in range(0, len(asks), CHUNK):
        sitting = sit(store, task, asks[start : start + CHUNK], run=run, settings=settings)
        route = tuple(f"{hop.model}@{hop.mode}" for hop in sitting.route.hops)
        for key, move in next_moves(sitting, None).items():
            if isinstance(move, Send):
                request = request_of(sitting, key, move, at=at)
                counts["new"] += 1
                counts["input"] += request.input_tokens
                counts["output"] += request.output_tokens
                likely += request.estimated_usd
                worst += request.worst_usd
            else:
                counts["pending" if isinstance(move, Wait) else "done"] += isinstance(move, Wait | Done)
    return Estimate(
        task,
        counts["done"],
        counts["pending"],
        counts["new"],
        counts["input"],
        counts["output"],
        likely,
        worst,
        route,
    )
