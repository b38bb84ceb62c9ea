"""The code runs unchanged on DuckDB 2.0: a night, its read copy, and a store that DuckDB 1.5 wrote and sealed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = "2.0.1"
NIGHTS = textwrap.dedent(
    """
    import sys
    from datetime import UTC, date, datetime
    from pathlib import Path

    import duckdb

    from tasks.night import NIGHT
    from tasks.seals import check_seals
    from tasks.session import open_session
    from tasks.settings import Settings
    from tasks.store import open_copy
    from tasks.verify import verify_folder

    home, sample, day = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    assert duckdb.__version__ == sys.argv[4], duckdb.__version__
    settings = Settings(home=home, inbox=sample / f"night{day}", profile="offline")
    now = datetime(2026, 11, day, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, day), now=now) as session:
        for step in NIGHT:
            session.take(step)
        assert check_seals(session.store) == day - 1
    manifest = verify_folder(home / session.published_path)
    with open_copy(home / "published" / "read.duckdb") as copy:
        print(manifest["row_counts"]["canonical"], copy.value("select count(*) from core.record"))
    """
)


@pytest.fixture(scope="module")
def duckdb_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds DuckDB 2.0 alone, to go before the installed one."""
    target = tmp_path_factory.mktemp("duckdb-2")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    done = subprocess.run([*command, f"duckdb=={VERSION}"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"duckdb {VERSION} cannot be fetched here: {done.stderr.strip().splitlines()[-1]}")
    return target


def night(home: Path, day: int, *, version: str, before: Path | None = None) -> list[int]:
    """One night of the sample in a process of its own: records published, records in the read copy."""
    paths = [str(path) for path in (before, ROOT) if path]
    done = subprocess.run(
        [sys.executable, "-c", NIGHTS, str(home), str(ROOT / "data/sample"), str(day), version],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=home.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [int(word) for word in done.stdout.splitlines()[-1].split()]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nights_run_on_duckdb_2_on_a_fresh_store_and_on_one_that_today_s_duckdb_wrote(
    duckdb_2: Path, tmp_path: Path
) -> None:
    import duckdb

    old, new = tmp_path / "old", tmp_path / "new"
    expected = night(old, 1, version=duckdb.__version__)
    assert expected[0] == expected[1] > 100
    assert night(new, 1, version=VERSION, before=duckdb_2) == expected
    assert night(old, 2, version=VERSION, before=duckdb_2)[0] > expected[0]
