"""Citizens' words go to no provider that may not see them, whatever chains, overrides, retries, repairs and back-fills do.

The proof is what the emulated providers were shown, not what the router says it would do.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from tasks.errors import CwError, Misconfigured
from tasks.llm import Ask, complete, reopen
from tasks.llm.catalogue import load_catalogue
from tasks.llm.outside import Outside
from tasks.llm.router import load_routes
from tasks.run import Run, new_run_id
from tasks.settings import Settings
from tasks.store import open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator

CATALOGUE = load_catalogue()
HOPS = sorted(
    f"{name}@{mode}"
    for name, model in CATALOGUE.model.items()
    for mode in model.modes
    if mode not in ("embed", "offline")
)
PAID = ("anthropic", "deepseek", "host", "local")
WORDS = "آب روستای ما سه روز است قطع شده"
TROUBLE: list[dict[str, Any]] = [
    {"do": "refusal"},
    {"do": "not_json"},
    {"do": "max_tokens"},
    {"do": "errored", "error_type": "overloaded_error"},
    {"do": "expired"},
    {"do": "low_balance"},
    {"do": "unauthorized", "match": {"endpoint": "messages"}},
    {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}},
]
# Which emulated endpoint stands for which provider; the rest are Anthropic's.
PROVIDER_OF = {"chat.deepseek": "deepseek", "chat.hosted": "host", "chat.vllm": "local"}


def toml_list(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def shown_to(emulator: Emulator) -> set[str]:
    """Providers that were shown anything."""
    return {PROVIDER_OF.get(kept["endpoint"], "anthropic") for kept in emulator.bodies()}


@tries(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    chains=st.lists(st.lists(st.sampled_from(HOPS), min_size=1, max_size=4), min_size=1, max_size=3),
    allowed=st.sets(st.sampled_from(PAID), min_size=1),
    faults=st.lists(st.sampled_from(TROUBLE), max_size=4),
    reopens=st.booleans(),
)
@pytest.mark.slow
def test_no_history_shows_citizens_words_to_a_provider_that_may_not_see_them(
    emulator: Emulator, chains: list[list[str]], allowed: set[str], faults: list[dict[str, Any]], reopens: bool
) -> None:
    """Each chain is one run over the same text: the later ones are retries, back-fills and other people's overrides."""
    emulator.reset()
    emulator.faults(*({**fault, "count": 2} for fault in faults))
    outside = Outside(now=emulator.now, sleep=emulator.advance)
    with tempfile.TemporaryDirectory() as folder, open_store(None, threads=1) as store:
        for chain in chains:
            routes = Path(folder) / "routes.toml"
            routes.write_text(
                f"[data_class]\nraw_fa = {toml_list(sorted(allowed))}\n"
                f"[profile.mine]\ncanonicalize = {toml_list(chain)}\n",
                encoding="utf-8",
            )
            settings = Settings(
                home=Path(folder), profile="mine", routes_file=routes, anthropic_api_key="k", anthropic_base_url=emulator.url,
                deepseek_api_key="k", deepseek_base_url=f"{emulator.url}/deepseek", host_api_key="k",
                host_base_url=emulator.openai_url("hosted"), local_base_url=emulator.openai_url("vllm"), batch_grace_s=1.0,
            )  # fmt: skip
            at = emulator.now()
            run = Run(new_run_id(at), "nightly", night_of(at), "mine", at)
            ask = Ask("t", {"text": WORDS, "language": "fa"})
            forbidden = {CATALOGUE.of(hop.split("@")[0]).provider for hop in chain} - allowed
            try:
                complete(store, "canonicalize", [ask], run=run, settings=settings, wait_s=7200, outside=outside,
                         check=lambda ask, value: ["once more"] if reopens else [])  # fmt: skip
                assert not forbidden, "a chain with a forbidden provider was taken"
            except Misconfigured:
                assert forbidden
            except CwError:
                assert not forbidden  # a provider refused; nothing else was tried in its place
            if reopens:
                reopen(store, "canonicalize", ["t"], run=run)
        assert shown_to(emulator) <= allowed


@pytest.mark.parametrize("profile", sorted(set(load_routes().profile) - {"offline"}))
def test_a_preset_is_switched_to_by_its_name_and_asks_whom_it_says(
    profile: str, emulator: Emulator, tmp_path: Path
) -> None:
    """Every task of every preset, answered by the first model of its chain."""
    at = emulator.now()
    settings = Settings(
        home=tmp_path, profile=profile, anthropic_api_key="k", anthropic_base_url=emulator.url, deepseek_api_key="k",
        deepseek_base_url=f"{emulator.url}/deepseek", local_base_url=emulator.openai_url("vllm"),
    )  # fmt: skip
    run = Run(new_run_id(at), "nightly", night_of(at), profile, at)
    outside = Outside(now=emulator.now, sleep=emulator.advance)
    chains = load_routes().profile[profile]
    with open_store(None, threads=1) as store:
        for task, inputs in QUESTIONS.items():
            asked = [Ask(task, inputs)]
            answer = complete(store, task, asked, run=run, settings=settings, wait_s=7200, outside=outside)[0]
            first = chains[task][0].split("@")[0]
            assert (answer.status, answer.model) == ("done", CATALOGUE.of(first).api_id or first), task
    assert shown_to(emulator) == {
        CATALOGUE.of(chain[0].split("@")[0]).provider
        for task, chain in chains.items()
        if task in QUESTIONS and not isinstance(chain, str)
    }


WISH = "The water network should be repaired."
RECORD = {
    "id": "r1", "record_id": "r1", "people": 3, "alike": 3, "places": [], "quantities": [], "position": "support",
    "title_en": "Water network", "title_fa": "شبکه آب", "proposition_en": WISH, "proposition_fa": "شبکه آب باید درست شود.",
    "summary_en": WISH,
}  # fmt: skip
QUESTIONS: dict[str, dict[str, Any]] = {
    "canonicalize": {"text": WORDS, "language": "fa"},
    "summarise": {"records": [RECORD], "people": 3, "topic": "water"},
    "position": {
        "record_proposition_en": WISH,
        "record_position": "support",
        "summary_en": WISH,
        "title_en": "Water network",
        "proposition_en": WISH,
    },
    "message": {
        "locale": "fa",
        "kind": "rejection_reason",
        "reason": "greeting",
        "say": "پیام شما ثبت نشد.",
    },
}
