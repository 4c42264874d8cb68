"""The report in a real browser: it asks for nothing, fits a phone, and can be read in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.report_page import ReportFacts, render
from tests.unit.adapters.browser import BROWSER, browser, show
from tests.unit.adapters.calibrations import calibration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")

SEEN = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = text => rgb(text).map(value => value / 255)
    .map(value => value <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + value * [.2126, .7152, .0722][at], 0);
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + .05) / (low + .05);
  };
  const card = getComputedStyle(document.querySelector('section')).backgroundColor;
  const texts = [...document.querySelectorAll('section p, section td, section h2, svg text')];
  const inner = document.documentElement.clientWidth;
  return {
    width: document.documentElement.scrollWidth, inner,
    pictures: document.querySelectorAll('svg').length,
    tooWide: [...document.querySelectorAll('section, svg, .tile, .verdict, ol.wrong li')]
      .filter(each => each.getBoundingClientRect().right > inner + 1).length,
    unreadable: texts.map(each => {
      const style = getComputedStyle(each);
      return contrast(each.closest('svg') ? style.fill : style.color, card);
    }).filter(value => value < 4.5).length,
    smallest: Math.min(...[...document.querySelectorAll('svg text')].map(each =>
      parseFloat(getComputedStyle(each).fontSize)
        * each.ownerSVGElement.getBoundingClientRect().width / 440)),
    paper: light(getComputedStyle(document.documentElement).backgroundColor),
    scripts: document.scripts.length,
  };
})()"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with browser(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read(port: int, tmp_path: Path, width: int, is_dark: bool) -> None:
    page = tmp_path / "report.html"
    page.write_text(
        render(calibration(), ReportFacts("Dana", "stand-in", {"answers": "draft"})),
        encoding="utf-8",
    )

    shown = show(port, page, width=width, is_dark=is_dark, script=SEEN)

    assert shown.requests == [page.as_uri()]
    assert shown.complaints == []
    assert shown.found["pictures"] == 4
    assert shown.found["width"] <= shown.found["inner"]
    assert shown.found["tooWide"] == 0
    assert shown.found["unreadable"] == 0
    assert shown.found["smallest"] >= 9
    assert (shown.found["paper"] < 0.1) is is_dark
    assert shown.found["scripts"] == 0
