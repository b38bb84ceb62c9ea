"""What the Prefect UI shows of a run: the report and the plans as markdown, counts and money as tables, links to the files.

Keys are stable, so that the UI keeps a history under each. Nothing here holds a citizen's words: the tables come from
what was published.
"""

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger

from tasks.report.digest import RunDigest, digest_run, plans_markdown
from tasks.report.labels import degradation_lines
from tasks.run import StepReport
from tasks.session import Session
from tasks.settings import Settings
from tasks.store import Store


def show_step(report: StepReport) -> None:
    """What a step did less well than meant, as warnings in the run's log; its counts are logged by tasks/booking.py."""
    for line in degradation_lines(report):
        get_run_logger().warning("%s: %s", report.step, line)


def show_run(session: Session) -> None:
    """The run's artifacts; every description names the run's date, so that the overview page says how fresh it is."""
    digest = digest_run(session.store, run=session.run, settings=session.settings)
    of = f"{digest.heading}:"
    create_markdown_artifact(
        key="run-report", markdown=digest.markdown(), description=f"{of} counts, steps, degradations"
    )
    _table("steps", digest.steps, f"{of} what each step did")
    spent = f"${digest.spent_usd:.4f} of at most ${digest.cap_usd:.2f}"
    _table("spend", digest.spend, f"{of} {spent}, by task and model")
    _table("llm-router", digest.router, f"{of} who answered: share, fallbacks, repairs, refusals, latency")
    _table("cluster-changes", digest.cluster_changes, f"{of} clusters born, grown, split, merged, died")
    show_plans(session.store, settings=session.settings, heading=digest.heading)
    _link(digest, served_at=session.settings.published_url)


def show_plans(store: Store, *, settings: Settings, heading: str) -> None:
    """The plans that wait for a person, each with a link to its page and to the form that decides on it."""
    text = plans_markdown(
        store.step("plans_to_review").to_dicts(), pages_at=settings.published_url, form_at=_review_form()
    )
    create_markdown_artifact(
        key="plans-to-review", markdown=text, description=f"{heading}: plans that wait for a person"
    )


def _review_form() -> str | None:
    """The path of the form of deployment `review` on this server; None where nothing is deployed."""
    with get_client(sync_client=True) as client:
        try:
            return f"/deployments/deployment/{client.read_deployment_by_name('review/review').id}/run"
        except ObjectNotFound:
            return None


def _table(key: str, rows: list[dict[str, object]], description: str) -> None:
    shown = [{name: _cell(name, value) for name, value in row.items()} for row in rows]
    create_table_artifact(
        key=key, table=shown or [{"result": "nothing in this run"}], description=description
    )


def _cell(name: str, value: object) -> object:
    """Dollars as text: the UI draws 0.0 as nothing."""
    return f"{value:.4f}" if name == "usd" and isinstance(value, float) else value


def _link(digest: RunDigest, *, served_at: str | None) -> None:
    """A link where the files are served; else the path to open, for no browser follows file:// from a web page."""
    if not digest.report_path:
        return
    description = f"{digest.heading}: the one-file report"
    if served_at:
        link = f"{served_at.rstrip('/')}/{digest.run_id}/report.html"
        create_link_artifact(key="report", link=link, link_text="Open the report", description=description)
        return
    told = f"Open `{digest.report_path.resolve()}` on the worker's machine, or set `CW_PUBLISHED_URL` to make this a link."
    create_markdown_artifact(key="report", markdown=told, description=description)
