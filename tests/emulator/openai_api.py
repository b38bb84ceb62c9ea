"""The OpenAI-compatible endpoints, per profile: completions, models, and what each server tells of itself."""

import json

from tests.emulator import openai_chat, prices
from tests.emulator.clock import stamp
from tests.emulator.faults import Event, digest
from tests.emulator.openai_profiles import PROFILES, Profile
from tests.emulator.state import Charge
from tests.emulator.wire import Response
from tests.emulator.world import Call, Refusal, World


def create_completion(world: World, call: Call) -> Response:
    profile, body = _profile(call), call.json()
    if failed := openai_chat.check(body, profile):
        raise Refusal(failed.status, failed.kind, failed.message)
    call.detail = body["model"]
    sha, asked = openai_chat.sha(body), openai_chat.asked(body, profile)
    event = Event("chat", body["model"], "", profile.name, asked.task, asked.text, sha)
    rules = list(world.faults.fire("answer", event))
    call.faults.extend(rule.do for rule in rules)
    said = openai_chat.answer(
        body,
        profile,
        rules,
        source=world.config.source,
        quirk_luck=call.request_id,
        quirk_rate=world.quirk_rate,
    )
    if said.error is not None:
        raise Refusal(500, said.error["type"], said.error["message"])
    used = openai_chat.use(body, profile, said, world.cache)
    at = world.clock.now()
    price = profile.price(body["model"])
    pico = prices.charge(used, price, at=at, is_batch=False) if price else 0
    reply = openai_chat.completion(
        body, profile, said, used, name=f"chatcmpl-{digest(call.request_id)}", at=int(at.timestamp())
    )
    world.state.keep_online(f"chat.{profile.name}", json.dumps(body, ensure_ascii=False))
    outcome = reply["choices"][0]["finish_reason"]
    charge = Charge(stamp(at), "chat", profile.name, body["model"], sha, used, pico, outcome)
    call.charged.append(world.state.charge_one(charge))
    return Response(body=reply)


def list_models(world: World, call: Call) -> Response:
    profile = _profile(call)
    shown = [
        {"id": name, "object": "model", "created": 0, "owned_by": profile.name} for name in profile.models
    ]
    return Response(body={"object": "list", "data": shown})


def tell_about(world: World, call: Call) -> Response:
    """Version, health, balance: whatever else this server has."""
    about = _profile(call).about
    if call.id not in about:
        raise Refusal(404, "not_found", "Not Found")
    return Response(body=about[call.id])


def _profile(call: Call) -> Profile:
    if call.profile not in PROFILES:
        raise Refusal(404, "not_found", "Not Found")
    return PROFILES[call.profile]
