"""One real Prefect server with a process worker for all tests of this folder, in its own home."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running server with its pool, its deployments and a worker."""

    url: str
    env: dict[str, str]
    home: Path
    log: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def start_api(self) -> None:
        """Start the server, and wait until it answers."""
        address, port = self.url.removeprefix("http://").split(":")
        self._start("api", "server", "start", "--host", address, "--port", port)
        wait_for(f"{self.url}/api/health")

    def start_worker(self) -> None:
        self._start("worker", "worker", "start", "--pool", "local", "--limit", "2")

    def _start(self, name: str, *args: str) -> None:
        with self.log.open("a") as out:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "prefect", *args],
                env=self.env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def stop(self) -> None:
        for name in sorted(self.processes, reverse=True):  # the worker first
            process = self.processes[name]
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def prefect(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *args],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(url: str, *, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:
                if reply.status == 200:
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def call(server: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"{server.url}/api{path}", data=data, headers={"content-type": "application/json"}
    )
    for attempt in range(20):
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code != 503 or attempt == 19:  # SQLite is busy; Prefect's own client tries again too
                raise
            error.close()
            time.sleep(0.5)
    return None


def deployment(server: Any, name: str) -> dict[str, Any]:
    return call(server, f"/deployments/name/{name}/{name}")


def start(server: Any, name: str, **parameters: Any) -> str:
    run = call(
        server,
        f"/deployments/{deployment(server, name)['id']}/create_flow_run",
        {"parameters": parameters, "state": {"type": "SCHEDULED"}},
    )
    return run["id"]


def wait_end(server: Any, run_id: str, *, seconds: float = 400) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = call(server, f"/flow_runs/{run_id}")
        if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return run
        time.sleep(1)
    pytest.fail(f"the run did not end: {run['state']['name']}; {server.log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("prefect")) as running:
        yield running


@contextmanager
def running_server(base: Path, **settings: str) -> Iterator[Server]:
    """A server whose worker has these variables in its environment, beside those of an offline night."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = os.environ | {
        "PREFECT_HOME": str(base / "prefect"),
        "PREFECT_API_URL": f"{url}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "CW_HOME": str(base / "home"),
        "CW_INBOX": str(base / "inbox"),
        "CW_ROOT": str(ROOT),
        "CW_PROFILE": "offline",
        "NO_COLOR": "1",
    } | settings  # fmt: skip
    running = Server(url, env, base / "home", base / "server.log", {})
    try:
        running.start_api()
        running.prefect("work-pool", "create", "local", "--type", "process")
        running.prefect("--no-prompt", "deploy", "--all")
        running.start_worker()
        yield running
    finally:
        running.stop()
