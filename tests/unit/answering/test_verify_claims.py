from __future__ import annotations

import pytest

from avatar.answering.claims import exact_strings, has_opposites, names, numbers, read_claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retries five times", [("5", "times")]),
        ("keeps 1,000 rows", [("1000", "")]),
        ("waits 030 seconds", [("30", "s")]),
        ("waits 1.50 s", [("1.50", "s")]),
        ("at 10:30 on 2026-05-01", [("10:30", ""), ("2026-05-01", "")]),
        ("over 10 % of disks", [("10", "%")]),
        ("at -5 degrees", [("-5", "")]),
        ("twelve nodes", [("12", "")]),
        ("half an hour", [("0.5", "")]),
        ("保留三十天", [("30", "d")]),
        ("重试两次", [("2", "times")]),
        ("一百二十个节点", [("120", "")]),
        ("三万五千条", [("35000", "")]),
        ("十五分钟", [("15", "min")]),
        ("二零二六年", [("2026", "y")]),
        ("一起想办法", []),
        ("version 1.29.3", [("1.29.3", "")]),
    ],
)
def test_numbers_are_read_whatever_they_are_written_in(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert numbers(text) == expected


def test_names_are_capitalised_words_but_not_the_first_plain_one() -> None:
    assert names("Restart the Kafka broker with DNS and iOS, said Ana.") == ["kafka", "dns", "ana"]
    assert names("DNS is down") == ["dns"]


def test_exact_strings_are_code_paths_addresses_and_quotations() -> None:
    found = exact_strings('Run `make ship` in /srv/app, see https://x.example/a. It says "no way".')

    assert {"make ship", "/srv/app", "https://x.example/a", "no way"} <= set(found)


def test_letters_with_digits_are_exact() -> None:
    assert {"p95", "http2"} <= set(exact_strings("the p95 over http2"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("run it before the deploy", "run it after the deploy", True),
        ("run it before the deploy", "run it before and after the deploy", False),
        ("在发布之前运行", "在发布之后运行", True),
        ("启用缓存", "启用缓存", False),
        ("caching is enabled", "caching is on", False),
    ],
)
def test_opposites_are_seen(one: str, other: str, *, expected: bool) -> None:
    assert has_opposites(one, other) is expected


def test_anchors_are_names_and_numbers() -> None:
    assert read_claims("the broker of Ana holds 5 topics").anchors == {"ana", "5"}
