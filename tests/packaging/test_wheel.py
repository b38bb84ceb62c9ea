"""The wheel, in a clean environment outside the checkout, with the core's dependencies only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")} | env
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and the core's dependencies."""
    base = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", base / "dist", ROOT, cwd=base)
    run(sys.executable, "-m", "venv", base / "venv", cwd=base)
    (wheel,) = (base / "dist").glob("*.whl")
    run(base / "venv/bin/pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=base)
    return base


def test_the_core_has_neither_torch_nor_prefect_nor_an_sdk(core: Path) -> None:
    names = {
        line.split("==")[0].lower() for line in run(core / "venv/bin/pip", "freeze", cwd=core).splitlines()
    }
    assert not names & {"torch", "prefect", "anthropic", "openai", "umap-learn", "hdbscan"}


def test_the_command_line_starts(core: Path) -> None:
    assert "0.1.0" in run(core / "venv/bin/cw", "--version", cwd=core)
    assert "nightly" in run(core / "venv/bin/cw", "--help", cwd=core)


def test_packaged_files_are_read_outside_the_checkout(core: Path) -> None:
    code = (
        "from tasks.store import open_store, sql_names; from tasks.taxonomy import topics; from tasks.llm import offline;"
        "s = open_store(None); assert len(sql_names('migrations')) >= 5 and len(topics()) > 15;"
        "print(offline.canonicalize('برق روستای ما هر روز قطع می‌شود')[0].topic)"
    )
    assert run(core / "venv/bin/python", "-c", code, cwd=core).strip() == "energy"


def test_doctor_says_which_extras_are_missing(core: Path) -> None:
    told = run(core / "venv/bin/cw", "doctor", cwd=core, CW_HOME=str(core / "home"))
    assert "extra prefect is not installed" in told and "pip install" in told


def test_what_needs_prefect_says_what_to_install(core: Path) -> None:
    done = subprocess.run(
        [core / "venv/bin/cw", "run", "--json"],
        cwd=core, env={"PATH": os.environ["PATH"], "CW_HOME": str(core / "home")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 4
    assert json.loads(done.stdout)["error"] in done.stderr
    assert "Prefect is not installed" in done.stderr and "pip install" in done.stderr


def test_the_core_reads_redacts_and_reckons_what_a_night_would_cost(core: Path) -> None:
    sample = run(core / "venv/bin/python", "-c", "import data; print(data.__path__[0])", cwd=core).strip()
    told = json.loads(
        run(
            *(core / "venv/bin/cw", "run", "--dry-run", "--profile", "default", "--json"),
            *("--inbox", f"{sample}/sample/night1"),
            cwd=core,
            CW_HOME=str(core / "home"),
        )
    )
    assert told["waiting_messages"] > 150 and told["estimated_usd"] > 0
