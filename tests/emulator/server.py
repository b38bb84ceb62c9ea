"""The HTTP server: routes, keys, the order of faults around an endpoint, the control desk at `/_control/`."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.emulator import anthropic_api, control, openai_api
from tests.emulator.claude import LATEST
from tests.emulator.clock import stamp
from tests.emulator.content import EngineMisfit
from tests.emulator.faults import Event, Rule, digest
from tests.emulator.wire import Dropped, Response, read_body, send
from tests.emulator.world import Call, Refusal, World

Handle = Callable[[World, Call], Response]


@dataclass(frozen=True)
class Route:
    """One endpoint: method, path pattern, name in fault rules, and who answers."""

    method: str
    path: re.Pattern[str]
    endpoint: str
    handle: Handle


_BATCHES = "/v1/messages/batches"
ROUTES = tuple(
    Route(method, re.compile(path), endpoint, handle)
    for method, path, endpoint, handle in (
        ("POST", _BATCHES, "batches.create", anthropic_api.create_batch),
        ("GET", _BATCHES, "batches.list", anthropic_api.list_batches),
        ("GET", _BATCHES + "/(?P<id>[^/]+)", "batches.retrieve", anthropic_api.retrieve_batch),
        ("DELETE", _BATCHES + "/(?P<id>[^/]+)", "batches.delete", anthropic_api.delete_batch),
        ("POST", _BATCHES + "/(?P<id>[^/]+)/cancel", "batches.cancel", anthropic_api.cancel_batch),
        ("GET", _BATCHES + "/(?P<id>[^/]+)/results", "batches.results", anthropic_api.read_results),
        ("POST", "/v1/messages", "messages", anthropic_api.create_message),
        ("POST", "/v1/messages/count_tokens", "count_tokens", anthropic_api.count_tokens),
        ("GET", "/v1/models(?:/(?P<id>.+))?", "models", anthropic_api.list_models),
        ("(?:GET|POST|DELETE)", "/_control/(?P<id>[a-z]+)", "control", control.handle),
        ("POST", "/(?P<profile>[a-z]+)(?:/v1)?/chat/completions", "chat", openai_api.create_completion),
        ("GET", "/(?P<profile>[a-z]+)(?:/v1)?/models", "chat.models", openai_api.list_models),
        ("GET", "/(?P<profile>[a-z]+)(?P<id>/.+)", "chat.about", openai_api.tell_about),
    )
)


def serve(world: World, port: int) -> ThreadingHTTPServer:
    """A server bound to 127.0.0.1; the caller runs `serve_forever`."""

    class Handler(_Handler):
        pass

    Handler.world = world
    server = _Server(("127.0.0.1", port), Handler)
    world.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that vanish are part of the play; anything else must be seen."""
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, Dropped)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "emulator"
    disable_nagle_algorithm = True
    wbufsize = -1
    world: World

    def do_GET(self) -> None:
        self._dispatch()

    def do_POST(self) -> None:
        self._dispatch()

    def do_DELETE(self) -> None:
        self._dispatch()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: the journal has it."""

    def _dispatch(self) -> None:
        url = urlsplit(self.path)
        found = [
            (r, m)
            for r in ROUTES
            if re.fullmatch(r.method, self.command) and (m := r.path.fullmatch(url.path))
        ]
        route, match = found[0] if found else (None, None)
        parts = match.groupdict() if match else {}
        call = Call(
            method=self.command,
            endpoint=route.endpoint if route else "unknown",
            id=parts.get("id") or "",
            profile=parts.get("profile") or "anthropic",
            query={k: v[-1] for k, v in parse_qs(url.query).items()},
            headers={k.lower(): v for k, v in self.headers.items()},
            request_id=f"req_{digest(str(time.monotonic_ns()))}",
            chunks=read_body(self),
        )
        try:
            response = self._answer(route, call)
        except Dropped:
            self.close_connection = True
            self._note(url.path, call, 0, "")
            return
        for _ in call.chunks:  # whatever nobody read: the connection may be used again
            pass
        self._note(url.path, call, response.status, "")
        header = "request-id" if call.profile == "anthropic" else "x-request-id"
        response.headers.setdefault(header, call.request_id)
        send(self, response)

    def _answer(self, route: Route | None, call: Call) -> Response:
        if route is None:
            return Response(404, _error(call, 404, "not_found_error", "no such endpoint"))
        if route.endpoint == "control":
            return route.handle(self.world, call)
        event = Event(call.endpoint, profile=call.profile, fingerprint=call.endpoint + call.id)
        try:
            call.check_key()
            if failed := self._act(self.world.faults.fire("request", event, when="before"), call):
                return failed
            response = route.handle(self.world, call)
            return self._act_after(event, call, response)
        except Refusal as refusal:
            return Response(refusal.status, _error(call, refusal.status, refusal.kind, str(refusal)))
        except EngineMisfit as misfit:
            return Response(500, _error(call, 500, "api_error", str(misfit)))

    def _act_after(self, event: Event, call: Call, response: Response) -> Response:
        """Faults after acceptance: what was charged stays charged, and is marked as never answered if it is not."""
        rules = self.world.faults.fire("request", event, when="after")
        if rules and rules[-1].do == "without":
            call.faults.append("without")
            response.body.pop(rules[-1].args["field"])
            return response
        if any(rule.do != "slow" for rule in rules):
            self.world.state.mark_unanswered(call.charged)
        return self._act(rules, call) or response

    def _act(self, rules: list[Rule], call: Call) -> Response | None:
        for rule in rules:
            call.faults.append(rule.do if rule.when == "before" else f"{rule.do} after")
            if rule.do == "slow":
                time.sleep(rule.args["seconds"])
            elif rule.do == "kill":
                os.kill(rule.args["pid"], signal.SIGKILL)
                raise Dropped
            elif rule.do == "drop":
                raise Dropped
            else:
                return _scripted(rule, call)
        return None

    def _note(self, path: str, call: Call, status: int, detail: str) -> None:
        if call.endpoint != "control":
            at = stamp(self.world.clock.now())
            self.world.state.note(
                at, self.command, path, call.endpoint, status, ",".join(call.faults), call.detail or detail
            )


# name → (HTTP status, error type, message, error_code). Wordings: research notes §1.
_SCRIPTED: dict[str, tuple[int, str, str, str | None]] = {
    "rate_limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit", None),
    "overloaded": (529, "overloaded_error", "Overloaded", None),
    "server_error": (500, "api_error", "Internal server error", None),
    "gateway_timeout": (504, "timeout_error", "Gateway timeout", None),
    "spend_limit": (
        400,
        "invalid_request_error",
        "You have reached your specified API usage limits. You will regain "
        "access on 2026-12-01 at 00:00 UTC.",
        None,
    ),
    "tier_cap": (
        429,
        "rate_limit_error",
        "Your organization has reached its monthly usage limit",
        "enforced_spend_limit_reached",
    ),
    "low_balance": (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to "
        "Plans & Billing to upgrade or purchase credits.",
        None,
    ),
    "unauthorized": (401, "authentication_error", "invalid x-api-key", None),
}


# What a proxy or a dying server sends in place of an answer, with status 200: content type, bytes.
_GARBLED = {
    "page": ("text/html", b"<html><body>Please log in to the network</body></html>"),
    "cut": ("application/json", b'{"id": "msg'),
    "list": ("application/json", b"[]"),
    "bare": ("application/json", b"{}"),
}


def _scripted(rule: Rule, call: Call) -> Response:
    if rule.do == "garbled":
        kind, payload = _GARBLED[rule.args["as"]]
        return Response(200, payload, headers={"Content-Type": kind})
    if rule.do == "status":
        status, kind = rule.args["status"], rule.args.get("type", "api_error")
        message, code = rule.args.get("message", "scripted"), rule.args.get("error_code")
    else:
        status, kind, message, code = _SCRIPTED[rule.do]
        if rule.do == "low_balance" and call.profile != "anthropic":
            status, message = 402, "Insufficient Balance"
        if rule.do == "overloaded" and call.profile != "anthropic":
            status = 503
    after = rule.args.get("retry_after")
    headers = {} if after is None else {"retry-after": str(after)}
    return Response(status, _error(call, status, kind, message, code), headers=headers)


def _error(call: Call, status: int, kind: str, message: str, code: str | None = None) -> dict[str, Any]:
    if call.profile != "anthropic":
        return {"error": {"message": message, "type": kind, "param": None, "code": code or kind}}
    error: dict[str, Any] = {"type": kind, "message": message}
    if code is not None:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": call.request_id}


def run(world: World, port: int, announce: Callable[[dict[str, Any]], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` gets the first line, once the port is open."""
    server = serve(world, port)

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    announce(
        {
            "url": world.base_url,
            "pid": os.getpid(),
            "content": world.config.source,
            "clock": world.clock.kind,
            "api_version": LATEST,
        }
    )
    server.serve_forever(poll_interval=0.05)
    server.server_close()


def print_line(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)
