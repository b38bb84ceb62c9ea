"""Docs are what the program says: the data dictionary, the README's score table, the verbs that are named."""

from __future__ import annotations

import re
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
