"""`cw`: the verbs that need no server. `run` and `backfill`, which start flows, are added by flows/cli.py."""

from tasks.cli import actions, history, installation
from tasks.cli.shell import cli

__all__ = ["actions", "cli", "history", "installation"]
