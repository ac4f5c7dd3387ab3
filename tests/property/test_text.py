"""Whatever the text: folding, tokens and spans."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from replylint.fold import fold
from replylint.text import Text, joined
from tests.books import tokenizer

ANY = st.text(st.characters(exclude_categories=()), max_size=200)
LIKELY = st.text(st.sampled_from("aB čЙи\u0306'’.,!?-–:\n[]{}<>@/%£€5 2🙂\ufe0f\u200d*_"), max_size=200)
CUT = tokenizer()


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=200, deadline=None)
@given(st.one_of(ANY, LIKELY))
def test_tokens_stand_in_order_inside_the_text(text: str) -> None:
    tokens = CUT(text)
    assert len(tokens.words) == len(tokens.tags) == len(tokens.starts) == len(tokens.ends)
    places = list(zip(tokens.starts, tokens.ends, strict=True))
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one <= other and (one == other or one[1] <= other[0]) for one, other in pairwise(places))
    assert all(0 <= place <= len(tokens.words) for place in tokens.commas)
    befores = [stop.before for stop in tokens.stops]
    assert befores == sorted(befores)


@settings(max_examples=100, deadline=None)
@given(st.one_of(ANY, LIKELY))
def test_tokens_are_the_same_every_time(text: str) -> None:
    assert CUT(text) == tokenizer()(text)


PIECES = st.lists(st.tuples(st.text(max_size=4), st.integers(0, 3), st.integers(0, 6)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.data())
def test_spans_of_joined_text_are_in_the_source(pieces: list[tuple[str, int, int]], data: st.DataObject) -> None:
    place, placed = 0, []
    for value, skipped, size in pieces:
        placed.append((value, place + skipped, place + skipped + size))
        place += skipped + size
    text = joined(placed)
    start = data.draw(st.integers(0, len(text.value)))
    end = data.draw(st.integers(start, len(text.value)))
    span = text.span(start, end)
    assert 0 <= span.start <= span.end <= place
    assert text.cut(start, end).value == text.value[start:end]
    if start < end:
        assert text.cut(start, end).span(0, end - start) == span


@settings(max_examples=100, deadline=None)
@given(ANY, st.data())
def test_spans_of_plain_text_are_themselves(value: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    assert Text(value).span(start, end) == (start, end)
