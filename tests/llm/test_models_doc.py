"""docs/models.md is what the catalogue says and what runs: each model in each mode and on each server it may live on."""

from pathlib import Path

import pytest

from tasks.llm.catalogue import load_catalogue
from tests.emulator.plugin import Emulator
from tests.llm.models_table import DOC, Case, answers, cases, page

pytestmark = pytest.mark.slow  # the page is compared where every model was asked
CATALOGUE = load_catalogue()
CASES = cases(CATALOGUE)
RAN: dict[str, list[str]] = {}  # what the tests of this file have seen answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model} {case.told}")
def test_each_model_answers_as_its_profile_does(case: Case, emulator: Emulator, tmp_path: Path) -> None:
    assert answers(case, emulator, tmp_path)
    RAN.setdefault(case.model, []).append(case.told)


def test_the_page_of_models_is_what_the_catalogue_says_and_what_answered() -> None:
    if sum(map(len, RAN.values())) < len(CASES):
        pytest.skip("not every model was asked in this session")
    assert DOC.read_text(encoding="utf-8") == page(CATALOGUE, RAN), "run python -m tests.llm.models_table"
