"""Normalised text keeps the way back to the text as it was written."""

from __future__ import annotations

import unicodedata

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yufang.cases.text import IDEOGRAPH, WORD, character_tables, encode, normalise, normalise_with_map, original_span

# Where normalisation is hardest: widths, ligatures, combining marks, voiced kana in halves, hangul jamo.
HARD = "ａＢ１２ ﬁﬃ①㍿ｶﾞﾊﾟｱé\u0301e\u0327\u0301각ᄀ\u1161\u11a8坠墜落℃½…　\u0344\u0958\U0001d15e"


@given(st.one_of(st.text(max_size=40), st.text(alphabet=HARD, max_size=40)))
def test_the_mapped_form_is_the_normal_form(text: str) -> None:
    normal, offsets = normalise_with_map(text)
    assert normal == normalise(text)
    assert len(offsets) == len(normal) + 1
    assert (np.diff(offsets) >= 0).all()
    assert offsets[-1] == len(text)


@given(st.text(alphabet=HARD, min_size=1, max_size=30), st.data())
def test_every_normal_character_comes_from_a_piece_that_holds_it(text: str, data: st.DataObject) -> None:
    normal, offsets = normalise_with_map(text)
    at = data.draw(st.integers(0, len(normal) - 1))
    start, end = original_span(offsets, at, at + 1)
    assert 0 <= start < end <= len(text)
    assert normal[at] in unicodedata.normalize("NFKC", text[start:end])


def test_widths_are_one_and_variants_of_characters_stay_two() -> None:
    assert normalise("ＡＢＣ　１２３ｶﾞ") == "ABC 123ガ"
    assert normalise("墜落") != normalise("坠落")


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert normalise("\ud800墜") == "\ufffd墜"
    assert len(encode(["\ud800墜", ""]).codes) == 2


def test_texts_lie_end_to_end() -> None:
    buffer = encode(["墜落", "", "fall"])
    assert buffer.starts.tolist() == [0, 2, 2, 6]
    assert "".join(map(chr, buffer.codes)) == "墜落fall"
    assert len(buffer) == 3
    assert encode([]).starts.tolist() == [0]


def test_scripts_with_and_without_spaces_are_told_apart() -> None:
    tables = character_tables()
    kinds = [int(tables.kind[ord(c)]) for c in "a7é坠かカ한，。 "]
    assert kinds == [WORD, WORD, WORD, IDEOGRAPH, IDEOGRAPH, IDEOGRAPH, IDEOGRAPH, 0, 0, 0]
    assert chr(tables.fold[ord("É")]) == "é"
