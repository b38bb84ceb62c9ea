"""Routes are data; the data class holds whatever the data says."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import Misconfigured
from tasks.llm.catalogue import Catalogue, fitting_models, load_catalogue
from tasks.llm.router import Routes, admit, led_by, load_routes, plan_route
from tasks.llm.types import TASK_CLASS

CATALOGUE = load_catalogue()
ROUTES = load_routes()
TASKS = sorted(set(TASK_CLASS) - {"repair"})
CHAT_HOPS = sorted(
    f"{name}@{mode}" for name, model in CATALOGUE.model.items() for mode in model.modes if mode != "embed"
)


@pytest.mark.parametrize("profile", sorted(ROUTES.profile))
@pytest.mark.parametrize("task", TASKS)
def test_every_preset_has_a_route_for_every_task(profile: str, task: str) -> None:
    if (profile, task) == ("offline", "judge"):  # the engine judges nothing, so that no preset may promise it
        with pytest.raises(Misconfigured, match="no chain"):
            plan_route(task, profile, ROUTES, CATALOGUE)
        return
    route = plan_route(task, profile, ROUTES, CATALOGUE)
    assert route.hops
    assert all(admit(route.data_class, hop.provider, ROUTES.data_class) for hop in route.hops)


@given(
    task=st.sampled_from(TASKS),
    chain=st.lists(st.sampled_from(CHAT_HOPS), min_size=1, max_size=5),
    allowed=st.sets(st.sampled_from(sorted(CATALOGUE.provider))),
    derived=st.sets(st.sampled_from(sorted(CATALOGUE.provider))),
)
def test_no_chain_of_any_shape_brings_a_task_to_a_provider_its_data_may_not_see(
    task: str, chain: list[str], allowed: set[str], derived: set[str]
) -> None:
    policy = {"raw_fa": tuple(allowed), "derived_en": tuple(derived)}
    routes = Routes(version=1, data_class=policy, task={}, profile={"mine": {task: tuple(chain)}})
    may = allowed if TASK_CLASS[task] == "raw_fa" else derived
    try:
        route = plan_route(task, "mine", routes, CATALOGUE)
    except Misconfigured as error:
        assert any(CATALOGUE.of(hop.split("@")[0]).provider not in may for hop in chain)
        assert "may not see" in str(error)
        return
    assert {hop.provider for hop in route.hops} <= may


def test_a_routing_file_cannot_declare_citizens_words_to_be_derived(tmp_path: Path) -> None:
    overlay = tmp_path / "routes.toml"
    overlay.write_text('[task.canonicalize]\nmax_output = 100\ndata_class = "derived_en"\n')
    with pytest.raises(Misconfigured, match=r"task\.canonicalize\.data_class"):
        load_routes(overlay)


def test_a_model_is_added_and_a_task_moved_by_editing_the_two_files_alone(tmp_path: Path) -> None:
    models, routes = tmp_path / "models.toml", tmp_path / "routes.toml"
    models.write_text(
        '[model."brand-new-3b"]\nprovider = "local"\nname = "Brand New"\nprice = "free"\nmodes = ["local"]\nvram_q4 = 2\nram = 4\n'
    )
    routes.write_text('[profile.default]\nsummarise = ["brand-new-3b@local"]\n')
    catalogue = load_catalogue(models)
    route = plan_route("summarise", "default", load_routes(routes), catalogue)
    assert [(hop.model, hop.provider, hop.mode) for hop in route.hops] == [("brand-new-3b", "local", "local")]
    assert (
        plan_route("canonicalize", "default", load_routes(routes), catalogue).hops[0].model
        == "claude-haiku-5-5"
    )


def test_a_model_asked_for_leads_its_chain_and_the_profile_follows() -> None:
    def hops(entry: str) -> list[tuple[str, str]]:
        routes = led_by(ROUTES, CATALOGUE, profile="default", task="canonicalize", entry=entry)
        return [(h.model, h.mode) for h in plan_route("canonicalize", "default", routes, CATALOGUE).hops]

    profile = [(h.model, h.mode) for h in plan_route("canonicalize", "default", ROUTES, CATALOGUE).hops]
    assert hops("claude-haiku-4-5") == [("claude-haiku-4-5", "batch"), profile[0]]
    assert hops("claude-haiku-4-5@online") == [("claude-haiku-4-5", "online"), *profile]
    assert hops("claude-haiku-5-5@batch") == profile


@pytest.mark.parametrize(
    ("profile", "entry", "says"),
    [
        ("default", "deepseek-flash", "may not see raw_fa"),
        ("default", "gpt-9", "has no model"),
        ("offline", "claude-haiku-4-5", "calls nobody"),
    ],
)
def test_a_model_asked_for_passes_the_same_gate(profile: str, entry: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        routes = led_by(ROUTES, CATALOGUE, profile=profile, task="canonicalize", entry=entry)
        plan_route("canonicalize", profile, routes, CATALOGUE)


BAD: dict[str, tuple[str, str]] = {
    "an unknown model": ('[profile.x]\nplan = ["gpt-9@online"]\n', "has no model 'gpt-9'"),
    "a mode the model lacks": (
        '[profile.x]\nplan = ["deepseek-flash@batch"]\n',
        "write deepseek-flash@online",
    ),
    "no mode": ('[profile.x]\nplan = ["deepseek-flash"]\n', "write deepseek-flash@online"),
    "a forbidden provider": ('[profile.x]\ncanonicalize = ["deepseek-flash@online"]\n', "may not see raw_fa"),
    "an empty chain": ("[profile.x]\nplan = []\n", "has no chain for 'plan'"),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD.keys())
def test_a_bad_route_is_refused_with_its_name_and_a_remedy(tmp_path: Path, text: str, says: str) -> None:
    overlay = tmp_path / "routes.toml"
    overlay.write_text(text)
    task = "canonicalize" if "canonicalize" in text else "plan"
    with pytest.raises(Misconfigured, match=says.replace("'", ".")):
        plan_route(task, "x", load_routes(overlay), CATALOGUE)


def test_toml_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    overlay = tmp_path / "routes.toml"
    overlay.write_text("[profile.x]\nplan = [\n")
    with pytest.raises(Misconfigured, match="line"):
        load_routes(overlay)
    with pytest.raises(Misconfigured, match="cannot read"):
        load_routes(tmp_path / "absent.toml")


def test_every_model_of_the_strategy_is_in_the_catalogue() -> None:
    named = {model.strategy for model in CATALOGUE.model.values()}
    assert named >= {
        "Claude Haiku", "DeepSeek V3.2", "DeepSeek V4", "Qwen3-8B", "Qwen3-14B", "GLM-Z1-9B", "GLM-4.7", "Kimi K2.5",
        "MiMo-V2-Flash", "Llama 4 Scout", "Qwen3-Coder-30B-A3B", "BGE-small-en-v1.5",
    }  # fmt: skip


def test_the_hardware_question_of_the_strategy_is_answered_without_its_errors() -> None:
    small: list[dict[str, Any]] = fitting_models(CATALOGUE, vram_gb=8, ram_gb=16)
    names = {row["model"] for row in small}
    assert {"qwen3-8b", "qwen3.5-9b"} <= names
    assert not names & {"mimo-v2-flash", "llama-4-scout", "qwen3-14b"}
    card = {row["model"] for row in fitting_models(CATALOGUE, vram_gb=24, ram_gb=64)}
    assert "mimo-v2-flash" not in card


def test_quirks_and_providers_named_by_models_exist() -> None:
    catalogue: Catalogue = CATALOGUE
    for name, model in catalogue.model.items():
        assert model.provider in catalogue.provider, name
        if model.quirks:
            assert model.quirks in catalogue.quirks, name
    for name, provider in catalogue.provider.items():
        if provider.kind == "openai":
            assert provider.quirks in catalogue.quirks, name
