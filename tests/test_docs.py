"""Docs are what the program says: the data dictionary, the README's score table, the verbs that are named."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.dictionary import dictionary

ROOT = Path(__file__).parent.parent


def between(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", text, re.S)
    assert found, f"no {name} section"
    return found[1]


def test_the_data_dictionary_is_up_to_date() -> None:
    written = (ROOT / "docs/data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary(), "run: python -m tasks.dictionary > docs/data-dictionary.md"


def test_the_dictionary_tells_a_column_as_its_newest_comment_does() -> None:
    told = dictionary()
    assert "| event | varchar not null | doubtful \\| refused \\| void \\| ended \\| filed \\| found \\| given_up" in told
    assert "lost \\| twin (charged, not used) |" in told, "a comment of two lines is cut"
    widths = {len(re.split(r"(?<!\\)\|", line)) for line in told.splitlines() if line.startswith("| ")}
    assert widths == {4, 5}, "a cell is parted"


def test_the_readme_quotes_the_score_that_the_engine_has() -> None:
    from tasks.evaluate import offline_engine, read_gold, score

    table = between((ROOT / "README.md").read_text(encoding="utf-8"), "eval output")
    shares = score(read_gold("kept"), offline_engine).shares()
    quoted = {field: float(value) for field, value in re.findall(r"^\| (\w+) \| ([0-9.]+) \|", table, re.M)}
    assert quoted, "the README quotes no score"
    assert quoted == {field: round(shares[field], 3) for field in quoted}


def test_the_readme_quotes_the_score_that_the_redactor_has() -> None:
    from tasks.pii.score import load_labelled, score_pii

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = re.search(r"<!-- pii output: begin -->([0-9.]+), recall ([0-9.]+)<!--", text)
    assert quoted, "the README quotes no score of the redactor"
    found = score_pii(load_labelled("kept"))[-1]
    assert (float(quoted[1]), float(quoted[2])) == (round(found.precision, 3), round(found.recall, 3))


@pytest.mark.parametrize("path", ["README.md", "docs/runbook.md", "docs/privacy.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_verb_that_is_named_exists(path: str) -> None:
    from flows.cli import cli

    text = (ROOT / path).read_text(encoding="utf-8")
    named = set(re.findall(r"`cw ([a-z]+)", text))
    assert named <= set(cli.commands), named - set(cli.commands)


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of the server that docs/scheduling.md gives, over a folder with a run and a read copy."""
    text = (ROOT / "docs/scheduling.md").read_text(encoding="utf-8")
    code = re.search(r"<<'EOF' &\n(.*?)\nEOF\n", text, re.S)
    assert code, "docs/scheduling.md gives no server"
    run = tmp_path / "published" / "20261103T203000Z-0a1b2c3d"
    (run / "plans").mkdir(parents=True)
    (run / "report.html").write_text("the report")
    (run / "plans" / "p.html").write_text("a plan")
    for name in ("read.duckdb", "latest.json"):
        (run.parent / name).write_text("not for the web")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", code[1], str(run.parent), str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def test_the_server_of_the_docs_gives_run_folders_and_nothing_beside_them(served: str) -> None:
    def asked(path: str) -> tuple[int, bytes]:
        there = http.client.HTTPConnection(served, timeout=10)
        there.request("GET", path)
        answer = there.getresponse()
        return answer.status, answer.read()

    run = "/20261103T203000Z-0a1b2c3d"
    assert asked(f"{run}/report.html") == (200, b"the report")
    assert asked(f"{run}/plans/p.html") == (200, b"a plan")
    for path in ("/", "/read.duckdb", "//read.duckdb", "/./read.duckdb", "/%72ead.duckdb", f"{run}/../read.duckdb", f"{run}/%2e%2e/read.duckdb", "/latest.json"):
        status, body = asked(path)
        assert status == 404 and b"not for the web" not in body, path
