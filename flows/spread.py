"""Where the heavy pieces of a night are done: in this process, or on a Dask cluster through Prefect's runner.

What is spread (tasks/spread.py) is the fits of a refit and the texts to embed. Pieces go to workers and back through
Dask's memory; their Prefect task runs take no cached input, persist no result, and log nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from prefect import task
from prefect.cache_policies import NO_CACHE
from pydantic import Field

from tasks.errors import BadInput, Misconfigured
from tasks.spread import Spread, here

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

Runner = Literal["local", "dask"]
Address = Annotated[str, Field(pattern=r"^(tcp|tls)://[\w.:\[\]-]+$")]


@contextmanager
def spread_by(runner: Runner, address: Address | None) -> Iterator[Spread]:
    """How the steps of a run spread their work; a Dask cluster without an address is made here and ends with the run.

    Raises:
        BadInput: an address for a runner that has none.
        Misconfigured: Prefect's Dask runner is not installed.
    """
    if runner == "local":
        if address is not None:
            raise BadInput(f"runner local goes nowhere, so {address} is not asked: say runner dask")
        yield here
        return
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ModuleNotFoundError:
        raise Misconfigured(
            "runner dask needs Prefect's Dask runner: pip install 'collective-will[scale]'"
        ) from None
    place = {"address": address} if address else {"cluster_kwargs": {"dashboard_address": None}}
    with DaskTaskRunner(**place) as pool:
        yield partial(_spread, pool, copy_context())


@task(name="piece", cache_policy=NO_CACHE, persist_result=False, retries=2)
def do_piece(work: Callable[[Any], Any], piece: Any) -> Any:
    """One piece; a worker that is lost is made good by another, for the work is pure."""
    return work(piece)


def _spread(
    pool: "DaskTaskRunner", flow_only: Context, work: Callable[[Any], Any], pieces: Iterable[Any]
) -> Iterator[Any]:
    """Hand all pieces out, and give what was made of them back in their order.

    They are handed out in the flow's own context: that of the step holds the open store, and would go over with them.
    """
    runs = [flow_only.run(pool.submit, do_piece, {"work": work, "piece": piece}) for piece in pieces]
    for run in runs:
        yield run.result()
