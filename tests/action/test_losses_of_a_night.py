"""A night is judged by all its answers: what came late, to a later run of the same date, is not a night of its own."""

from datetime import date

NIGHT, NEXT = date(2026, 1, 20), date(2026, 1, 21)


def begin(world, run_id: str, on: date, kind: str = "nightly") -> None:
    world.store.execute(
        "insert into ops.run by name select ? as run_id, ? as kind, ? as run_on, 'offline' as profile,"
        " 'v' as code_version, '{}' as settings, now() as started_at",
        [run_id, kind, on],
    )


def quarantine(world, submission: str, run_id: str) -> None:
    world.store.execute(
        "insert into ops.quarantine values (?, 'canonicalize', 'filed', 'x', 'k', ?, now())", [submission, run_id]
    )


def losses(world, run_id: str) -> tuple[int, int]:
    row = world.store.step("canonicalize_losses", {"run_id": run_id}).row(0, named=True)
    return row["dead_count"], row["submission_count"]


def test_stragglers_are_a_share_of_the_whole_night(world) -> None:
    begin(world, "r0", NIGHT)
    begin(world, "r1", NIGHT, "collect")
    begin(world, "r2", NIGHT)
    begin(world, "r3", NEXT)
    begin(world, "r4", NIGHT, "backfill")
    for number in range(40):
        world.say(f"p{number}", None)  # answered in r0
    for number in range(5):
        quarantine(world, f"late{number}", "r1")
    quarantine(world, "next", "r3")
    quarantine(world, "old", "r4")
    assert losses(world, "r0") == losses(world, "r1") == (5, 45)
    assert losses(world, "r2") == (0, 0), "it filed nothing and has nothing to tell"
    assert losses(world, "r3") == losses(world, "r4") == (1, 1)
