"""The offline route through the same door: request and reply rows, no provider's SDK, no second working."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.errors import Misconfigured
from tasks.llm import Ask, complete, reopen
from tasks.run import Run
from tasks.schemas import CanonicalReply
from tasks.settings import Settings
from tasks.store import Store

ASKS = [Ask(f"t{i}", {"text": f"آب روستای ما {i} روز قطع است", "language": "fa"}) for i in range(5)]


def test_answers_come_in_the_order_of_the_asks_and_once_is_enough(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    chosen = settings(profile="offline")
    first = complete(store, "canonicalize", ASKS, run=run("offline"), settings=chosen)
    again = complete(store, "canonicalize", ASKS[::-1], run=run("offline"), settings=chosen)
    assert [a.subject_id for a in first] == [a.subject_id for a in ASKS]
    assert first == again[::-1]
    assert {(a.status, a.engine, a.cost_usd) for a in first} == {("done", "offline", 0.0)}
    assert all(isinstance(a.value, CanonicalReply) for a in first)
    assert store.rows("select count(*) from llm.request") == [(5,)]
    assert store.rows("select count(*) from llm.reply") == [(5,)]
    assert store.rows("select count(*) from llm.spend") == [(0,)]


def test_what_the_check_turns_down_is_dead_with_its_reasons_until_it_is_reopened(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    chosen = settings(profile="offline")
    dead = complete(
        store, "canonicalize", ASKS[:1], run=run("offline"), settings=chosen, check=lambda ask, value: ["no"]
    )
    assert [(a.status, a.reasons) for a in dead] == [("dead", ("no",))]
    still = complete(store, "canonicalize", ASKS[:1], run=run("offline"), settings=chosen)
    assert still[0].status == "dead"
    assert reopen(store, "canonicalize", ["t0"], run=run("offline")) == 1
    after = complete(store, "canonicalize", ASKS[:1], run=run("offline"), settings=chosen)
    assert after[0].status == "done"
    assert after[0].request_key != dead[0].request_key


def test_the_whole_route_is_stamped_on_the_request(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    complete(store, "canonicalize", ASKS[:1], run=run("offline"), settings=settings(profile="offline"))
    row = store.rows("select data_class, mode, route_position, route->>'$.hops[0].model' from llm.request")
    assert row == [("raw_fa", "offline", 0, "offline")]


def test_no_sdk_is_imported_by_the_offline_route(tmp_path: Path) -> None:
    code = (
        "import sys, datetime as dt\n"
        "from tasks.llm import Ask, complete, estimate, collect, open_batches\n"
        "from tasks.run import Run\nfrom tasks.settings import Settings\nfrom tasks.store import open_store\n"
        "now = dt.datetime.now(dt.UTC)\nrun = Run('r', 'nightly', now.date(), 'offline', now)\n"
        "settings = Settings(profile='offline')\n"
        "with open_store(None) as store:\n"
        "    asks = [Ask('a', {'text': 'آب قطع است', 'language': 'fa'})]\n"
        "    complete(store, 'canonicalize', asks, run=run, settings=settings)\n"
        "    estimate(store, 'canonicalize', asks, settings)\n"
        "    collect(store, run=run, settings=settings)\n"
        "found = {'anthropic', 'openai', 'prefect', 'torch', 'httpx2'} & set(sys.modules)\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], timeout=60)


def test_a_profile_or_task_nobody_knows_is_named(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    with pytest.raises(Misconfigured, match="has no profile 'fancy'"):
        complete(store, "canonicalize", ASKS[:1], run=run("fancy"), settings=settings(profile="fancy"))
    with pytest.raises(Misconfigured, match="no task 'cook'"):
        complete(store, "cook", ASKS[:1], run=run("offline"), settings=settings(profile="offline"))


def test_two_asks_of_one_text_share_a_request_and_nothing_asked_is_nothing_written(
    store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    chosen = settings(profile="offline")
    assert complete(store, "canonicalize", [], run=run("offline"), settings=chosen) == []
    twins = [
        Ask("a", {"text": "نان گران است", "language": "fa"}),
        Ask("b", {"language": "fa", "text": "نان گران است"}),
    ]
    one, other = complete(store, "canonicalize", twins, run=run("offline"), settings=chosen)
    assert one.request_key == other.request_key
    assert (one.subject_id, other.subject_id) == ("a", "b")
    assert store.rows("select count(*) from llm.request") == [(1,)]
