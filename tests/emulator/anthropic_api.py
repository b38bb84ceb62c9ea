"""Anthropic's endpoints: Messages, token counting, models, Message Batches."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.emulator import claude, prices, spool
from tests.emulator.batches import Batch
from tests.emulator.clock import stamp
from tests.emulator.faults import Event, Rule, digest
from tests.emulator.state import Charge
from tests.emulator.wire import Cut, Response
from tests.emulator.world import Call, Refusal, World

PAGE, MAX_PAGE = 20, 1000


def create_message(world: World, call: Call) -> Response:
    version, params = call.version, call.json()
    if refused := claude.check(params, version=version, in_batch=False):
        raise Refusal(refused.status, refused.kind, refused.message)
    call.detail = params["model"]
    sha, asked = claude.sha(params), claude.asked(params)
    rules = world.faults.fire(
        "answer", Event("messages", params["model"], "", "anthropic", asked.task, asked.text, sha)
    )
    call.faults.extend(rule.do for rule in rules)
    said = claude.answer(params, list(rules), world.config.source)
    if said.error is not None:
        raise Refusal(500, said.error["type"], said.error["message"])
    used = claude.use(params, said, world.cache, in_batch=False, luck=sha)
    at = world.clock.now()
    pico = prices.charge(used, prices.ANTHROPIC[params["model"]], at=at, is_batch=False)
    body = claude.message(params, said, used, message_id=f"msg_{digest(call.request_id)}", in_batch=False)
    world.state.keep_online("messages", json.dumps(params, ensure_ascii=False))
    charge = Charge(stamp(at), "message", "anthropic", params["model"], sha, used, pico, body["stop_reason"])
    call.charged.append(world.state.charge_one(charge))
    return Response(body=body)


def count_tokens(world: World, call: Call) -> Response:
    params = call.json()
    if not isinstance(params, dict) or params.get("model") not in prices.ANTHROPIC:
        raise Refusal(400, "invalid_request_error", "model: Field required")
    return Response(body={"input_tokens": claude.prompt_tokens(params)})


def list_models(world: World, call: Call) -> Response:
    shown = [_model(name) for name in prices.ANTHROPIC]
    if call.id:
        one = next((m for m in shown if m["id"] == call.id), None)
        if one is None:
            raise Refusal(404, "not_found_error", f"model: {call.id}")
        return Response(body=one)
    return Response(
        body={"data": shown, "has_more": False, "first_id": shown[0]["id"], "last_id": shown[-1]["id"]}
    )


def create_batch(world: World, call: Call) -> Response:
    version = call.version
    with tempfile.NamedTemporaryFile(dir=world.state.folder, suffix=".part", delete=False) as held:
        spooled = Path(held.name)
    try:
        n = spool.split(_limited(call.chunks), spooled)
        batch = world.batches.create(spooled, n, workspace=call.workspace, version=version)
    except spool.BadBody as bad:
        kind = "request_too_large" if bad.status == 413 else "invalid_request_error"
        raise Refusal(bad.status, kind, str(bad)) from None
    finally:
        spooled.unlink(missing_ok=True)
    call.detail = batch.id
    return Response(body=world.batches.show(batch, world.base_url))


def list_batches(world: World, call: Call) -> Response:
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= MAX_PAGE:
        raise Refusal(400, "invalid_request_error", f"limit: must be between 1 and {MAX_PAGE}")
    found = world.batches.newest_first(call.workspace)
    ids = [batch.id for batch in found]
    for cursor in ("after_id", "before_id"):
        if cursor in call.query and call.query[cursor] not in ids:
            raise Refusal(400, "invalid_request_error", f"{cursor}: no such batch")
    if "before_id" in call.query:
        rest = found[: ids.index(call.query["before_id"])]
        page, has_more = rest[-limit:], len(rest) > limit
    else:
        rest = found[ids.index(call.query["after_id"]) + 1 :] if "after_id" in call.query else found
        page, has_more = rest[:limit], len(rest) > limit
    shown = [world.batches.show(batch, world.base_url) for batch in page]
    ends = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
    return Response(body={"data": shown, "has_more": has_more, "first_id": ends[0], "last_id": ends[1]})


def retrieve_batch(world: World, call: Call) -> Response:
    return Response(body=world.batches.show(_find(world, call), world.base_url))


def cancel_batch(world: World, call: Call) -> Response:
    batch = _find(world, call)
    if batch.ended:
        raise Refusal(400, "invalid_request_error", f"{batch.id} has already ended and cannot be canceled")
    world.batches.cancel(batch)
    return Response(body=world.batches.show(batch, world.base_url))


def delete_batch(world: World, call: Call) -> Response:
    batch = _find(world, call)
    if not batch.ended:
        raise Refusal(
            400, "invalid_request_error", f"{batch.id} is still processing; cancel it before deleting"
        )
    world.batches.delete(batch)
    return Response(body={"id": batch.id, "type": "message_batch_deleted"})


def read_results(world: World, call: Call) -> Response:
    batch = _find(world, call)
    if world.batches.show(batch, world.base_url)["results_url"] is None:
        raise Refusal(404, "not_found_error", f"the results of {batch.id} are not available")
    rules = world.faults.fire("results", Event("batches.results", fingerprint=batch.id))
    call.faults.extend(rule.do for rule in rules)
    response = Response(lines=_lines(world.batches.results(batch.id), list(rules), batch.n))
    for rule in rules:
        if rule.do == "cut":
            after = rule.args.get("after_lines", int(batch.n * rule.args.get("share", 0.5)))
            response.cut = Cut(
                rule.args.get("framing", "chunked"),
                after,
                rule.args.get("extra_bytes", 0),
                rule.args.get("kill_pid"),
            )
    return response


def _lines(file: Path, rules: list[Rule], n: int) -> Iterator[bytes]:
    """The result lines; `duplicate`, `missing`, `foreign` and `garble` bend the first `n` of them."""
    bent = {rule.do: int(rule.args.get("n", 1)) for rule in rules}
    with file.open("rb") as lines:
        for at, line in enumerate(lines):
            if at < bent.get("missing", 0):
                continue
            if at < bent.get("garble", 0):
                yield line[: len(line) // 2] + b"\n"
                continue
            yield line
            if at < bent.get("duplicate", 0):
                yield line
    for at in range(bent.get("foreign", 0)):
        result = {"type": "expired"}
        yield json.dumps({"custom_id": f"nobody-asked-{at}", "result": result}).encode() + b"\n"


def _limited(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > spool.MAX_BYTES:
            raise spool.BadBody("Request exceeds the maximum size of 256 MB", status=413)
        yield chunk


def _find(world: World, call: Call) -> Batch:
    batch = world.batches.find(call.id, call.workspace)
    if batch is None:
        raise Refusal(404, "not_found_error", f"message batch {call.id} not found")
    return batch


def _model(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-10-07T00:00:00Z",
        "lifecycle": "active",
        "max_tokens": claude.MAX_OUTPUT[name],
        "max_input_tokens": claude.CONTEXT[name],
    }
