from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from avatar.adapters.report_page import ReportFacts, chances, percent, render
from avatar.domain.calibration import FeatureWorth, Judged
from tests.unit.adapters.calibrations import HOSTILE, calibration

MODES = {"answers": "draft", "notes": "auto", "code": "draft"}
FACTS = ReportFacts("Dana", "stand-in", MODES, frozenset({"answers"}))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def said(self) -> str:
        return " ".join(self.text.split())


def _said(share: float) -> str:
    return " ".join(percent(share).split())


MADE = calibration()
WHOLE = render(MADE, FACTS)


def test_it_needs_nothing_but_itself() -> None:
    for tag, attributes in Page(WHOLE).tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "href", "srcset", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"https?://|url\(|@import|//[a-z]", WHOLE)
    assert "default-src 'none'" in WHOLE


def test_questions_and_places_are_shown_and_never_obeyed() -> None:
    label = replace(MADE.judged[0].label, question=HOSTILE, served=HOSTILE, is_right=False)
    hostile = replace(
        MADE,
        judged=(Judged(label, 0.999), *MADE.judged[1:]),
        notes=(HOSTILE,),
        shortfall=HOSTILE,
        worth=(FeatureWorth(HOSTILE, 0.9, 0.8),),
        topics=(replace(MADE.topics[0], topic=HOSTILE),),
        is_promised=False,
    )
    text = render(hostile, ReportFacts(HOSTILE, HOSTILE, {HOSTILE: "draft"}, frozenset({HOSTILE})))
    page = Page(text)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert page.text.count('alert("1")') >= 6
    assert "\u202e" not in text
    assert "怎么回滚" in text


def test_every_picture_is_told_in_words_and_numbers() -> None:
    page = Page(WHOLE)
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(pictures) == 4
    for attributes in pictures:
        assert attributes["role"] == "img"
        name = attributes["aria-labelledby"]
        assert re.search(rf'<title id="{name}">[^<]{{20,}}</title>', WHOLE)
    assert sum(tag == "details" for tag, _ in page.tags) == 4


def test_it_says_what_is_promised_and_what_comes_of_it() -> None:
    said = Page(WHOLE).said()
    assert "at most 1 in 10 may be wrong" in said
    assert _said(MADE.before.precision) in said
    assert _said(MADE.after.precision) in said
    assert f"{MADE.after.auroc:.3f}" in said
    assert "cannot be promised with these answers" in said
    assert "avatar mode answers auto" in said
    assert "avatar mode notes auto" not in said
    assert "likeness to a question answered before" in said
    assert "so it would have been sent" in said
    assert said.count("· served ") == 10


def test_with_too_few_answers_it_says_so_instead_of_drawing() -> None:
    few = replace(calibration(7), topics=(), learning=(), worth=())
    page = Page(render(few, FACTS))
    assert "Not calibrated: 7 of about 60 answers." in page.said()
    assert "svg" not in {tag for tag, _ in page.tags}
    assert "Before and after" not in page.said()


def test_with_none_at_all_it_still_says_so() -> None:
    none = replace(calibration(0), topics=(), learning=(), worth=())
    said = Page(render(none, FACTS)).said()
    assert "Not calibrated: 0 of about 60 answers." in said
    assert "no wrong answer was found" in said


def test_some_answers_make_a_sketch_that_is_called_one() -> None:
    page = Page(render(calibration(23), FACTS))
    assert "Not calibrated: 23 of about 60 answers." in page.said()
    assert "read them as a sketch" in page.said()


def test_answers_that_were_all_right_are_no_curve() -> None:
    right = tuple(Judged(replace(one.label, is_right=True), one.probability) for one in MADE.judged)
    page = Page(render(replace(MADE, judged=right), FACTS))
    assert "svg" not in {tag for tag, _ in page.tags}


def test_a_curve_that_answers_nearly_everything_has_its_words_inside() -> None:
    said = replace(MADE.thresholds, answer=0.01, answer_crossing=0.01)
    assert 'text-anchor="end">in force' in render(replace(MADE, thresholds=said), FACTS)


def test_learning_from_one_number_only_is_no_picture() -> None:
    page = Page(render(replace(MADE, learning=MADE.learning[:1]), FACTS))
    assert sum(tag == "svg" for tag, _ in page.tags) == 3


def test_the_same_calibration_gives_the_same_page() -> None:
    assert render(calibration(), FACTS) == WHOLE


@pytest.mark.parametrize(
    ("promise", "words"),
    [(0.9, "1 in 10"), (0.95, "1 in 20"), (0.85, "15 in 100"), (1.0, "none"), (0.0, "1 in 1")],
)
def test_a_promise_is_said_as_chances(promise: float, words: str) -> None:
    assert chances(promise) == words


@pytest.mark.parametrize(
    ("share", "written"), [(0.5, "50\u202f%"), (0.123, "12.3\u202f%"), (1.0, "100\u202f%")]
)
def test_shares_have_a_digit_only_where_it_says_something(share: float, written: str) -> None:
    assert percent(share) == written
