"""Every trap of YAML gives a located message, or the text that stands there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shop.seeding.errors import Fault, Faults
from shop.seeding.formats.documents import Document, UnreadableError
from shop.seeding.formats.limits import MAX_BYTES
from shop.seeding.formats.yaml_text import read_yaml
from shop.seeding.seed import read_seed


def tree_of(text: str | bytes) -> Any:
    document = Document("x.yaml")
    assert not read_yaml(document, as_bytes(text)).faults
    return document.tree


def refusal_of(text: str | bytes) -> list[str]:
    try:
        found = read_yaml(Document("x.yaml"), as_bytes(text)).faults
    except UnreadableError as error:
        found = [Fault("x.yaml", *error.mark, "", error.problem, error.got)]
    return [str(fault) for fault in found]


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize(
    "word", ["NO", "no", "Yes", "on", "12:30", "1_000", "08", "0o7", "0x1F", "1e3", "~", ".inf", "2024-01-23"]
)
def test_a_plain_word_that_other_readers_turn_into_something_else_stays_text(word: str) -> None:
    assert tree_of(f"a: {word}\n") == {"a": word}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("0", 0),
        ("-12", -12),
        ("823058", 823058),
        ("0.2", Decimal("0.2")),
        ('"823058"', "823058"),
        ("'NO'", "NO"),
        ("0GT3Y", "0GT3Y"),
        ("8230582AA9S1000", "8230582AA9S1000"),
    ],
)
def test_only_true_false_null_and_plain_numbers_are_not_text(written: str, meant: object) -> None:
    value = tree_of(f"a: {written}\n")["a"]

    assert value == meant
    assert type(value) is type(meant)


def test_a_decimal_is_read_exactly_and_never_as_a_float() -> None:
    assert tree_of("a: 0.1000000000000000055\n")["a"] == Decimal("0.1000000000000000055")


def test_every_double_key_of_a_file_is_refused_where_it_stands_again() -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: 2\n"

    assert refusal_of(text) == [
        "x.yaml:2:11 the key stands here twice (first on line 2) (got 'c')",
        "x.yaml:3:1 the key stands here twice (first on line 1) (got 'a')",
    ]


def test_anchors_aliases_and_tags_are_refused() -> None:
    text = "a: &x 1\nb: *x\nc: !!int '3'\n"

    assert refusal_of(text) == [
        "x.yaml:1:4 anchors are not allowed: write the value out (got &x)",
        "x.yaml:2:4 aliases are not allowed: write the value out (got *x)",
        "x.yaml:3:4 tags are not allowed (got tag:yaml.org,2002:int)",
    ]


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    assert "anchors are not allowed" in refusal_of("\n".join(lines))[0]


@pytest.mark.parametrize("levels", [33, 5_000, 200_000])
def test_a_document_nested_too_deeply_is_refused_and_does_not_crash(levels: int) -> None:
    [message] = refusal_of("a: " + "[" * levels + "]" * levels)

    assert message == "x.yaml:1:35 more than 32 levels deep"


def test_a_line_without_a_value_is_refused() -> None:
    [message] = refusal_of("a:\nb: 1\n")

    assert message == "x.yaml:1:3 nothing stands here; leave the line out, or write null"


def test_a_second_document_and_directives_are_refused() -> None:
    assert refusal_of("a: 1\n---\nb: 1\n") == ["x.yaml:2:1 a file holds one document, without directives"]
    assert "without directives" in refusal_of("%YAML 1.1\n---\na: 1\n")[0]


def test_a_broken_file_is_refused_where_it_breaks() -> None:
    [message] = refusal_of("a: 1\nb: [1, 2\nc: 3\n")

    assert message.startswith("x.yaml:3:2 not YAML: ")


@pytest.mark.parametrize("text", ["", "- a\n", "text\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    faults = Faults()

    read_seed(tmp_path / "x.yaml", faults)

    assert [str(fault) for fault in faults] == [
        "x.yaml:1:1 a seed file is a mapping that starts with `schema:`"
    ]


def test_a_key_that_is_no_word_is_refused() -> None:
    assert refusal_of("a: 1\n? [b]\n: 1\n")[0] == "x.yaml:2:3 a key must be a word"


def test_bytes_that_are_not_utf_8_are_refused_where_they_stand() -> None:
    assert refusal_of(b"a: 1\nb: caf\xe9\n") == ["x.yaml:2:7 not UTF-8 (got byte 0xe9)"]


def test_a_byte_order_mark_is_refused() -> None:
    assert "byte order mark" in refusal_of(b"\xef\xbb\xbfa: 1\n")[0]
    assert "byte order mark" in refusal_of("a: 1\n".encode("utf-16"))[0]


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f", "\x85", "\ufeff"])
def test_a_control_character_is_refused_where_it_stands(character: str) -> None:
    [message] = refusal_of(f"a: 1\nb: x{character}y\n")

    assert message == f"x.yaml:2:5 control characters are not allowed (got U+{ord(character):04X})"


def test_a_tab_is_named() -> None:
    assert "with spaces, not with tabs" in refusal_of("a:\n\tb: 1\n")[0]


def test_lines_may_end_as_windows_ends_them() -> None:
    assert tree_of(b"a: 1\r\nb: x\r\n") == {"a": 1, "b": "x"}


def test_two_spellings_of_one_letter_are_one_text() -> None:
    assert tree_of("a: Ghesquie\u0300re\n") == {"a": "Ghesqui\u00e8re"}


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: " + b"x" * MAX_BYTES)
    faults = Faults()

    read_seed(tmp_path / "x.yaml", faults)

    assert [str(fault) for fault in faults] == ["x.yaml:1:1 a seed file may have at most 8 MB"]
