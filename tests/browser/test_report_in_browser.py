"""The report in a real browser: every tab, both languages, desktop and phone, no network, no serious axe finding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tasks.night import NIGHT
from tasks.report.render import render_report
from tasks.session import open_session
from tasks.settings import Settings
from tests.report.synthetic import manifest, published

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]
SAMPLE = Path(__file__).parents[2] / "data" / "sample"
TABS = ("overview", "clusters", "map", "votes", "plans", "rest", "lineage", "cost")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of three nights of the sample."""
    home = tmp_path_factory.mktemp("nights")
    for n in (1, 2, 3):
        settings = Settings(home=home, inbox=SAMPLE / f"night{n}", profile="offline")
        with open_session(settings, kind="nightly", run_on=date(2026, 11, n)) as session:
            for step in NIGHT:
                session.take(step)
    return home / str(session.published_path) / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, report: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = SIZES[getattr(request, "param", "desktop")]
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    opened.faults = []
    opened.requests_made = []
    opened.on("console", lambda m: opened.faults.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda e: opened.faults.append(str(e)))
    opened.on("request", lambda r: opened.requests_made.append(r.url))
    opened.goto(report.as_uri())
    yield opened
    context.close()


def shots() -> Path | None:
    folder = os.environ.get("CW_SHOTS")
    return Path(folder) if folder else None


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.parametrize("lang", ["en", "fa"])
def test_every_tab_opens_in_both_languages_without_a_fault(page: Any, lang: str, request: pytest.FixtureRequest) -> None:
    if lang == "fa":
        page.click("#language")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert page.is_visible(f"#{tab}")
        assert sum(page.is_visible(f"#{other}") for other in TABS) == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{tab} is wider than the screen"
        if folder := shots():
            page.screenshot(path=folder / f"{request.node.callspec.params['page']}-{lang}-{tab}.png", full_page=tab != "clusters")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if lang == "fa" else "ltr")
    assert page.faults == []


def test_nothing_is_asked_of_the_network(page: Any, report: Path) -> None:
    for tab in TABS:
        page.click(f"#tab-{tab}")
    assert page.requests_made == [report.as_uri()]


def test_the_policy_stops_a_script_that_is_not_ours(page: Any) -> None:
    page.evaluate("const s = document.createElement('script'); s.textContent = 'window.stolen = 1'; document.body.append(s)")
    assert page.evaluate("window.stolen") is None


def test_the_policy_stops_a_picture_from_a_server_that_would_answer(page: Any) -> None:
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        stopped = page.evaluate(
            """url => new Promise(done => {
                document.addEventListener("securitypolicyviolation", (e) => done(e.effectiveDirective), { once: true });
                const picture = new Image(); picture.src = url; document.body.append(picture);
            })""",
            f"http://127.0.0.1:{server.server_port}/x.png",
        )
        server.shutdown()
    assert stopped == "img-src"
    assert asked == []


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_axe_finds_nothing_serious(page: Any, lang: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    if lang == "fa":
        page.click("#language")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        found = Axe().run(page).response["violations"]
        serious = [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], tab


def test_tabs_work_with_the_keyboard(page: Any) -> None:
    page.focus("#tab-overview")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#clusters")
    page.keyboard.press("End")
    assert page.is_visible("#cost")


def test_a_tab_opens_at_its_beginning_however_far_the_last_one_was_scrolled(page: Any) -> None:
    page.click("#tab-clusters")
    page.evaluate("scrollTo(0, 4000)")
    page.click("#tab-votes")
    assert page.evaluate("document.getElementById('votes').getBoundingClientRect().top") > 0


def test_search_narrows_the_cards_and_counts_them(page: Any) -> None:
    page.click("#tab-clusters")
    every = page.locator(".cards .card:visible").count()
    page.fill("#q", "water")
    some = page.locator(".cards .card:visible").count()
    assert 0 < some < every
    assert page.inner_text("#found") == f"{some} topics"


def test_a_sentence_opens_the_records_it_rests_on(page: Any) -> None:
    page.click("#tab-clusters")
    claim = page.locator(".claim").first
    claim.locator("summary").click()
    claim.locator("li").first.wait_for(state="visible", timeout=5_000)
    assert claim.locator("li").first.inner_text().strip()


def test_the_page_is_small_enough_to_mail(report: Path) -> None:
    assert report.stat().st_size < 2_000_000


def test_farsi_mode_shows_no_latin_digit_outside_codes_and_english_text(page: Any) -> None:
    page.click("#language")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        left = page.evaluate(
            """() => {
                const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
                while (walk.nextNode()) {
                    const near = walk.currentNode.parentElement;
                    if (!near.checkVisibility() || near.closest("script, code, bdi, [lang=en]:not(html)")) continue;
                    if (/[0-9]/.test(walk.currentNode.textContent)) found.push(walk.currentNode.textContent.slice(0, 80));
                }
                return found;
            }"""
        )
        assert left == [], tab


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_whole_report_prints_on_a_score_of_pages_without_controls(page: Any, lang: str) -> None:
    if lang == "fa":
        page.click("#language")
    printed = page.pdf(prefer_css_page_size=True)
    assert 10 <= printed.count(b"/Type /Page\n") <= 20, "a part is missing, or cards stand alone on their pages"
    page.emulate_media(media="print")
    assert [tab for tab in TABS if not page.is_visible(f"#{tab}")] == []
    for control in ("nav", ".switches", ".filter", ".actions button"):
        assert page.locator(f"{control}:visible").count() == 0, control
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#treemap svg:visible").count() == 1, "the tree map prints though its tab was never opened"


def test_the_farsi_font_comes_with_the_page(page: Any) -> None:
    page.click("#language")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("Array.from(document.fonts).map((f) => f.family + ' ' + f.status)") == ["Vazirmatn loaded"]


def test_axe_finds_nothing_serious_in_the_dark(page: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.click("#shade")
    assert page.evaluate("document.documentElement.dataset.shade") == "dark"
    for tab in TABS:
        page.click(f"#tab-{tab}")
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found if v["impact"] in ("serious", "critical")] == [], tab


def test_markup_in_titles_does_not_run(page: Any, tmp_path: Path) -> None:
    tables = published(200, 20, nasty=True)
    path = tmp_path / "report.html"
    path.write_text(render_report(tables, manifest(tables)), encoding="utf-8")
    page.goto(path.as_uri())
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), tab
    assert page.evaluate("window.stolen") is None
    assert page.faults == []
