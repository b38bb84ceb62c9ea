"""The OpenAI-compatible route against a real inference server of this machine: `transformers serve`."""

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.llm import Ask, check_routes, complete
from tasks.llm.prompting import load_prompt, schema_words, turns
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NEEDED = ("torch", "transformers", "fastapi", "uvicorn", "tokenizers")
TEXTS = ["سلام خسته نباشید", "سلام", "درود بر شما", "روز بخیر", "hello there"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(base URL, model folder) of `transformers serve` with a tiny Qwen3 made here."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"no local server can be built here: {', '.join(missing)} not installed")
    from tests.llm.tiny_model import make_model

    folder = tmp_path_factory.mktemp("tiny-qwen3")
    system = f"{load_prompt('canonicalize').system}\n\n{schema_words('canonicalize')}"
    said = [
        [{"role": "system", "content": system}, *turns(f'{{"language":"fa","text":"{text}"}}')]
        for text in TEXTS
    ]
    make_model(folder, said)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--host", "127.0.0.1",
               "--port", str(port), "--device", "cpu"]  # fmt: skip
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", folder
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait_for(url: str, process: subprocess.Popen[bytes], *, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.skip(
                f"transformers serve ended with {process.returncode}: its serving extra may be missing"
            )
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("transformers serve did not get ready")


def models_file(folder: Path, url: str, model: Path, quirks: str) -> Path:
    path = folder / "models.toml"
    path.write_text(
        f'[model."qwen3.5-9b"]\napi_id = "{model}"\nquirks = "{quirks}"\nbase_url = "{url}"\n'
        f'[model."qwen3.6-27b"]\napi_id = "{model}"\nquirks = "{quirks}"\nbase_url = "{url}"\n'
    )
    return path


def test_a_real_server_answers_through_the_ordinary_route(
    server: tuple[str, Path],
    tmp_path: Path,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
) -> None:
    url, model = server
    chosen = settings(profile="local", models_file=models_file(tmp_path, url, model, "transformers"))
    asks = [Ask(f"t{i}", {"text": text, "language": "fa"}) for i, text in enumerate(TEXTS)]
    answers = complete(store, "canonicalize", asks, run=run("local"), settings=chosen)
    assert {(a.status, a.engine, a.cost_usd) for a in answers} == {("done", "local", 0.0)}
    assert {a.value.rejection_reason for a in answers} == {"greeting"}
    tokens = store.rows("select min(input_tokens), min(output_tokens), min(latency_ms) > 0 from llm.reply")
    assert tokens[0][0] > 500  # counted by the server's own tokenizer
    assert 5 < tokens[0][1] < 100
    assert tokens[0][2]


def test_a_server_that_ignores_the_schema_without_a_word_is_noticed(
    server: tuple[str, Path],
    tmp_path: Path,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
) -> None:
    url, model = server
    overlay = tmp_path / "routes.toml"
    overlay.write_text("[task.canonicalize]\nmax_output = 60\n")
    chosen = settings(
        profile="local", models_file=models_file(tmp_path, url, model, "vllm"), routes_file=overlay
    )
    odd = [Ask("odd", {"text": "x" * 50, "language": "en", "kind": "never seen in training"})]
    answers = complete(store, "canonicalize", odd, run=run("local"), settings=chosen)
    outcomes = {row[0] for row in store.rows("select outcome from llm.reply")}
    if answers[0].status == "dead":  # garbage is called garbage, with reasons, and nothing of it is used
        assert outcomes <= {"invalid", "truncated", "empty", "errored", "rejected"}
        assert answers[0].reasons
    else:
        assert "ok" in outcomes


def test_the_routes_check_reaches_the_server(
    server: tuple[str, Path], tmp_path: Path, settings: Callable[..., Settings]
) -> None:
    url, model = server
    path = models_file(tmp_path, url, model, "transformers")
    text = (
        path.read_text()
        + f'[model."qwen3.5-4b"]\nbase_url = "{url}"\n[model."qwen3.6-35b-a3b"]\nbase_url = "{url}"\n'
    )
    path.write_text(text)
    assert check_routes(settings(profile="local", models_file=path), reach=True) == []
    dead = text.replace(url, "http://127.0.0.1:9/v1")
    path.write_text(dead)
    problems = check_routes(settings(profile="local", models_file=path), reach=True)
    assert problems and all("does not answer" in p["problem"] for p in problems)
