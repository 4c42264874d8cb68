from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.answering.extract import cite, extract
from avatar.domain.audience import Audience, Reader
from avatar.domain.decisions import EXTRACTIVE
from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Evidence, TermStatistics
from tests.unit.answering.making import a_chunk, a_past_answer, an_intent, some_evidence

if TYPE_CHECKING:
    from avatar.domain.decisions import Composed

BOB = Reader.colleague("bob")

DEPLOY = """## Deploying

We deploy from `main` with `make ship`. The pipeline runs the smoke tests first and refuses a dirty tree.

Before a deploy, check these:

- the error budget on the [dashboard](https://grafana.example.org/d/1) is above 10 %
- nobody else holds the deploy lock (`shipctl lock show`)
- the release notes are written

Do not deploy on Fridays after 14:00, unless the on-call engineer agrees.

## Rolling back

1. Run `shipctl rollback --to <release>`.
2. Wait until the canary is green (about 5 minutes).
3. Tell #ops what happened.

```bash
shipctl rollback --to 2026.05.3
```

Never roll back across a database migration: restore from the snapshot instead.

## People

| Role | Who | Backup |
|------|-----|--------|
| Release manager | Ana | Tom |
| On-call | rota | Li Wei |
"""  # noqa: E501

INGEST = (
    "The ingest service was started in 2021 as a replacement for the nightly batch job. It reads "
    "events from Kafka topic `orders.v2` and writes them into the warehouse in micro-batches of "
    "500 rows. When the warehouse rejects a batch the service retries it 5 times with exponential "
    "backoff. It does not retry schema errors, because those never heal by themselves. After the "
    "last attempt the batch goes to the dead-letter bucket and an alert is raised. The alert goes "
    "to the data platform channel. Ana wrote the first version together with Tom, and Li Wei owns "
    "it now. The service runs in two regions. Failover is manual and takes about 15 minutes if "
    "the standby is healthy. The configuration lives in `ingest/config.yaml`."
)

BACKUP_ZH = """## 备份策略

数据库每天凌晨两点做一次全量备份，保留 30 天。备份文件只有运维组可以读取。

恢复步骤：

1. 在跳板机上执行 `restore.sh --date 2026-05-01`。
2. 等待校验完成，大约需要 20 分钟。

注意：不要在业务高峰期恢复，除非值班经理同意。

## 监控

磁盘使用率超过 85% 时会告警，告警发送到值班手机。
"""

CODE = '''def retry(call, *, attempts: int = 5):
    """Call until it succeeds or the attempts are used up."""
    for n in range(attempts):
        try:
            return call()
        except TransientError:
            time.sleep(2**n)
'''


def answer(question: str, *texts: str) -> Composed:
    intent = an_intent(question)
    chunks = [a_chunk(text, f"notes/{n}.md", start=10) for n, text in enumerate(texts)]
    composed = extract(intent, some_evidence(intent, *chunks), reader=BOB)
    assert composed is not None
    return composed


RELEASES = """# Deploying billing

Run `make deploy` from the main branch. The release manager must approve it first.
Deployments are frozen on Fridays after 14:00.

## Roll back

Run `make rollback REV=<tag>`; it takes about four minutes. Tell #billing-ops.
"""


@pytest.mark.parametrize("question", ["How do I roll back a release?", "How do I roll back?"])
def test_a_section_whose_heading_was_asked_for_is_never_left_out(question: str) -> None:
    assert "make rollback" in answer(question, RELEASES).text


def test_an_answer_marks_its_sources() -> None:
    composed = answer("Which port?", "The port is 80.")

    assert composed.text == "The port is 80. [1]"
    assert composed.by == EXTRACTIVE


def test_only_what_answers_is_shown() -> None:
    composed = answer("Can I deploy on Friday?", DEPLOY)

    assert composed.text.startswith("Do not deploy on Fridays after 14:00, unless")
    assert [(c.start_line, c.end_line) for c in composed.citations] == [(20, 20)]


def test_a_list_comes_with_its_opening_and_the_warning_after_it() -> None:
    text = answer("What must I check before a deploy?", DEPLOY).text

    assert text.startswith("Before a deploy, check these:\n\n- the error budget")
    assert "release notes" in text
    assert "Do not deploy on Fridays" in text


