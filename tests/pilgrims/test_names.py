"""Names in two alphabets: matching, sorting, scanned numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.commands.synthetic import latin
from registry.pilgrims.models import BirthPrecision
from registry.pilgrims.names import LETTERS, LONGEST_FOLDED, births_agree, fold, search_keys, sort_name, sound_alike
from registry.pilgrims.rules import passport_candidates
from tests.factories import pilgrim_details


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Асанбекова", "ASANBEKOVA"),
        ("Өмүрбек", "OMURBEK"),
        ("Өмүрбек", "омурбек"),
        ("Жээнбеков", "ZHEENBEKOV"),
        ("Жээнбеков", "JEENBEKOV"),
        ("ҮСӨНОВ", "ΥСӨНОВ"),  # Greek upsilon, as the founding document itself has it
        ("Хасан", "KHASAN"),
        ("Хасан", "Hasan"),
        ("Щербаков", "SHCHERBAKOV"),
        ("Юлия", "IULIIA"),
        ("Юлия", "Yuliya"),
        ("Айгүл", "AIGUL"),
        ("Айгүл", "AYGUL"),
        ("Чынгыз", "CHYNGYZ"),
        ("Цой", "TSOI"),
        ("Джумабаев", "ZHUMABAEV"),  # Russian and Kyrgyz spelling of one surname
        ("Семёнов", "СЕМЕНОВ"),
        ("Асан уулу", "ASAN-UULU"),
        ("АСАНОВ", "AСAНOВ"),  # Latin A, A and O typed into a Cyrillic word
        ("ASANOV", "АSANОV"),  # Cyrillic А and О typed into a Latin word
        ("Айгу\u0308л", "Айгүл"),
    ],
)
def test_both_spellings_of_a_name_have_one_skeleton(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Асанов", "Усенов"), ("Бакыт", "Бурул"), ("Эмил", "Эмилия")])
def test_different_names_keep_different_skeletons(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=80))
def test_a_skeleton_is_plain_ascii_whatever_was_typed(text: str) -> None:
    skeleton = fold(text)
    assert skeleton.isascii()
    assert all(c.isalnum() or c == " " for c in skeleton)


# A hard sign becomes IE (ICAO 9303): two of them in one word, which no name has, are more than a slip apart.
@given(st.text(alphabet=LETTERS["alphabet"], min_size=1, max_size=20).filter(lambda word: word.count("ъ") < 2))
def test_the_passports_latin_form_of_any_kyrgyz_word_finds_it(word: str) -> None:
    assert sound_alike(latin(word), word)


def test_names_sort_by_the_kyrgyz_alphabet() -> None:
    by_code_point = ["Нур", "Опа", "Оюн", "Пак", "Ушаков", "Фёдоров", "Үсөнов", "Ңа", "Өмүр"]
    ordered = ["Нур", "Ңа", "Опа", "Оюн", "Өмүр", "Пак", "Ушаков", "Үсөнов", "Фёдоров"]
    assert sorted(by_code_point, key=lambda name: sort_name(name, "")) == ordered


def test_a_shorter_surname_sorts_before_a_longer_one_whatever_the_given_name() -> None:
    assert sort_name("Асан", "Яков") < sort_name("Асанов", "Адыл")


def test_any_part_of_a_name_of_three_letters_begins_a_key() -> None:
    keys = search_keys(pilgrim_details(surname="Токтогулов", phone="+996555000123"))
    for part in ("tok", "gul", "lov", "togulo"):
        assert any(key.startswith(part) for key in keys), part
    assert {"996555000123", "555000123", "0123"} <= keys


def test_a_name_of_two_letters_is_a_key_of_its_own() -> None:
    assert "li" in search_keys(pilgrim_details(surname="Ли"))


def test_a_birth_date_known_by_its_year_agrees_with_any_day_of_that_year() -> None:
    whole = pilgrim_details(birth_on="1960-05-17")
    year = pilgrim_details(birth_on="1960-01-01", birth_precision=BirthPrecision.YEAR)
    assert births_agree(whole, year)
    assert not births_agree(whole, pilgrim_details(birth_on="1961-01-01", birth_precision=BirthPrecision.YEAR))
    assert not births_agree(whole, pilgrim_details(birth_on="1960-05-18"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pe 0012345", "PE0012345"),
        ("РЕ0012345", "PE0012345"),  # Cyrillic look-alikes
        ("ЗУ0012345", "PE0012345"),  # the keys P and E on a Russian layout
        ("ФС1234567", "AC1234567"),
        ("АС1234567", "AC1234567"),  # fits both repairs: the series in use decides
        ("\ufeffPE0012345\u00a0", "PE0012345"),
    ],
)
def test_a_passport_number_scanned_or_typed_in_cyrillic_is_repaired(typed: str, meant: str) -> None:
    assert passport_candidates(typed)[0] == meant


@pytest.mark.parametrize("typed", ["", "Асанбекова", "ASANBEKOVA", "%", "PE001", "PE00123456789012"])
def test_what_is_no_passport_number_is_not_made_into_one(typed: str) -> None:
    assert passport_candidates(typed) == []


def test_b4_a_cell_too_long_for_a_name_is_not_kept_in_memory() -> None:
    assert len(fold("ба" * 50_000)) == LONGEST_FOLDED
    assert len(fold("ба" * 90)) == 180, "the longest name is folded whole"


@given(*[st.text(max_size=60) | st.text(st.sampled_from("аАбёЙй́̆ХхцтчTtcCHhzZ ´'’-.ъьоО1٣ßﬁİ"), max_size=30)] * 2)
def test_two_names_are_folded_together_as_each_by_itself(surname: str, given_name: str) -> None:
    """Speed 3: likeness keys are made of folded names that are remembered, not of pairs that are always new."""
    assert fold(f"{surname} {given_name}").split() == [*fold(surname).split(), *fold(given_name).split()]
