"""The whole `cw`: the verbs of tasks/cli/ and the two that start flows."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.room import need_room
from flows.signals import let_the_end_come, stopped_by_signals
from tasks.cli import cli
from tasks.cli.shell import as_json, emit, load_settings, reading, run_cli
from tasks.errors import BudgetReached, Misconfigured, Stopped
from tasks.printing import print_table
from tasks.window import night_of

if TYPE_CHECKING:
    from flows.own_server import OwnServer


class Day(click.DateTime):
    """A date of the Gregorian calendar; a Jalali year is a slip, as in the form of a deployment (flows/parameters.py)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        told = super().convert(value, param, ctx)
        if told.year // 100 != 20:
            self.fail(
                f"{value} is no Gregorian date of this century (Jalali dates are not converted)", param, ctx
            )
        return told


day = Day(["%Y-%m-%d"])
INBOX = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)


@cli.command("run")
@click.option("--profile", help="Preset of data/routes.toml; default: offline, no keys and no network.")
@click.option("--inbox", type=INBOX, help="The drop folder; default: $CW_INBOX, else $CW_HOME/inbox.")
@click.option("--on", "on", type=day, help="Book the night under this Tehran date.")
@click.option("--budget-usd", type=click.FloatRange(0), help="Hard cap of this run.")
@click.option("--wait", "wait_min", type=click.FloatRange(0), help="Minutes to wait for model batches.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and what it would cost; call nobody.")
@as_json
def run_night(
    profile: str | None, inbox: Path | None, on: datetime | None, budget_usd: float | None, wait_min: float | None,
    dry_run: bool, json_out: bool,
) -> None:  # fmt: skip
    """One night, now, in this process, shown in Prefect."""
    settings = load_settings(profile=profile, inbox=inbox, budget_run_usd=budget_usd, wait_min=wait_min)
    if dry_run:
        show_plan(settings, json_out=json_out)
        return
    if on and on.date() > night_of(datetime.now(UTC)):
        click.echo(f"cw: {on:%Y-%m-%d} is in the future; the night is booked under it", err=True)
    server = quiet_prefect(json_out=json_out)
    from flows.nightly import nightly

    with ended_in_order(server):
        outcome = _data(
            nightly(
                on=on.date() if on else None,
                profile=profile,
                inbox=inbox,
                wait_min=wait_min,
                budget_usd=budget_usd,
                return_state=True,
            )
        )
    finish(settings, outcome, json_out=json_out)


@cli.command("backfill")
@click.option("--from", "first", type=day, required=True, help="First day, Asia/Tehran.")
@click.option("--to", "last", type=day, required=True, help="Last day, included.")
@click.option(
    "--redo",
    type=click.Choice(["canonicalize"]),
    help="Ask again about answered messages, keeping the old records.",
)
@click.option("--model", help="Ask this model first about the messages: model or model@mode of `cw models`.")
@click.option("--profile", help="Preset of data/routes.toml.")
@click.option("--inbox", type=INBOX, help="The drop folder; default: $CW_INBOX, else $CW_HOME/inbox.")
@click.option("--budget-usd", type=click.FloatRange(0), help="Hard cap of this run.")
@click.option("--wait", "wait_min", type=click.FloatRange(0), help="Minutes to wait for model batches.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and what it would cost; call nobody.")
@as_json
def run_backfill(
    first: datetime, last: datetime, redo: str | None, model: str | None, profile: str | None, inbox: Path | None,
    budget_usd: float | None, wait_min: float | None, dry_run: bool, json_out: bool,
) -> None:  # fmt: skip
    """A range of days, window by window; resumable."""
    if last < first:
        raise click.UsageError(f"--to {last:%Y-%m-%d} is before --from {first:%Y-%m-%d}")
    settings = load_settings(
        profile=profile, inbox=inbox, canonicalize_model=model, budget_run_usd=budget_usd, wait_min=wait_min
    )
    days = (first.date(), last.date())
    show_plan(
        settings, json_out=json_out and dry_run, days=days, redo=bool(redo), quiet=json_out and not dry_run
    )
    if dry_run:
        return
    server = quiet_prefect(json_out=json_out)
    from flows.backfill import backfill

    with ended_in_order(server):
        outcome = _data(
            backfill(
                *days,
                redo=bool(redo),
                model=model,
                profile=profile,
                inbox=inbox,
                wait_min=wait_min,
                budget_usd=budget_usd,
                return_state=True,
            )
        )
    finish(settings, outcome, json_out=json_out)