def test_a_heading_that_asks_the_question_brings_its_whole_section() -> None:
    text = answer("How do I roll back?", DEPLOY).text

    assert text.startswith("1. Run `shipctl rollback")
    assert "```bash\nshipctl rollback --to 2026.05.3\n```" in text
    assert "Never roll back across a database migration" in text
    assert "make ship" not in text


def test_a_table_keeps_its_head() -> None:
    text = answer("Who is the release manager?", DEPLOY).text

    assert "| Role | Who | Backup |\n|------|" in text
    assert "| Release manager | Ana | Tom |" in text
    assert "|\n\n[1]" in text


def test_of_a_long_paragraph_the_sentences_around_are_shown() -> None:
    text = answer("How many times does ingest retry a rejected batch?", INGEST).text

    assert "retries it 5 times" in text
    assert "It does not retry schema errors" in text
    assert "Failover" not in text


def test_sentences_from_two_places_have_two_citations() -> None:
    composed = answer("Which Kafka topic is read, and where does the configuration live?", INGEST)

    assert "`orders.v2`" in composed.text
    assert "`ingest/config.yaml`" in composed.text
    assert len(composed.citations) == 2


def test_chinese_is_cut_into_its_sections() -> None:
    assert answer("磁盘告警阈值是多少？", BACKUP_ZH).text.startswith("磁盘使用率超过 85%")
    assert "除非值班经理同意" in answer("怎么恢复数据库？", BACKUP_ZH).text


def test_without_a_common_word_the_passage_is_shown_from_its_start() -> None:
    text = answer("数据写入失败会重试几次", INGEST + "\n\n" + INGEST).text

    assert text.startswith("The ingest service was started")
    assert len(text) < 1500


def test_a_past_answer_is_given_whole_and_alone() -> None:
    intent = an_intent("May I use kubectl?")
    past = a_past_answer("# May I?\n\nYes, on staging.\n\nAsk Tom before you touch `prod`.")

    composed = extract(intent, some_evidence(intent, past, a_chunk(INGEST)), reader=BOB)

    assert composed is not None
    assert composed.text == ("Yes, on staging.\n\nAsk Tom before you touch `prod`. [1]")


def test_headings_inside_a_past_answer_become_bold() -> None:
    intent = an_intent("How?")
    past = a_past_answer("First this.\n\n## Then\n\nThat.")

    composed = extract(intent, some_evidence(intent, past), reader=BOB)

    assert composed is not None
    assert composed.text.startswith("First this.\n\n**Then**\n\nThat. [1]")


def test_code_is_shown_as_code_with_its_symbol() -> None:
    intent = an_intent("What does retry do?")
    chunk = a_chunk(
        CODE, "src/r.py", start=40, kind=SourceKind.CODE, fmt="python", symbol="net.retry"
    )

    composed = extract(intent, some_evidence(intent, chunk), reader=BOB)

    assert composed is not None
    assert composed.text.startswith("`net.retry` [1]\n```python\ndef retry(")
    assert composed.text.endswith("```")
    assert [(c.document_id, c.symbol) for c in composed.citations] == [("src/r.py", "net.retry")]


def long_class(place: int) -> str:
    body = [f"    def step_{n}(self):\n        return self.post({n})\n" for n in range(40)]
    body.insert(place, "    def refund(self, order):\n        return self.post(order)\n")
    return "class Client:\n    url = 1\n\n" + "\n".join(body)


@pytest.mark.parametrize("place", [0, 1, 20, 40])
def test_of_a_long_definition_the_lines_that_meet_the_question_are_shown(place: int) -> None:
    intent = an_intent("refund an order")
    chunk = a_chunk(long_class(place), "src/c.py", kind=SourceKind.CODE, fmt="python", symbol="C")

    composed = extract(intent, some_evidence(intent, chunk), reader=BOB)

    assert composed is not None
    assert "class Client:" in composed.text
    assert "def refund(self, order):\n" in composed.text
    assert composed.text.count("\n") < 40


def test_a_further_passage_is_added_only_for_what_the_first_leaves_open() -> None:
    question = "Which port and which certificate does the gateway use?"
    port, cert = "The gateway uses port 8443.", "The certificate is renewed by certbot."

    both = answer(question, port, cert, port)
    one = answer("Which port does the gateway use?", port, cert)

    assert [c.document_id for c in both.citations] == ["notes/0.md", "notes/1.md"]
    assert [c.document_id for c in one.citations] == ["notes/0.md"]


