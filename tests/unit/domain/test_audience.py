"""Audiences only ever meet; writing one down and reading it again lets nobody in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import EVERYONE, OWNER, Audience, Reader

NAMES = st.sampled_from([EVERYONE, OWNER, "sre", "值班", "a-b"])
AUDIENCES = st.one_of(
    st.just(Audience.everyone()), st.frozensets(NAMES, max_size=3).map(Audience.groups)
)
READERS = st.one_of(
    st.just(Reader.owner()),
    st.frozensets(NAMES, max_size=2).map(lambda names: Reader.colleague("ana", names)),
)


@given(AUDIENCES)
def test_an_audience_is_read_as_it_was_written(audience: Audience) -> None:
    assert Audience.parse(str(audience)) == audience


@given(AUDIENCES, AUDIENCES, READERS)
def test_whoever_may_read_where_two_meet_may_read_both(
    one: Audience, other: Audience, reader: Reader
) -> None:
    meeting = one.meet(other)
    assert meeting.within(one)
    assert meeting.within(other)
    if reader.may_read(meeting):
        assert reader.may_read(one)
        assert reader.may_read(other)


@given(AUDIENCES, AUDIENCES)
def test_an_audience_within_another_meets_it_in_itself(one: Audience, other: Audience) -> None:
    assert one.within(other) == (one.meet(other) == one)


@given(AUDIENCES)
def test_the_owner_may_always_read(audience: Audience) -> None:
    assert Reader.owner().may_read(audience)


@given(READERS, READERS, AUDIENCES)
def test_readers_together_see_what_each_of_them_may(
    one: Reader, other: Reader, audience: Audience
) -> None:
    together = Reader.together("channel", [one, other])
    if together.may_read(audience):
        assert one.may_read(audience)
        assert other.may_read(audience)
