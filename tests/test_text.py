"""Text that knows where it came from."""

from __future__ import annotations

import pytest

from replylint.text import Span, Text, joined


def test_plain_text_is_its_own_source() -> None:
    assert Text("hello").span(1, 3) == Span(1, 3)
    assert Text("hello").span(5, 5) == Span(5, 5)


def test_joined_maps_letters_one_by_one() -> None:
    text = joined([("He", 10, 12), ("llo", 20, 23)])
    assert text.value == "Hello"
    assert text.span(0, 2) == Span(10, 12)
    assert text.span(1, 4) == Span(11, 22)


def test_a_piece_of_another_length_maps_to_its_whole_range() -> None:
    text = joined([("a", 0, 1), ("&", 1, 6), ("b", 6, 7)])
    assert text.value == "a&b"
    assert text.span(1, 2) == Span(1, 6)
    assert text.span(0, 3) == Span(0, 7)
    assert joined([("fi", 3, 4)]).span(1, 2) == Span(3, 4)


def test_dropped_source_is_passed_over() -> None:
    text = joined([("you ", 3, 7), ("failed", 11, 17)])
    assert text.span(0, len(text.value)) == Span(3, 17)


@pytest.mark.parametrize(("at", "place"), [(0, 10), (2, 20), (5, 23)])
def test_an_empty_range_is_a_place(at: int, place: int) -> None:
    assert joined([("He", 10, 12), ("llo", 20, 23)]).span(at, at) == Span(place, place)


def test_empty_text() -> None:
    assert joined([]).span(0, 0) == Span(0, 0)
    assert Text("").span(0, 0) == Span(0, 0)


def test_a_cut_points_into_the_same_source() -> None:
    assert Text("hello there").cut(6, 11) == Text("hello there").cut(0, 11).cut(6, 11)
    cut = Text("hello there").cut(6, 11)
    assert cut.value == "there"
    assert cut.span(1, 3) == Span(7, 9)
    again = joined([("a", 0, 1), ("&", 1, 6), ("b", 6, 7)]).cut(1, 3)
    assert again.value == "&b"
    assert again.span(0, 1) == Span(1, 6)
    assert again.span(1, 2) == Span(6, 7)
