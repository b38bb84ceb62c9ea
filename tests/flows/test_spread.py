"""A night whose embedding and refit are spread over a Dask cluster gives what a night in one process gives."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.store import open_store
from tests.sample_files import NIGHTS, SAMPLE, file_rows

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from flows.nightly import nightly
if __name__ == "__main__":
    state = nightly(on=date(2026, 11, 3), inbox=Path(sys.argv[1]), runner=sys.argv[2], return_state=True)
    state.result(raise_on_failure=True)
"""


def one_inbox(folder: Path) -> Path:
    """The three nights of the sample at once: enough records that a fit is a consensus of many."""
    for number in NIGHTS:
        for source in (SAMPLE / f"night{number}").rglob("*.*"):
            goal = folder / source.parent.name / f"{number}-{source.name}"
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, goal)
    return folder


def night(base: Path, inbox: Path, runner: str) -> Path:
    """The home of one night; Prefect's own database lies beside it."""
    home = base / runner
    program = base / f"night_by_{runner}.py"  # a script named dask.py would be taken for dask
    program.write_text(PROGRAM)
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "CW_HOME": str(home),
        "CW_PROFILE": "offline",
        "PREFECT_HOME": str(base / f"prefect-{runner}"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }
    env.pop("PREFECT_API_URL", None)
    command = [sys.executable, program, inbox, runner]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=1_200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return home


def facts(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_store(home, read_only=True) as store:
        return {
            "vectors": store.rows("select text_hash, backend, vector::varchar from core.embedding order by all"),
            "members": store.rows(
                "select record_id, cluster_id, probability, outlier_reason, x, y from core.membership order by all"
            ),
            "states": store.rows(
                "select cluster_id, theme_id, stability, medoid_record_ids::varchar from core.cluster_state order by all"
            ),
        }


@pytest.mark.server
@pytest.mark.timeout(2_400)
def test_a_night_spread_over_a_dask_cluster_is_the_night_of_one_process_and_prefect_keeps_no_text_of_it(tmp_path):
    pytest.importorskip("prefect_dask")
    inbox = one_inbox(tmp_path / "inbox")
    (tmp_path / "dask").mkdir(mode=0o700)
    local = night(tmp_path, inbox, "local")
    shutil.copyfile(local / "person.key", tmp_path / "dask" / "person.key")
    (tmp_path / "dask" / "person.key").chmod(0o600)
    spread = night(tmp_path, inbox, "dask")
    assert facts(spread) == facts(local)
    database = tmp_path / "prefect-dask" / "prefect.db"
    with sqlite3.connect(database) as books:
        count = books.execute("select count(*) from task_run where name like 'piece%'").fetchone()[0]
    assert count >= 50, "texts in pieces, resolutions scored, rounds of the consensus"
    kept = b"".join(p.read_bytes() for p in (tmp_path / "prefect-dask").rglob("*") if p.is_file())
    with open_store(spread, read_only=True) as store:
        embedded = [row[0] for row in store.rows("select distinct embed_text from core.record")]
    rows = [row for path in inbox.glob("submissions/*") for row in file_rows(path) if row]
    texts = [str(row.get("raw_text", "")) for row in rows]
    assert len(texts) > 500
    for text in (*embedded, *texts):  # titles of clusters are published, and shown as artifacts
        if len(text) > 30:
            assert text.encode() not in kept
            assert json.dumps(text)[1:-1].encode() not in kept
