"""The direction of imports is flows → tasks → (sql, data), and each outside library has one home."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# library → the files that may import it
HOMES = {
    "prefect": ("flows/",),
    "duckdb": ("tasks/store.py",),
    "anthropic": ("tasks/llm/",),
    "openai": ("tasks/llm/",),
}
HEAVY = ("torch", "sentence_transformers", "umap", "hdbscan", "sklearn", "lingua")


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_the_tree_has_modules_to_read() -> None:
    assert len(modules("flows", "tasks")) > 30


@pytest.mark.parametrize("path", modules("tasks"), ids=lambda p: str(p.relative_to(ROOT)))
def test_tasks_never_import_flows(path: Path) -> None:
    assert "flows" not in imports(path)


@pytest.mark.parametrize("path", modules("flows", "tasks"), ids=lambda p: str(p.relative_to(ROOT)))
def test_each_outside_library_has_one_home(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for library, homes in HOMES.items():
        if library in imports(path):
            assert here.startswith(homes), f"{here} imports {library}; only {homes} may"


@pytest.mark.parametrize("path", modules("flows", "tasks"), ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_are_imported_inside_the_step_that_needs_them(path: Path) -> None:
    assert not imports(path, top_level_only=True) & set(HEAVY)


@pytest.mark.parametrize("path", modules("tasks"), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_but_settings_reads_the_environment(path: Path) -> None:
    if path.name != "settings.py":
        text = path.read_text(encoding="utf-8")
        assert "os.environ" not in text and "os.getenv" not in text


def test_flow_files_fit_on_two_screens() -> None:
    assert {p.name: n for p in modules("flows") if p.name != "cli.py" and (n := len(p.read_text().splitlines())) > 160} == {}