def show_plan(
    settings: Any,
    *,
    json_out: bool,
    days: tuple[date, date] | None = None,
    redo: bool = False,
    quiet: bool = False,
) -> None:
    """Print what would be done and its cost."""
    from tasks.forecast import forecast, print_forecast

    with stopped_by_signals():  # the copy of the store that it works on goes with it
        payload = forecast(settings, days=days, redo=redo)
    if not quiet:
        emit(payload, json_out=json_out, text=lambda: print_forecast(payload))


def _data(state: Any) -> dict[str, Any]:
    """The flow's outcome; raises what the flow raised.

    Raises:
        Stopped: somebody cancelled it in Prefect.
    """
    if state.is_cancelling():  # since its last step began: nobody else would say that it has ended
        _end_as_cancelled(state.state_details.flow_run_id)
    if state.is_cancelling() or state.is_cancelled():
        raise Stopped("cancelled in Prefect", exit_code=128 + signal.SIGINT)
    outcome = state.result(raise_on_failure=True)
    return dict(outcome)


def _end_as_cancelled(flow_run_id: Any) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelled

    with get_client(sync_client=True) as client:
        client.set_flow_run_state(
            flow_run_id, Cancelled(message="cancelled when its last step had begun"), force=True
        )


def finish(settings: Any, outcome: dict[str, Any], *, json_out: bool) -> None:
    """Print where the results lie; exit 6 when a cap was reached."""
    from tasks.read_copy import PUBLISHED
    from tasks.status import run_steps

    folder = settings.home / PUBLISHED / outcome["run_id"]
    payload = {
        "run_id": outcome["run_id"],
        "published": str(folder),
        "report": str(folder / "report.html"),
        **outcome,
    }
    with reading(settings) as store:
        steps = run_steps(store, outcome["run_id"])

    def text() -> None:
        print_table(steps)
        click.echo(f"\nParquet  {folder}\nreport   {folder / 'report.html'}")

    emit(payload | {"steps": steps}, json_out=json_out, text=text)
    if outcome["budget_refused"]:
        click.echo(
            f"cw: {outcome['budget_refused']} requests wait for the next budget:"
            " raise --budget-usd, or run again next month",
            err=True,
        )
        raise click.exceptions.Exit(BudgetReached.exit_code)


@contextmanager
def ended_in_order(server: OwnServer | None) -> Iterator[None]:
    """Within, a run ends by a signal, or when the server that it brought is gone.

    Raises:
        Stopped: by a signal.
        Misconfigured: the server is gone.
    """
    try:
        with stopped_by_signals():
            yield
    except Stopped as stopped:
        let_the_end_come()
        if server and server.is_lost:
            raise Misconfigured(
                "the Prefect server of this run was killed or ended by itself (no memory left?): run `cw run` again: it"
                " resumes where this run stopped"
            ) from None
        told = f"{stopped}: what is done is kept; the same command again goes on from there"
        raise Stopped(told, exit_code=stopped.exit_code) from None


def quiet_prefect(*, json_out: bool) -> OwnServer | None:
    """Set what Prefect must know before it is imported: no telemetry, patience at start, logs on stderr.

    Returns the server that the run will bring, when it has no other.
    """
    defaults = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "collective_will",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    if json_out or not sys.stderr.isatty():
        os.environ.setdefault("PREFECT_LOGGING_COLORS", "false")
    try:
        import prefect  # noqa: F401
    except ImportError:
        raise Misconfigured(
            "`cw run` and `cw backfill` are Prefect flows, and Prefect is not installed:"
            " pip install 'collective-will[all]', in a checkout pip install -c constraints.txt -e '.[all]'"
        ) from None
    return _find_api()


def _find_api() -> OwnServer | None:
    """Raise when a Prefect API is named that does not answer; without a name, a run brings its own server."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME

    address = PREFECT_API_URL.value()
    if address is None:
        from flows.own_server import OwnServer

        need_room(PREFECT_HOME.value(), "PREFECT_HOME")
        told = os.environ.get("TMPDIR")  # SQLite takes it also when it is full, gettempdir() does not
        need_room(Path(told if told and Path(told).is_dir() else tempfile.gettempdir()), "TMPDIR")
        return OwnServer()
    with get_client(sync_client=True) as client:
        if client.api_healthcheck() is not None:
            raise Misconfigured(
                f"the Prefect API at {address} does not answer: start it (docs/scheduling.md), or unset PREFECT_API_URL"
                " to run without a server of one's own"
            )
    return None


def main() -> None:
    run_cli(cli)


if __name__ == "__main__":
    main()
