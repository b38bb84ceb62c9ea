"""Two processes, one store, the same questions at the same moment: each is asked and charged once."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.emulator.handle import ROOT, Emulator
from tests.faults.llm_audit import Nights, charged_per_key, finish, ledger_usd, reserved_count

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
NIGHT = """
import json, sys
from pathlib import Path
from tasks.errors import CwError
from tests.faults.llm_night import night
home, url, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
try:
    night(home, url, n)
except CwError as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("count", [8, 40])
def test_two_nights_at_once_submit_nothing_twice(emulator: Emulator, tmp_path: Path, count: int) -> None:
    """The store has one writer: the other waits for it or leaves with "store busy"; a later night finds all done."""
    command = [sys.executable, "-c", NIGHT, str(tmp_path), emulator.url, str(count)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    codes = [process.communicate("go\n", timeout=120) and process.returncode for process in both]
    assert 0 in codes, codes
    nights = Nights.start()
    try:
        finish(nights, tmp_path, emulator.url, count)
    finally:
        nights.stop()
    per_key = charged_per_key(emulator)
    assert len(per_key) == count and Counter(per_key.values()) == {1: count}
    creates = [row for row in emulator.journal() if "batches.create" in json.dumps(row)]
    assert len(creates) == 1, "one batch was made, by whichever process held the store"
    assert abs(ledger_usd(tmp_path) - emulator.total_usd()) < 1e-9
    assert reserved_count(tmp_path) == 0