def test_a_further_passage_far_behind_is_not_added() -> None:
    intent = an_intent("Which port and which certificate does the gateway use?")
    chunks = (a_chunk("The gateway uses port 8443."), a_chunk("The certificate is renewed.", "b"))

    composed = extract(intent, some_evidence(intent, *chunks, scores=(1.0, 0.3)), reader=BOB)

    assert composed is not None
    assert len(composed.citations) == 1


def test_what_the_reader_may_not_read_is_passed_over() -> None:
    intent = an_intent("What is the salary budget?")
    private = a_chunk("The salary budget is 9.", audience=Audience.owner_only())

    assert extract(intent, some_evidence(intent, private), reader=BOB) is None
    composed = extract(intent, some_evidence(intent, private, a_chunk("Open.", "b")), reader=BOB)
    assert composed is not None
    assert [c.document_id for c in composed.citations] == ["b"]


@pytest.mark.parametrize("text", ["", "   \n", "---", "# Only a heading", "<!-- nothing -->"])
def test_a_passage_without_content_gives_no_answer(text: str) -> None:
    intent = an_intent("What is this?")

    assert extract(intent, some_evidence(intent, a_chunk(text)), reader=BOB) is None


def test_no_passage_gives_no_answer() -> None:
    intent = an_intent("What is this?")
    nothing = Evidence((), TermStatistics(0, {}))

    assert extract(intent, nothing, reader=BOB) is None


def test_images_markup_and_mentions_do_not_reach_the_answer() -> None:
    text = answer(
        "Whom do I ask for access?",
        "Ask @bob or <!channel> for access. ![x](http://evil.example/p.png) <img src=x> @here",
    ).text

    assert text.startswith("Ask bob or channel for access.")
    assert "evil" not in text
    assert "<" not in text
    assert "@" not in text


def test_a_citation_holds_the_exact_lines() -> None:
    citation = cite(a_chunk("a\n  b\nc", start=7), 8, 9)

    assert citation.quote == "  b\nc"


LINES = st.sampled_from(
    ["", "# Head", "- item one", "1. step", "Plain text. More text here.", "```", "| a | b |",
     "    code", "Do this:", "不要重启。", "unless it fails", "Title", "-----", "~~~", "* * *"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(LINES, max_size=14), st.integers(1, 500), st.text(max_size=30))
def test_whatever_the_text_the_quotes_are_exact_lines_of_it(
    lines: list[str], start: int, question: str
) -> None:
    intent = an_intent(question)
    chunk = a_chunk("\n".join(lines), start=start)

    composed = extract(intent, some_evidence(intent, chunk), reader=BOB)

    for citation in composed.citations if composed else ():
        assert start <= citation.start_line <= citation.end_line < start + max(len(lines), 1)
        wanted = lines[citation.start_line - start : citation.end_line - start + 1]
        assert citation.quote == "\n".join(wanted)


def test_a_long_ordered_list_is_never_cut() -> None:
    steps = [f"{n}. Step {n} of the migration with some more words to say." for n in range(1, 15)]
    text = answer("What is step 7 of the migration?", "# Guide\n\nIntro.\n\n" + "\n".join(steps))

    assert all(step in text.text for step in steps)


def test_a_long_loose_list_shows_its_opening_and_the_item() -> None:
    items = [f"- service-{n} is owned by team {n} and lives in region {n}" for n in range(30)]
    text = answer("Who owns service-7?", "# List\n\nOwners are:\n\n" + "\n".join(items)).text

    assert text.startswith("Owners are:")
    assert "- service-7 is owned by team 7" in text
    assert "service-29" not in text


def test_a_long_table_shows_its_head_and_the_row() -> None:
    rows = [f"| service-{n} | team {n} | region {n} and some words |" for n in range(30)]
    table = "| Service | Team | Where |\n|---|---|---|\n" + "\n".join(rows)
    text = answer("Who owns service-17?", f"# Owners\n\nAll of them.\n\n{table}").text

    assert "| Service | Team | Where |\n|---|---|---|" in text
    assert "| service-17 | team 17" in text
    assert "service-29" not in text
