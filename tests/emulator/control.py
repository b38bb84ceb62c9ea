"""The control desk: tests move the clock, script faults, and read the bill. No real API has any of this."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.emulator.clock import stamp
from tests.emulator.faults import BadRule
from tests.emulator.wire import Response
from tests.emulator.world import Call, World


def handle(world: World, call: Call) -> Response:
    """`/_control/<word>`: advance, clock, faults, bill, totals, state, journal, bodies, reset."""
    desk: dict[tuple[str, str], Callable[[World, Call], Response]] = {
        ("POST", "advance"): _advance,
        ("GET", "clock"): lambda w, c: Response(body={"now": stamp(w.clock.now())}),
        ("POST", "faults"): _set_faults,
        ("GET", "faults"): lambda w, c: Response(body=w.faults.report()),
        ("DELETE", "faults"): _clear_faults,
        ("GET", "bill"): lambda w, c: _jsonl(w.state.bill()),
        ("GET", "totals"): lambda w, c: Response(body=w.state.totals()),
        ("GET", "state"): _state,
        ("GET", "journal"): lambda w, c: _jsonl(w.state.journal()),
        ("GET", "bodies"): lambda w, c: _jsonl(_bodies(w)),
        ("POST", "reset"): _reset,
    }
    found = desk.get((call.method, call.id))
    return found(world, call) if found else Response(404, {"error": f"no control {call.method} {call.id}"})


def _advance(world: World, call: Call) -> Response:
    return Response(body={"now": stamp(world.clock.advance(float(call.json()["seconds"])))})


def _set_faults(world: World, call: Call) -> Response:
    try:
        world.faults.replace(call.json())
    except BadRule as bad:
        return Response(400, {"error": str(bad)})
    return Response(body=world.faults.report())


def _clear_faults(world: World, call: Call) -> Response:
    world.faults.replace([])
    return Response(body=[])


def _state(world: World, call: Call) -> Response:
    batches = world.batches.everything()
    for batch in batches:
        world.batches.settle(batch)
    shown = [
        {**world.batches.show(b, world.base_url), "n": b.n, "workspace": b.workspace, "is_deleted": b.deleted}
        for b in batches
    ]
    return Response(body={"now": stamp(world.clock.now()), "batches": shown, **world.state.totals()})


def _reset(world: World, call: Call) -> Response:
    world.reset()
    return Response(body={"now": stamp(world.clock.now())})


def _bodies(world: World) -> Iterator[dict[str, Any]]:
    """Every request the models were shown, online and in batches."""
    yield from world.state.online()
    for batch in world.batches.everything():
        with world.batches.lines(batch.id).open(encoding="utf-8") as lines:
            for line in lines:
                yield {"endpoint": "batches", "batch_id": batch.id, **json.loads(line)}


def _jsonl(rows: Iterable[dict[str, Any]]) -> Response:
    return Response(lines=((json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows))
