"""Online calls against the emulated servers: every quirk is recognised, counted and survived within a budget."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import Misconfigured, ProviderRefused
from tasks.llm import Ask, complete, spend_by
from tasks.llm.outside import Outside
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store
from tests.emulator.plugin import Emulator

PAIRS = [
    ("Rents should be capped.", "Rents should be limited by law."),
    ("Filtering should end.", "Bread is dear."),
]


def positions(count: int = 4) -> list[Ask]:
    """Asks of the position task."""
    asks = []
    for i in range(count):
        one, other = PAIRS[i % 2]
        record = {
            "record_proposition_en": one,
            "record_position": "support",
            "summary_en": one,
            "title_en": f"No {i}",
        }
        asks.append(
            Ask(f"r{i}", {**record, "proposition_en": other, "proposition_fa": "…", "position": "support"})
        )
    return asks


def texts(count: int = 4) -> list[Ask]:
    return [
        Ask(f"t{i}", {"text": f"کرایه خانه در تهران زیاد شده {i}", "language": "fa"}) for i in range(count)
    ]


LOCAL = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llamacpp",
    "ollama": "ollama",
    "transformers": "transformers",
}


def local_models(folder: Path, server: str, emulator: Emulator) -> Path:
    """A models file that puts the 9B model behind one of the emulated servers."""
    name = {"llamacpp": "qwen3.5-9b-q4_k_m", "ollama": "qwen3.5:9b"}.get(server, "Qwen/Qwen3.5-9B")
    path = folder / "models.toml"
    path.write_text(
        f'[model."qwen3.5-9b"]\napi_id = "{name}"\nquirks = "{server}"\nbase_url = "{emulator.openai_url(server)}"\n'
    )
    return path


@pytest.mark.parametrize("server", LOCAL)
def test_each_local_server_answers_in_its_own_dialect(
    server: str, tmp_path: Path, emulator: Emulator, store: Store, settings: Callable[..., Settings],
    run: Callable[..., Run], outside: Outside,
) -> None:  # fmt: skip
    chosen = settings(emulator, profile="local", models_file=local_models(tmp_path, server, emulator))
    answers = complete(store, "canonicalize", texts(), run=run("local"), settings=chosen, outside=outside)
    assert [a.status for a in answers] == ["done"] * 4
    assert {a.engine for a in answers} == {"local"}
    backends = {row[0] for row in store.rows("select backend from llm.reply")}
    if server in ("vllm", "sglang", "ollama"):
        assert all(server in backend for backend in backends), backends
    assert sum(row["cost_usd"] for row in spend_by(store, "model")) == 0


QUIRKS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "empty content": ("deepseek", {"do": "empty", "count": 2}),
    "answer in the reasoning field": ("vllm", {"do": "null_content", "count": 2}),
    "endless whitespace": ("llamacpp", {"do": "whitespace", "count": 2}),
    "thinking in the content": ("sglang", {"do": "think", "count": 4}),
    "fenced": ("transformers", {"do": "fenced", "count": 4}),
    "prose around": ("transformers", {"do": "prose", "count": 4}),
    "not JSON": ("ollama", {"do": "not_json", "count": 2}),
    "truncated": ("vllm", {"do": "max_tokens", "count": 2}),
    "429 with retry-after": ("vllm", {"do": "rate_limit", "retry_after": 0.1, "count": 3}),
    "503-like server error": ("vllm", {"do": "server_error", "count": 2}),
    "connection dropped": ("vllm", {"do": "drop", "count": 2}),
}


@pytest.mark.parametrize(("server", "fault"), QUIRKS.values(), ids=QUIRKS.keys())
def test_each_quirk_is_survived_on_the_first_hop(
    server: str, fault: Mapping[str, Any], tmp_path: Path, emulator: Emulator, store: Store,
    settings: Callable[..., Settings], run: Callable[..., Run], outside: Outside,
) -> None:  # fmt: skip
    profile = "cpu_only" if server == "deepseek" else "local"
    models = None if server == "deepseek" else local_models(tmp_path, server, emulator)
    chosen = settings(emulator, profile=profile, models_file=models)
    task = "position" if server == "deepseek" else "canonicalize"
    asks = positions() if server == "deepseek" else texts()
    emulator.faults(fault)
    answers = complete(store, task, asks, run=run(profile), settings=chosen, outside=outside)
    assert emulator.fired()[0]["fired"] > 0
    assert [a.status for a in answers] == ["done"] * 4
    assert store.value("select max(route_position) from llm.request") == 0


def test_json_is_repaired_for_deepseek_and_local_only_and_the_ledger_tells(
    tmp_path: Path, emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run],
    outside: Outside,
) -> None:  # fmt: skip
    chosen = settings(emulator, profile="local", models_file=local_models(tmp_path, "transformers", emulator))
    emulator.faults({"do": "prose"})
    complete(store, "canonicalize", texts(2), run=run("local"), settings=chosen, outside=outside)
    assert store.rows("select count(*) from llm.reply where is_json_repaired") == [(2,)]
    emulator.faults({"do": "fenced"})
    claude = settings(emulator, profile="strategy")
    complete(store, "canonicalize", texts(1), run=run("strategy"), settings=claude, outside=outside)
    assert store.rows("select is_json_repaired, outcome from llm.reply where provider = 'anthropic'") == [
        (False, "invalid"),
        (False, "invalid"),
    ]


def test_deepseek_is_asked_without_thinking_in_json_mode_with_the_schema_in_words(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator, profile="cpu_only")
    answers = complete(store, "position", positions(2), run=run("cpu_only"), settings=chosen, outside=outside)
    assert {(a.status, a.engine) for a in answers} == {("done", "deepseek")}
    for body in (kept["params"] for kept in emulator.bodies()):
        assert body["thinking"] == {"type": "disabled"}
        assert body["response_format"] == {"type": "json_object"}
        assert "JSON schema" in body["messages"][0]["content"]
    ledger = store.value("select sum(cost_usd) from llm.spend")
    assert Decimal(repr(ledger)) == pytest.approx(emulator.total_usd(), abs=Decimal("1e-12"))


def test_claude_is_asked_without_thinking_and_without_sampling_parameters(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    models = settings(emulator).home.parent / "routes.toml"
    models.write_text('[profile.live]\ncanonicalize = ["claude-haiku-5-5@online"]\n')
    chosen = settings(emulator, profile="live", routes_file=models)
    answers = complete(store, "canonicalize", texts(2), run=run("live"), settings=chosen, outside=outside)
    assert {a.status for a in answers} == {"done"}
    for kept in emulator.bodies():
        sent = kept["params"]
        assert sent["thinking"] == {"type": "disabled"}
        assert not {"temperature", "top_p", "top_k"} & set(sent)
        assert sent["output_config"]["format"]["type"] == "json_schema"
        assert "تهران" not in sent["system"][0]["text"]


def test_an_exhausted_provider_is_left_alone_and_the_fallback_serves(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator, profile="default")
    emulator.faults({"do": "low_balance", "match": {"profile": "deepseek"}})
    wish = "Rents should be capped."
    record = {
        "id": "a",
        "people": 3,
        "alike": 3,
        "places": [],
        "quantities": [],
        "position": "support",
        "title_en": "Rent cap",
        "title_fa": "سقف اجاره",
    }
    words = {
        "proposition_en": wish,
        "proposition_fa": "اجاره سقف داشته باشد.",
        "summary_en": wish,
        "summary_fa": "سقف",
    }
    records = [record | words]
    answers = complete(
        store,
        "summarise",
        [Ask("c1", {"records": records, "people": 3, "topic": "housing"})],
        run=run(),
        settings=chosen,
        outside=outside,
    )
    assert [(a.status, a.model) for a in answers] == [("done", "claude-haiku-5-5")]
    assert store.rows("select outcome from llm.reply where provider = 'deepseek'") == [("paused",)]


def test_a_wrong_key_stops_with_the_way_out_when_there_is_no_fallback(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator, profile="strategy")
    emulator.faults({"do": "unauthorized"})
    with pytest.raises(ProviderRefused, match="check key, balance and limits"):
        complete(store, "canonicalize", texts(2), run=run("strategy"), settings=chosen, outside=outside)


def test_a_profile_without_its_key_says_which_variable_to_set(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    with pytest.raises(Misconfigured, match="set ANTHROPIC_API_KEY"):
        complete(store, "canonicalize", texts(1), run=run(), settings=settings(anthropic_api_key=None))


def test_calls_whose_process_died_are_filed_as_lost_at_the_worst_case_and_sent_again(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator, profile="strategy")

    class Died(BaseException):
        pass

    from tasks.llm import online

    original = online.ledger.append_replies

    def cut(*args: Any, **kwargs: Any) -> int:
        raise Died

    online.ledger.append_replies = cut  # the process dies after the calls and before their filing
    try:
        with pytest.raises(Died):
            complete(store, "canonicalize", texts(2), run=run("strategy"), settings=chosen, outside=outside)
    finally:
        online.ledger.append_replies = original
    answers = complete(store, "canonicalize", texts(2), run=run("strategy"), settings=chosen, outside=outside)
    assert {a.status for a in answers} == {"done"}
    assert store.rows("select outcome, count(*) from llm.reply group by 1 order by 1") == [
        ("lost", 2),
        ("ok", 2),
    ]
    assert store.value("select min(cost_usd) from llm.reply where outcome = 'lost'") > 0
