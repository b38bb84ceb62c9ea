"""`cw routes check`: whatever an operator writes wrong is named with its file, its line and the remedy; exit 4, never a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.llm import check_routes
from tasks.settings import Settings

MODEL = '[model."mine"]\nprovider = "local"\nname = "Mine"\n'
ROUTES = {
    "no TOML": ("[profile.default\n", "routes.toml is not TOML", "line 1"),
    "a model that is not": ('[profile.default]\nsummarise = ["none@online"]\n', "routes.toml:2", "add a [model.'none'] table"),
    "words where they may not go": ('[profile.default]\ncanonicalize = ["deepseek-flash@online"]\n', "routes.toml:2", "take another model"),
    "a mode it lacks": ('[profile.default]\nplan = ["deepseek-v4-pro@batch"]\n', "routes.toml:2", "write deepseek-v4-pro@online"),
    "no mode": ('[profile.default]\nsummarise = ["claude-haiku-5-5"]\n', "routes.toml:2", "write claude-haiku-5-5@batch"),
    "no list": ('[profile.default]\nsummarise = "claude-haiku-5-5@online"\n', "routes.toml:2", 'add `summarise = ["model@mode"]`'),
    "an empty list": ("[profile.default]\nsummarise = []\n", "routes.toml:2", 'add `summarise = ["model@mode"]`'),
    "a number": ("[profile.default]\nsummarise = [3]\n", "routes.toml:2", "a valid string"),
    "a task that is not": ('[profile.default]\nsummarize = ["claude-haiku-5-5@online"]\n', "routes.toml:2", "known are canonicalize"),
    "limits of a task that is not": ("# mine\n[task.canonicalise]\nmax_output = 1500\n", "routes.toml:2", "known are canonicalize"),
    "a limit in words": ('[task.plan]\n\nmax_output = "many"\n', "routes.toml:3", "a valid integer"),
    "a provider that is not": ('[data_class]\nraw_fa = ["offline", "antropic"]\n', "routes.toml:2", "known are anthropic"),
    "a table that is not": ('[data_clas]\nraw_fa = ["offline"]\n', "routes.toml:1", "not permitted"),
    "half a profile": ('[profile.mine]\ncanonicalize = ["offline@offline"]\n', "routes.toml:1", "no chain for summarise, position"),
    "what the engine cannot": ('[profile.offline]\njudge = ["offline@offline"]\n', "routes.toml:2", "drop the line"),
}  # fmt: skip
MODELS = {
    "a price that nobody knows": (f'{MODEL}price = "cheap"\nmodes = ["local"]\n', "models.toml:4", 'price = "own"'),
    "a provider that is not": (f'{MODEL}price = "free"\nmodes = ["local"]\n'.replace("local", "lokal", 1), "models.toml:2", "known are"),
    "a mode that is not": (f'{MODEL}price = "free"\nmodes = ["fast"]\n', "models.toml:5", "'batch', 'online'"),
    "a field that is not": ('[model."claude-haiku-5-5"]\npricee = "free"\n', "models.toml:2", "not permitted"),
    "a field that is missing": ('\n[model."mine"]\nname = "Mine"\n', "models.toml:2", "required"),
    "own without an entry": ('[model."claude-haiku-5-5"]\nprice = "own"\n', "models.toml:2", "add one in models.toml"),
    "an entry without own": (
        "[[model.claude-haiku-5-5.price_entry]]\nfrom = 2026-01-01\ninput = 1\noutput = 1\n", "models.toml:1", 'write price = "own"'),
    "an old name": ('[model."claude-haiku-5-5"]\nprice = "anthropic:claude-haiku-9"\n', "models.toml:2", "a price_entry in models.toml"),
    "a profile of quirks that is not": ('[provider.local]\nquirks = "vlm"\n', "models.toml:2", "vllm"),
    "a kind that is not": ('[provider.local]\nkind = "grpc"\n', "models.toml:2", "'anthropic' or 'openai'"),
    "a key that is no setting": ('[provider.anthropic]\nkey = "anthropic_key"\n', "models.toml:2", "is no setting"),
}  # fmt: skip
BROKEN = [("routes", *row) for row in ROUTES.values()] + [("models", *row) for row in MODELS.values()]


@pytest.mark.parametrize(("name", "text", "place", "remedy"), BROKEN, ids=[*ROUTES, *(f"models: {why}" for why in MODELS)])
def test_a_mistake_is_named_with_its_line_and_its_remedy(
    name: str, text: str, place: str, remedy: str, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    problems = check_routes(settings(profile="default", **{f"{name}_file": path}))
    told = [f"{row['where']} ({row['line']}): {row['problem']}" for row in problems]
    assert any(place in line and remedy in line for line in told), told


@pytest.mark.parametrize("name", ["routes", "models"])
def test_a_file_that_is_no_text_or_not_there_is_named(name: str, settings: Callable[..., Settings], tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    for content, why in ((None, "cannot read"), (b"\xff\xfe[profile", "is not UTF-8")):
        if content is not None:
            path.write_bytes(content)
        [row] = check_routes(settings(profile="default", **{f"{name}_file": path}))
        assert why in row["problem"]


def test_the_shipped_files_have_no_mistake(settings: Callable[..., Settings]) -> None:
    assert check_routes(settings(profile="offline")) == []
