"""What the Prefect UI shows of a run: the report as markdown, spend and clusters as tables, links to the files.

Keys are stable, so that the UI keeps a history under each. Nothing here holds a citizen's words: the tables come from
what was published.
"""

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.logging import get_run_logger

from tasks.night import Session
from tasks.report.digest import RunDigest, digest_run
from tasks.run import StepReport


def show_step(report: StepReport) -> None:
    """One line in the run's log."""
    get_run_logger().info(
        "%s: in %d, out %d, rejected %d, skipped %d, pending %d, $%.4f",
        report.step,
        report.in_count,
        report.out_count,
        report.rejected_count,
        report.skipped_count,
        report.pending_count,
        report.spent_usd,
    )
    for d in report.degradations:
        get_run_logger().warning("%s: %s: %d of %d %s", report.step, d.kind, d.count, d.of, d.note)


def show_run(session: Session) -> None:
    """The run's artifacts."""
    digest = digest_run(session.store, run=session.run, settings=session.settings)
    create_markdown_artifact(
        key="run-report", markdown=digest.markdown(), description=f"Night of {session.run.run_on}"
    )
    _table("steps", digest.steps, "What each step did")
    _table("spend", digest.spend, "Spend by task and model")
    _table("cluster-changes", digest.cluster_changes, "Clusters born, grown, split, merged, died")
    _table("plans-to-review", digest.plans, "Plans that wait for a person: `cw review list`")
    _link(digest)


def _table(key: str, rows: list[dict[str, object]], description: str) -> None:
    create_table_artifact(key=key, table=rows or [{"": "none"}], description=description)


def _link(digest: RunDigest) -> None:
    if digest.report_path:
        create_link_artifact(
            key="report",
            link=digest.report_path.resolve().as_uri(),
            link_text="report.html",
            description="The one-file report",
        )
