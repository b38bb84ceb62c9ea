"""What happens when a flow run ends: a tag for one that ended less than well, one line for whoever is woken.

The notification itself is an automation of the Prefect server: docs/scheduling.md.
"""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from prefect import runtime
from prefect.client.orchestration import get_client

from flows.plain_logs import tell_errors_plainly

log = logging.getLogger("collective_will.flows")
logging.getLogger("collective_will").setLevel(
    logging.INFO
)  # Prefect forwards it (prefect.toml), and would leave it silent
tell_errors_plainly()


def tell_operator(flow: Any, flow_run: Any, state: Any) -> None:
    """Log the failure as one event; automations in the UI turn it into a notification."""
    log.error("%s %s ended %s: run `cw status`, then docs/runbook.md", flow.name, flow_run.name, state.name)


def tag_outcome(flow: Any, flow_run: Any, state: Any) -> None:
    """Tag a run that completed under another name (`degraded`, `budget-reached`, ...): tags can be filtered by."""
    if state.name == "Completed":
        return
    tag = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", state.name).lower()
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, tags=sorted({*flow_run.tags, tag}))


def named_by_start() -> str:
    """The name of a run that has no date of its own: flow and scheduled start, UTC."""
    start = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    return f"{runtime.flow_run.flow_name} at {start:%Y-%m-%d %H:%M}"
