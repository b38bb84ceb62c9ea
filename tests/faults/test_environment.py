"""A full disk, a read-only home, a corrupt store, a clock moved back, two nights at once: a clear line, the right exit
code, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.errors import Misconfigured, VerificationFailed
from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tasks.verify import run_folder, verify_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def night(home: Path, n: int = 1, *, now: datetime | None = None) -> str:
    """One night in this process; returns its run id."""
    settings = Settings(home=home, inbox=SAMPLE / f"night{n}", profile="offline", store_wait_s=1)
    now = now or datetime(2026, 11, n, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, n), now=now) as session:
        for step in NIGHT:
            session.take(step)
    return session.run.run_id


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_named_and_the_night_resumes_once_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    home = small_disk / "home"
    (small_disk / "ballast").write_bytes(b"x" * 10_000_000)
    with pytest.raises(Misconfigured, match="no space left"):
        night(home)
    (small_disk / "ballast").unlink()
    roomy = tmp_path / "roomy"
    shutil.copytree(home, roomy)
    night(roomy)
    verify_folder(run_folder(roomy, None))
    with open_store(roomy, read_only=True) as store:
        assert store.value("select count(*) from raw.submission") == 199


def test_a_read_only_home_is_named(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(Misconfigured, match="CW_HOME"):
        night(home)


def test_a_corrupt_store_is_named_kept_and_ends_with_8(three_nights: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(three_nights, tmp_path / "home"))
    path = home / "store.duckdb"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 200] = os.urandom(4096 * 197)
    path.write_bytes(data)
    with pytest.raises(VerificationFailed, match=r"store\.duckdb|cannot be read"):
        night(home, 2)
    assert path.read_bytes() == bytes(data)


def test_a_clock_moved_back_changes_no_order(tmp_path: Path) -> None:
    first = night(tmp_path, 1, now=datetime(2026, 11, 5, 12, 0, tzinfo=UTC))
    second = night(tmp_path, 2, now=datetime(2026, 11, 2, 12, 0, tzinfo=UTC))
    assert second > first
    assert run_folder(tmp_path, None).name == second


def test_of_two_nights_at_once_one_works_and_one_ends_with_7(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys
        from datetime import date
        from pathlib import Path
        from tasks.errors import CwError
        from tasks.night import NIGHT
        from tasks.session import open_session
        from tasks.settings import Settings
        settings = Settings(home=Path(sys.argv[1]), inbox=Path(sys.argv[2]), profile="offline", store_wait_s=0.5)
        try:
            with open_session(settings, kind="nightly", run_on=date(2026, 11, 1)) as session:
                for step in NIGHT:
                    session.take(step)
        except CwError as error:
            print(error, file=sys.stderr)
            sys.exit(error.exit_code)
        """
    )
    nights = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(SAMPLE / "night1")],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate()[1] for process in nights]
    assert sorted(process.returncode for process in nights) == [0, 7], told
    assert any("held by process" in line for line in told)
    with open_store(tmp_path, read_only=True) as store:
        assert store.value("select count(*) from ops.run") == 1
