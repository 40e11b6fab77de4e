"""The page in a real browser, on a desk and on a telephone: nothing runs over, runs, hides or is asked of a network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from retention.page import Column, Document, Figure, Kind, Section, Table, page
from retention.page.writing import shown
from tests.jobs.town import NOW
from tests.report.browser import CONTRAST, DESK, PHONE, browser, fetched, show
from tests.report.busy import HOSTILE, LONG_ADDRESS

WIDE_OPEN = """
return [...document.querySelectorAll('body *')].filter(node => node.getClientRects().length)
    .filter(node => !node.closest('.scroll table') && !node.closest('.skip'))
    .filter(node => node.getBoundingClientRect().right > innerWidth + 1 || node.getBoundingClientRect().left < -1)
    .map(node => node.tagName + '.' + node.getAttribute('class'));
"""
CLIPPED = """
return [...document.querySelectorAll('svg')].filter(svg => svg.getClientRects().length).flatMap(svg =>
    [...svg.querySelectorAll('text')].filter(text => { const a = text.getBoundingClientRect(),
        b = svg.getBoundingClientRect(); return text.textContent && (a.right > b.right + 2 || a.left < b.left - 2); })
    .map(text => text.textContent));
"""
TABLES = """
return [...document.querySelectorAll('table')].map(table => ({
    heads: [...table.tHead.rows[0].cells].every(cell => cell.tagName === 'TH' && cell.scope === 'col'),
    rows: [...table.tBodies[0].rows].every(row => row.cells[0].tagName === 'TH' && row.cells[0].scope === 'row'),
    even: new Set([...table.rows].map(row => row.cells.length)).size === 1,
    named: !!document.getElementById(table.parentElement.getAttribute('aria-labelledby')),
}));
"""


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def shown_page(request: pytest.FixtureRequest, folder: Path) -> Iterator[Any]:
    with browser(request.param) as chrome:
        show(chrome, folder / "report.html")
        yield chrome


def test_nothing_runs_over_the_page(shown_page: Any) -> None:
    assert shown_page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert shown_page.execute_script(WIDE_OPEN) == []
    assert shown_page.execute_script(CLIPPED) == []


def test_every_text_can_be_read_against_what_is_behind_it(shown_page: Any) -> None:
    texts = shown_page.execute_script(CONTRAST)
    assert len(texts) > 300
    assert [one for one in texts if one[1] < one[2]] == []


def test_no_text_is_smaller_than_people_can_read(shown_page: Any) -> None:
    smallest = """return Math.min(...[...document.querySelectorAll('svg text, td, th, p, li, dd')]
        .filter(node => node.getClientRects().length && node.textContent.trim()).map(node => {
            const svg = node.ownerSVGElement;
            const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return parseFloat(getComputedStyle(node).fontSize) * scale; }))"""
    assert shown_page.execute_script(smallest) >= 11.5


def test_one_picture_of_each_figure_is_shown(shown_page: Any) -> None:
    seen = """return [...document.querySelectorAll('.picture')].map(
        one => [...one.querySelectorAll('svg')].filter(svg => svg.getClientRects().length).length)"""
    counts = shown_page.execute_script(seen)
    assert len(counts) >= 6 and set(counts) == {1}


def test_hostile_mail_ran_nothing_and_is_there_to_be_read(shown_page: Any) -> None:
    assert shown_page.title == "E-mail retention report: Town"
    assert shown_page.execute_script("return document.querySelectorAll('script, img, iframe, svg[onload]').length") == 0
    cells = shown_page.execute_script("return [...document.querySelectorAll('td')].map(cell => cell.textContent)")
    assert {shown(subject) for subject in HOSTILE} <= set(cells)


def test_nobody_is_asked_for_anything_but_the_page(shown_page: Any, folder: Path) -> None:
    assert fetched(shown_page) == [(folder / "report.html").as_uri()]
    assert [entry for entry in shown_page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_headings_step_down_one_at_a_time(shown_page: Any) -> None:
    levels = shown_page.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_say_which_cell_is_of_what(shown_page: Any) -> None:
    tables = shown_page.execute_script(TABLES)
    assert len(tables) >= 10 and all(all(one.values()) for one in tables)
    assert shown_page.execute_script("return document.documentElement.lang") == "en"
    ids = shown_page.execute_script("return [...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_the_pictures_are_hidden_from_those_who_hear_the_tables(shown_page: Any) -> None:
    bare = "return [...document.querySelectorAll('svg')].filter(svg => !svg.closest('[aria-hidden=true]')).length"
    assert shown_page.execute_script(bare) == 0


def test_every_place_can_be_reached_from_the_keyboard(shown_page: Any) -> None:
    from selenium.webdriver import ActionChains, Keys

    shown_page.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    wanted = shown_page.execute_script("return document.querySelectorAll('a[href], [tabindex]').length")
    reached, outlined = set(), []
    for _ in range(wanted):
        ActionChains(shown_page).send_keys(Keys.TAB).perform()
        place, outline = shown_page.execute_script(
            """const at = document.activeElement; return [[...document.querySelectorAll('*')].indexOf(at),
            getComputedStyle(at).outlineStyle + getComputedStyle(at).outlineWidth]"""
        )
        reached.add(place)
        outlined.append(outline)
    assert len(reached) == wanted
    assert set(outlined) == {"solid3px"}


def test_a_long_address_is_broken_before_its_sign(shown_page: Any) -> None:
    cell = f"[...document.querySelectorAll('th')].find(th => th.textContent === '{LONG_ADDRESS}')"
    assert "<wbr>@town.example" in shown_page.execute_script(f"return {cell}.innerHTML")


def test_on_paper_everything_is_there_and_nothing_is_cut(shown_page: Any) -> None:
    pages = paper(shown_page)
    text = "".join(" ".join(pages).split())
    assert 4 <= len(pages) <= 16
    assert "Dothefiguresaddup?" in text and "Ledger:putback" in text
    assert "Contents" not in " ".join(pages)
    shown_page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    metrics = {"width": 680, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    shown_page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert shown_page.execute_script("return document.documentElement.scrollWidth") <= 680


def test_a_table_of_nine_series_fits_a_desk_and_its_sums_stand_once_on_paper(tmp_path: Path) -> None:
    with browser(DESK) as chrome:
        file = tmp_path / "report.html"
        file.write_text(page(wide()), "utf-8")
        show(chrome, file)
        assert chrome.execute_script(CUT) == [] and chrome.execute_script(WIDE_OPEN) == []
        assert chrome.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        printed = paper(chrome)
        assert len(printed) > 1 and "".join(printed).count("Sum of all") == 1


CUT = """return [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.textContent.slice(0, 80));"""


def wide() -> Document:
    """Months without end, by series whose names have long words."""
    columns = (
        Column("month", "Month"),
        *(Column(f"n{n}", f"FIN 0430{n} Administrative Correspondence {n}", Kind.NUMBER) for n in range(9)),
    )
    months = tuple((f"Month {n}", *(10_000 + n for _ in range(9))) for n in range(90))
    table = Table(columns, months, ("Sum of all", *(1_000_000 for _ in range(9))))
    sections = (Section(name="done", title="Done", figures=(Figure(name="by", title="By", table=table, most=100),)),)
    day = NOW.date()
    return Document(
        title="Report", city="Town", about="All", first_on=day, last_on=day, made_at=NOW, made_by="Pat", zone="UTC",
        sections=sections,
    )  # fmt: skip


def paper(chrome: Any) -> list[str]:
    """The texts of the pages as they are printed."""
    import base64
    import io

    from pypdf import PdfReader

    printed = chrome.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    return [one.extract_text() for one in PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages]
