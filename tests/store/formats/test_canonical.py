"""One way to write a value: what two programs hash must be the same bytes."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.formats.canonical import b64, canonical, unb64
from store.formats.line import Outcome

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_bytes_read_back_as_the_same_value(value: object) -> None:
    try:
        text = canonical(value)
    except UnicodeEncodeError:
        return  # half a surrogate pair cannot be written as UTF-8 by anyone
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_canonical_bytes_are_those_of_the_published_format() -> None:
    value = {"ข": [1, True, None, {}], "b": 'น้ำ\n\u2028"', "a": []}
    assert canonical(value) == '{"a":[],"b":"น้ำ\\n\u2028\\"","ข":[1,true,null,{}]}'.encode()


def test_a_member_of_a_list_of_words_is_its_word() -> None:
    assert canonical({Outcome.ASKED: [Outcome.EXPIRED]}) == b'{"asked":["expired"]}'


@pytest.mark.parametrize(
    "value", [1.5, {"a": 1.0}, b"x", {1: "x"}, (1, 2), {"a": {1, 2}}, 2**53, float("nan")]
)
def test_a_value_without_exactly_one_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@given(st.binary())
def test_base64_comes_back(data: bytes) -> None:
    text = b64(data)
    assert re.fullmatch(r"[A-Za-z0-9_-]*", text)
    assert unb64(text) == data


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "YQ\n", "Y Q", "a+b/", "é"])
def test_base64_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        unb64(text)
