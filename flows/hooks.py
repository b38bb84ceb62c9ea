"""What happens when a flow run fails: one line for whoever is woken, with the next command to type."""

import logging
from typing import Any

log = logging.getLogger("collective_will.flows")


def tell_operator(flow: Any, flow_run: Any, state: Any) -> None:
    """Log the failure as one event; automations in the UI turn it into a notification."""
    log.error("%s %s ended %s: run `cw status`, then docs/runbook.md", flow.name, flow_run.name, state.name)
