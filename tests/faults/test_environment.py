"""A full disk, a home that cannot be written, a damaged store, a clock moved back, two nights at once: a clear line, the
right exit code, nothing lost."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.errors import Misconfigured, VerificationFailed
from tasks.store import open_store
from tasks.verify import run_folder, verify_folder
from tests.faults.one_night import walk
from tests.faults.small_inbox import write_small_inbox

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
BLOCK, HEADERS = 262_144, 12_288  # of a DuckDB file, bytes


@pytest.fixture(scope="module")
def inboxes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_small_inbox(tmp_path_factory.mktemp("inbox"))


@pytest.fixture(scope="module")
def after_one(inboxes: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first night. Read only."""
    home = tmp_path_factory.mktemp("after_one")
    walk(home, inboxes[0], 1)
    return home


def start(home: Path, inbox: Path, *, file_limit: int | None = None) -> subprocess.Popen[str]:
    """A first night in a process of its own; no file of it may grow over `file_limit` bytes."""
    command = [sys.executable, "-m", "tests.faults.one_night", home, inbox, 1]
    limit = (file_limit, file_limit) if file_limit else (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    return subprocess.Popen(
        [str(word) for word in command],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )  # fmt: skip


def assert_whole(home: Path, inbox: Path) -> None:
    """Every message of the first night is there once, and what was published is what the store says."""
    sent = len((inbox / "submissions" / "chat.jsonl").read_text(encoding="utf-8").splitlines())
    verify_folder(run_folder(home, None))
    with open_store(home, read_only=True) as store:
        assert store.rows("select count(*), count(distinct submission_id) from raw.submission") == [(sent, sent)]
        assert store.value("select count(*) - count(distinct record_id) from core.record") == 0


@pytest.mark.parametrize("room", [300_000, 4_000_000])
def test_where_there_is_no_room_the_night_says_so_and_resumes_once_there_is(
    inboxes: tuple[Path, Path], tmp_path: Path, room: int
) -> None:
    cramped = start(tmp_path / "home", inboxes[0], file_limit=room)
    told = cramped.communicate()[1]
    assert cramped.returncode == Misconfigured.exit_code, told
    assert "no space left" in told and "cw run" in told
    walk(tmp_path / "home", inboxes[0], 1)
    assert_whole(tmp_path / "home", inboxes[0])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_named_and_the_night_resumes_once_there_is_room(
    inboxes: tuple[Path, Path], small_disk: Path, tmp_path: Path
) -> None:
    home = small_disk / "home"
    (small_disk / "ballast").write_bytes(b"x" * 10_000_000)
    with pytest.raises(Misconfigured, match="no space left"):
        walk(home, inboxes[0], 1)
    (small_disk / "ballast").unlink()
    roomy = Path(shutil.copytree(home, tmp_path / "roomy"))
    walk(roomy, inboxes[0], 1)
    assert_whole(roomy, inboxes[0])


def test_a_disk_that_is_full_when_files_are_published_is_named_and_no_half_folder_takes_its_room(
    inboxes: tuple[Path, Path], after_one: Path, small_disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=80m", small_disk], check=True)
    home = Path(shutil.copytree(after_one, small_disk / "home"))
    ballast = small_disk / "ballast"

    def fill(step: str) -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while step == "publish" and file.write(b"x" * 10_000):
                pass

    with pytest.raises(Misconfigured, match=r"step publish cannot write .* no space left"):
        walk(home, inboxes[1], 2, before=fill)
    assert not list((home / "published").glob(".tmp*"))
    ballast.unlink()
    walk(home, inboxes[1], 2)
    verify_folder(run_folder(home, None))


def test_a_folder_of_another_user_is_named(inboxes: tuple[Path, Path], after_one: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(after_one, tmp_path / "home"))
    (home / "published").chmod(0o555)
    plain = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []  # root may write anywhere else
    if plain and not shutil.which("setpriv"):
        pytest.skip("without util-linux root may write anywhere")
    night = subprocess.run(
        [*plain, sys.executable, "-m", "tests.faults.one_night", str(home), str(inboxes[1]), "2"],
        capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert night.returncode == Misconfigured.exit_code, night.stderr
    assert "step publish cannot write under" in night.stderr and "this user may not" in night.stderr
    (home / "published").chmod(0o755)
    walk(home, inboxes[1], 2)


@pytest.mark.parametrize("setting", ["PREFECT_HOME", "TMPDIR"])
def test_a_full_disk_of_prefects_is_named_before_it_is_started(small_disk: Path, tmp_path: Path, setting: str) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 6_000_000)
    env = os.environ | {"CW_HOME": str(tmp_path / "home"), "PREFECT_HOME": str(tmp_path / "prefect"), setting: str(small_disk)}
    env.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-m", "flows.cli", "run", "--profile", "offline"]
    night = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert night.returncode == Misconfigured.exit_code, night.stderr
    [line] = night.stderr.splitlines()
    assert f"{small_disk} ({setting})" in line and "No space left" in line and f"set {setting}" in line
    assert [path.name for path in small_disk.iterdir()] == ["ballast"], "the probe is left"
    assert not (tmp_path / "home").exists()


def test_a_read_only_file_system_is_named(inboxes: tuple[Path, Path], small_disk: Path) -> None:
    (small_disk / "home").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(Misconfigured, match="CW_HOME"):
        walk(small_disk / "home", inboxes[0], 1)


def test_a_home_that_cannot_be_made_is_named(inboxes: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    night = start(tmp_path / "file" / "home", inboxes[0])
    told = night.communicate()[1]
    assert night.returncode == Misconfigured.exit_code and "CW_HOME" in told, told


def test_a_folder_that_only_others_may_write_is_named(inboxes: tuple[Path, Path], tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(Misconfigured, match="CW_HOME"):
        walk(tmp_path / "home", inboxes[0], 1)


@pytest.mark.parametrize("content", [None, b"<html>" * 4_000], ids=["cut off", "another kind of file"])
def test_a_store_that_cannot_be_opened_is_named_and_left_as_it_is(
    inboxes: tuple[Path, Path], after_one: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "store.duckdb"
    whole = (after_one / path.name).read_bytes()
    path.write_bytes(content or whole[: len(whole) // 2])
    with pytest.raises(VerificationFailed, match="put back your own backup"):
        walk(tmp_path, inboxes[1], 2)
    assert path.read_bytes() == (content or whole[: len(whole) // 2])


def test_a_damaged_block_is_named_wherever_it_lies(
    inboxes: tuple[Path, Path], after_one: Path, tmp_path: Path
) -> None:
    dice = random.Random(5)
    for block in dice.sample(range(((after_one / "store.duckdb").stat().st_size - HEADERS) // BLOCK), 3):
        home = tmp_path / str(block)
        shutil.copytree(after_one, home)
        with (home / "store.duckdb").open("r+b") as file:
            file.seek(HEADERS + block * BLOCK + 1_000)
            file.write(dice.randbytes(100))
        try:
            walk(home, inboxes[1], 2)
        except VerificationFailed as told:
            assert "put back your own backup" in str(told)
        else:  # no table lay there
            verify_folder(run_folder(home, None))


def test_a_clock_moved_back_changes_no_order(inboxes: tuple[Path, Path], tmp_path: Path) -> None:
    first = walk(tmp_path, inboxes[0], 1, now=datetime(2026, 11, 5, 12, 0, tzinfo=UTC))
    second = walk(tmp_path, inboxes[1], 2, now=datetime(2026, 11, 2, 12, 0, tzinfo=UTC))
    assert second > first
    assert run_folder(tmp_path, None).name == second


def test_of_two_nights_at_once_one_works_and_one_ends_with_7(
    inboxes: tuple[Path, Path], tmp_path: Path
) -> None:
    nights = [start(tmp_path, inboxes[0]) for _ in range(2)]
    told = [process.communicate()[1] for process in nights]
    assert sorted(process.returncode for process in nights) == [0, 7], told
    assert any("held by process" in line for line in told)
    with open_store(tmp_path, read_only=True) as store:
        assert store.value("select count(*) from ops.run") == 1
    assert_whole(tmp_path, inboxes[0])
