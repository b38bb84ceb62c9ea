"""A paid night of one task, forked from a warm process, so that it can be killed hundreds of times.

`python -m tests.faults.llm_night` imports everything once (`warm`) and then serves orders on stdin, one JSON object a
line; it starts no thread of its own, so that forking is safe. The night keeps the emulator's time: sleeping
advances it.
"""

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from tasks.canonicalize import check_reply
from tasks.errors import CwError
from tasks.llm import Ask, collect, complete
from tasks.llm.outside import Outside
from tasks.run import Run, new_run_id
from tasks.settings import Settings
from tasks.store import open_store
from tasks.window import night_of

ANTHROPIC_KEY = "sk-ant-emulated-key-that-must-not-leak"
DEEPSEEK_KEY = "sk-deepseek-emulated-key-that-must-not-leak"
_PLACES = ("اصفهان", "اهواز", "تبریز", "شیراز", "رشت", "کرمان", "یزد", "سنندج", "زاهدان", "بندرعباس")
_WISHES = (
    "آب {} هر روز قطع می‌شود، لطفا شبکه را درست کنید",
    "اتوبوس‌های {} خیلی کم است و مردم ساعت‌ها معطل می‌شوند",
    "هوای {} آلوده است و باید کارخانه‌ها کنترل شوند",
    "بیمارستان {} تخت و پزشک کافی ندارد",
    "اجاره خانه در {} آن قدر گران شده که جوان‌ها نمی‌توانند ازدواج کنند",
)


def texts(n: int) -> list[str]:
    """`n` different messages, written for these tests."""
    return [f"{_WISHES[i % 5].format(_PLACES[i // 5 % 10])} ({i})" for i in range(n)]


def settings_of(home: Path, url: str, *, profile: str = "default") -> Settings:
    """Settings of a night on the emulator."""
    return Settings(
        home=home,
        profile=profile,
        anthropic_api_key=ANTHROPIC_KEY,
        anthropic_base_url=url,
        deepseek_api_key=DEEPSEEK_KEY,
        deepseek_base_url=f"{url}/deepseek",
        local_base_url=f"{url}/vllm/v1",
        batch_grace_s=60.0,
        threads=1,
        store_wait_s=5.0,
    )  # type: ignore[call-arg]


def emulated_time(url: str) -> Outside:
    """The emulator's clock; sleeping moves it on."""

    def control(method: str, word: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{url}/_control/{word}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read())

    def now() -> datetime:
        return datetime.fromisoformat(control("GET", "clock")["now"])

    def sleep(seconds: float) -> None:
        control("POST", "advance", {"seconds": seconds})

    return Outside(now=now, sleep=sleep)


def night(
    home: Path, url: str, n: int, *, wait_s: float = 7200.0, profile: str = "default"
) -> dict[str, Any]:
    """One night: ask about `n` messages, wait for the batches; a later one resumes what was left."""
    outside, settings = emulated_time(url), settings_of(home, url, profile=profile)
    now = outside.now()
    run = Run(new_run_id(now), "nightly", night_of(now), profile, now)
    asks = [Ask(f"text-{i:06d}", {"text": text, "language": "fa"}) for i, text in enumerate(texts(n))]
    with open_store(home, wait_s=5.0, threads=1) as store:
        answers = complete(
            store,
            "canonicalize",
            asks,
            run=run,
            settings=settings,
            check=check_reply,
            wait_s=wait_s,
            outside=outside,
        )
        collect(store, run=run, settings=settings, outside=outside)
    return {
        a.subject_id: [a.status, a.model, a.value.model_dump(mode="json") if a.value is not None else None]
        for a in answers
    }


def kill_at_call(n: int) -> Callable[[FrameType, str, Any], None]:
    """A profile hook that kills this process at its n-th call of a Python function."""
    left = n

    def hook(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal left
        if event == "call":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def _child(order: dict[str, Any], go: int) -> None:
    """Run one night in a forked child; the exit status is its exit code."""
    code = 99
    home = Path(order["home"])
    try:
        os.read(go, 1)
        calls = 0

        def count(frame: FrameType, event: str, arg: Any) -> None:
            nonlocal calls
            calls += event == "call"

        if order.get("kill_at_call"):
            sys.setprofile(kill_at_call(order["kill_at_call"]))
        elif order.get("count_calls"):
            sys.setprofile(count)
        began = time.monotonic()
        kept = {name: order[name] for name in ("wait_s", "profile") if name in order}
        answers = night(home, order["url"], order["n"], **kept)
        sys.setprofile(None)
        facts = {"answers": answers, "calls": calls, "seconds": time.monotonic() - began}
        (home / "answers.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        code = 0
    except CwError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        code = error.exit_code
    finally:
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    """Orders in, facts out: {"pid"} once the child waits, {"status"} when it ended (negative: a signal)."""
    for line in sys.stdin:
        order = json.loads(line)
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(into)
            _child(order, out)
        os.close(out)
        print(json.dumps({"pid": pid}), flush=True)
        sys.stdin.readline()
        os.write(into, b"g")
        os.close(into)
        if order.get("kill_after_s") is not None:
            time.sleep(order["kill_after_s"])
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


def warm() -> None:
    """Import and read once what every night needs and nothing that starts a thread: two thirds of a child's CPU seconds."""
    import anthropic  # noqa: F401
    import genai_prices  # noqa: F401

    from tasks.llm import offline
    from tasks.llm.catalogue import load_catalogue
    from tasks.llm.prices import Prices
    from tasks.llm.sitting import fixed_tokens
    from tasks.llm.types import Usage

    for text in texts(len(_WISHES)):
        check_reply(Ask("warm", {"text": text, "language": "fa"}), offline.reply(text))
    catalogue = load_catalogue(None)
    for model in ("claude-haiku-5-5", "claude-haiku-4-5"):
        Prices(catalogue).usd(model, Usage(input=1), at=datetime.now(UTC), is_batch=True)
        fixed_tokens("canonicalize", catalogue.of(model).chars_per_token_fa)


if __name__ == "__main__":
    warm()
    serve()
