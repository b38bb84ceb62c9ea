"""docs/models.md is what the catalogue says and what runs."""

from pathlib import Path

from tasks.llm.catalogue import load_catalogue
from tests.emulator.plugin import Emulator
from tests.llm.models_table import DOC, answering, page


def test_the_page_of_models_is_what_the_catalogue_says_and_what_answered(
    emulator: Emulator, tmp_path: Path
) -> None:
    catalogue = load_catalogue()
    ran = answering(catalogue, emulator, tmp_path)
    chat = {
        name: model for name, model in catalogue.model.items() if model.modes[0] not in ("embed", "offline")
    }
    assert {name for name in chat if name not in ran} <= {
        name for name, m in chat.items() if m.provider == "host"
    }
    assert DOC.read_text(encoding="utf-8") == page(catalogue, ran), "run python -m tests.llm.models_table"
