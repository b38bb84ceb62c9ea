"""The alarms of docs/scheduling.md, created from the text as it stands there, ring."""

from __future__ import annotations

import http.server
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import ROOT, start, wait_end

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

SAVE_BLOCK = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
told = {"subject": "{{subject}}", "body": "{{body}}"}
block = CustomWebhookNotificationBlock(name="operator", url=sys.argv[1], method="POST", json_data=told)
print(block.save("operator", overwrite=True))
"""


@pytest.fixture(scope="module")
def rung() -> Iterator[tuple[str, list[str]]]:
    """The address of a webhook, and what it was told."""
    told: list[str] = []

    class Bell(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    bell = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bell)
    threading.Thread(target=bell.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{bell.server_port}/", told
    bell.shutdown()
    bell.server_close()


@pytest.fixture(scope="module")
def alarms(server: Any, rung: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The documented automations on the server; 26 hours are ten seconds."""
    save = [sys.executable, "-c", SAVE_BLOCK, rung[0]]
    block = subprocess.run(save, env=server.env, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
    written = re.search(r"```yaml\n(automations:.*?)```", text, re.DOTALL)[1]  # type: ignore[index]
    assert "within: 93600" in written
    path = Path(tmp_path_factory.mktemp("alarms") / "automations.yaml")
    path.write_text(
        written.replace("<id of the block>", block.split()[-1]).replace("within: 93600", "within: 10"), encoding="utf-8"
    )
    assert "Created 3 automation(s)" in server.prefect("automation", "create", "--from-file", str(path))
    return rung[1]


def heard(told: list[str], words: str) -> bool:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if any(words in line for line in told):
            return True
        time.sleep(0.5)
    return False


def test_a_run_that_fails_rings(server: Any, alarms: list[str]) -> None:
    wait_end(server, start(server, "review", plan_id="0000-1111", verdict="reject", reviewer="someone"))
    assert heard(alarms, "no plan 0000-1111"), alarms


def test_nights_that_do_not_succeed_ring(alarms: list[str]) -> None:
    assert heard(alarms, "no night for 26 hours"), alarms
