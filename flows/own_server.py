"""The Prefect server of a run that has no other: it lives as long as its run, whatever ends that.

Prefect starts such a server in the run's process group and stops it in an exit handler. So a signal to the group (Ctrl-C,
a service's stop) ended the server first, and the run asked it in vain for a minute; a run killed outright left it behind.
Here the server heeds no signal and ends when the pipe from its run closes, which the kernel sees to.

The class is for the run's process; run as a script, this file is the server's process.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import Any

import uvicorn
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

LAST_S = 10.0  # of a server whose run has ended; it needs about one


class OwnServer(SubprocessASGIServer):
    """Prefect keeps one such server per process: made before Prefect asks for one, this is the one that it starts.

    `is_lost`: it ended before its run did (out of memory, say), and the run was told to stop: nobody would start it again.
    """

    is_lost = False
    _is_stopped = False

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        variables = {
            "PREFECT_UI_ENABLED": "0",
            "PREFECT__SERVER_EPHEMERAL": "1",
            "PREFECT__SERVER_FINAL": "1",
        }
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        server = subprocess.Popen(  # noqa: S603 - this interpreter, this file
            [sys.executable, "-P", __file__, str(self.port)],
            stdin=subprocess.PIPE,
            env=os.environ | variables | settings,
            start_new_session=True,  # Ctrl-C is not its matter, not even before it heeds no signals
        )
        threading.Thread(target=self._watch, args=(server,), daemon=True).start()
        return server

    def _watch(self, server: subprocess.Popen[Any]) -> None:
        server.wait()
        if not self._is_stopped:
            self.is_lost = True
            os.kill(os.getpid(), signal.SIGTERM)

    def stop(self) -> None:
        """End it as the end of this process would, and wait; Prefect's way, and its killing, come after."""
        self._is_stopped = True
        if self.server_process and self.server_process.stdin:
            self.server_process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server_process.wait(5)
        super().stop()


class DeafServer(uvicorn.Server):
    """A server that only the end of its run stops: a service's stop signals every process of the service."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let the signal pass."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start one after the other under one PREFECT_HOME: two that make its database at once are in each other's way."""
        home = get_current_settings().home
        home.mkdir(parents=True, exist_ok=True)
        with (home / "own_server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            await super().startup(sockets)


def serve(port: int) -> None:
    """Serve Prefect's API on the port until standard input closes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    app = "prefect.server.api.server:create_app"
    config = uvicorn.Config(app, factory=True, host="127.0.0.1", port=port, log_level="error", lifespan="on")
    server = DeafServer(config)

    def follow() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True
        time.sleep(LAST_S)
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    server.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
