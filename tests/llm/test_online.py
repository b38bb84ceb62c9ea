"""Online calls against the emulated servers: every quirk is recognised, counted and survived within a budget."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import Misconfigured, ProviderRefused
from tasks.llm import Ask, spend_by
from tests.emulator.plugin import Emulator
from tests.llm.conftest import Asking, wishes

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


SERVERS = ("vllm", "sglang", "llamacpp", "ollama", "transformers")


def local_models(folder: Path, server: str, emulator: Emulator) -> Path:
    """A models file that puts the 9B model behind one of the emulated servers."""
    name = {"llamacpp": "qwen3.5-9b-q4_k_m", "ollama": "qwen3.5:9b"}.get(server, "Qwen/Qwen3.5-9B")
    path = folder / "models.toml"
    path.write_text(
        f'[model."qwen3.5-9b"]\napi_id = "{name}"\nquirks = "{server}"\nbase_url = "{emulator.openai_url(server)}"\n'
    )
    return path


@pytest.mark.parametrize("server", SERVERS)
def test_each_local_server_answers_in_its_own_dialect(server: str, asking: Asking, tmp_path: Path) -> None:
    models = local_models(tmp_path, server, asking.emulator)
    answers = asking.ask("canonicalize", texts(), profile="local", models_file=models)
    assert [a.status for a in answers] == ["done"] * 4
    assert {a.engine for a in answers} == {"local"}
    backends = {row[0] for row in asking.store.rows("select backend from llm.reply")}
    if server in ("vllm", "sglang", "ollama"):
        assert all(server in backend for backend in backends), backends
    assert sum(row["cost_usd"] for row in spend_by(asking.store, "model")) == 0


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
    server: str, fault: Mapping[str, Any], asking: Asking, tmp_path: Path
) -> None:
    asking.emulator.faults(fault)
    if server == "deepseek":
        answers = asking.ask("position", positions(), profile="cpu_only")
    else:
        models = local_models(tmp_path, server, asking.emulator)
        answers = asking.ask("canonicalize", texts(), profile="local", models_file=models)
    assert asking.emulator.fired()[0]["fired"] > 0
    assert [a.status for a in answers] == ["done"] * 4
    assert asking.store.value("select max(route_position) from llm.request") == 0


def test_json_is_repaired_for_deepseek_and_local_only_and_the_ledger_tells(asking: Asking, tmp_path: Path) -> None:
    asking.emulator.faults({"do": "prose"})
    models = local_models(tmp_path, "transformers", asking.emulator)
    asking.ask("canonicalize", texts(2), profile="local", models_file=models)
    assert asking.store.rows("select count(*) from llm.reply where is_json_repaired") == [(2,)]
    asking.emulator.faults({"do": "fenced"})
    asking.ask("canonicalize", texts(1), profile="strategy")
    claude = "select is_json_repaired, outcome from llm.reply where provider = 'anthropic'"
    assert asking.store.rows(claude) == [(False, "invalid"), (False, "invalid")]


def test_deepseek_is_asked_without_thinking_in_json_mode_with_the_schema_in_words(asking: Asking) -> None:
    answers = asking.ask("position", positions(2), profile="cpu_only")
    assert {(a.status, a.engine) for a in answers} == {("done", "deepseek")}
    for body in (kept["params"] for kept in asking.emulator.bodies()):
        assert body["thinking"] == {"type": "disabled"}
        assert body["response_format"] == {"type": "json_object"}
        assert "JSON schema" in body["messages"][0]["content"]
    ledger = asking.store.value("select sum(cost_usd) from llm.spend")
    assert Decimal(repr(ledger)) == pytest.approx(asking.emulator.total_usd(), abs=Decimal("1e-12"))


def test_claude_is_asked_without_thinking_and_without_sampling_parameters(asking: Asking, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text('[profile.live]\ncanonicalize = ["claude-haiku-5-5@online"]\n')
    answers = asking.ask("canonicalize", texts(2), profile="live", routes_file=routes)
    assert {a.status for a in answers} == {"done"}
    for kept in asking.emulator.bodies():
        sent = kept["params"]
        assert sent["thinking"] == {"type": "disabled"}
        assert not {"temperature", "top_p", "top_k"} & set(sent)
        assert sent["output_config"]["format"]["type"] == "json_schema"
        assert "تهران" not in sent["system"][0]["text"]


def test_an_exhausted_provider_is_left_alone_and_the_fallback_serves(asking: Asking) -> None:
    asking.emulator.faults({"do": "low_balance", "match": {"profile": "deepseek"}})
    answers = asking.ask("summarise", wishes())
    assert [(a.status, a.model) for a in answers] == [("done", "claude-haiku-5-5")]
    assert asking.store.rows("select outcome from llm.reply where provider = 'deepseek'") == [("paused",)]


def test_a_wrong_key_stops_with_the_way_out_when_there_is_no_fallback(asking: Asking) -> None:
    asking.emulator.faults({"do": "unauthorized"})
    with pytest.raises(ProviderRefused, match="check key, balance and limits"):
        asking.ask("canonicalize", texts(2), profile="strategy")


def test_a_profile_without_its_key_says_which_variable_to_set(asking: Asking) -> None:
    with pytest.raises(Misconfigured, match="set ANTHROPIC_API_KEY"):
        asking.ask("canonicalize", texts(1), anthropic_api_key=None)


def test_calls_whose_process_died_are_filed_as_lost_at_the_worst_case_and_sent_again(asking: Asking) -> None:
    class Died(BaseException):
        """The process is gone; nobody may catch this."""

    def now() -> datetime:
        if asking.emulator.bill():  # the calls are made and nothing is filed yet
            raise Died
        return asking.outside.now()

    with pytest.raises(Died):
        replace(asking, outside=replace(asking.outside, now=now)).ask("canonicalize", texts(2), profile="strategy")
    assert asking.store.rows("select count(*) from llm.reply") == [(0,)]
    answers = asking.ask("canonicalize", texts(2), profile="strategy")
    assert {a.status for a in answers} == {"done"}
    outcomes = "select outcome, count(*) from llm.reply group by 1 order by 1"
    assert asking.store.rows(outcomes) == [("lost", 2), ("ok", 2)]
    assert asking.store.value("select min(cost_usd) from llm.reply where outcome = 'lost'") > 0
