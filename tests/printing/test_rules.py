"""What may be asked for, and how a list of codes is read."""

from datetime import date, timedelta

import pytest

from registry.certificates.rules import new_code
from registry.errors import Refusal
from registry.printing import rules
from registry.printing.rules import (
    MOST_READ,
    CodeList,
    Order,
    PrintRequest,
    Selection,
    TooManyCodes,
    estimate,
    read_codes,
    request_faults,
)

ONE, TWO, THREE = new_code(), new_code(), new_code()


def spelt(code: str) -> str:
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{ONE}\n{TWO}\r\n{THREE}\n", (ONE, TWO, THREE)),
        (f"{spelt(TWO)}\n{spelt(ONE).lower()}", (TWO, ONE)),
        ("code;number\n", ()),
        (f"code\n{ONE}\n", (ONE,)),
        (f"\ufeffcode;\n{ONE};\n{TWO};", (ONE, TWO)),
        (f'"{ONE}","{TWO}"', (ONE, TWO)),
        (f"{ONE[:4]} {ONE[4:8]} {ONE[8:]}\n{ONE} {TWO}", (ONE, TWO)),
        (f"{ONE}\n{ONE}", (ONE,)),
        ("", ()),
    ],
    ids=["lines", "as printed", "header only", "header", "csv", "quoted", "spaces", "twice", "nothing"],
)
def test_codes_are_read_however_a_person_lists_them(text: str, codes: tuple[str, ...]) -> None:
    assert read_codes(text).codes == codes


def test_a_text_that_is_no_code_is_named_and_not_passed_over() -> None:
    wrong = ONE[:-1] + ("2" if ONE[-1] != "2" else "3")
    assert read_codes(f"{ONE}\n{wrong}").unreadable == (wrong,)
    assert read_codes(f"{ONE}\ncode").unreadable == ("code",)
    scanned = "https://verify.example.kg/v/AbCdEfGhIjKlMnOpQrStUv"
    assert read_codes(scanned).unreadable == (scanned,), "the page says that a scanned code is not read"


def faults(request: PrintRequest, *unreadable: str) -> list[type[Refusal]]:
    return [type(fault) for fault in request_faults(request, CodeList((), tuple(unreadable)))]


LIST = Selection(codes=(ONE,), by_codes=True)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (PrintRequest(Selection(point="VP-NRN")), []),
        (PrintRequest(Selection(day=date(2025, 12, 25))), []),
        (PrintRequest(Selection(group="Нарын 3")), []),
        (PrintRequest(LIST, Order.LISTED), []),
        (PrintRequest(LIST, Order.NAME), []),
        (PrintRequest(Selection()), [rules.NothingChosen]),
        (PrintRequest(Selection(group="Нарын 3"), Order.LISTED), [rules.NoListToFollow]),
        (PrintRequest(Selection(point="VP-NRN", codes=(ONE,), by_codes=True)), [rules.TwoWaysChosen]),
        (PrintRequest(Selection(codes=("2" * 12,) * 20_001, by_codes=True)), [rules.TooManyCodes]),
    ],
)
def test_a_print_is_asked_for_by_places_or_by_codes(request_: PrintRequest, expected: list[type[Refusal]]) -> None:
    assert faults(request_) == expected


def test_one_unreadable_code_stops_the_whole_list() -> None:
    fault = next(request_faults(PrintRequest(LIST), CodeList((), ("7K3M-9QXD-2RTZ",))))
    assert str(fault) == "These are no certificate codes: 7K3M-9QXD-2RTZ. Compare them with the paper."
    assert str(next(request_faults(PrintRequest(LIST), CodeList((), ("X",) * 6)))).count("X") == 5


def test_a_request_survives_the_queue() -> None:
    request = PrintRequest(Selection("VP-NRN", date(2025, 12, 25), "Нарын 3"), Order.NAME, pocket=True, start=7)
    assert PrintRequest.from_json(request.to_json()) == request
    listed = PrintRequest(LIST, Order.LISTED)
    assert PrintRequest.from_json(listed.to_json(), codes=[ONE]) == listed


def test_codes_never_stand_in_what_is_kept_of_a_print() -> None:
    assert ONE not in str(PrintRequest(LIST).to_json())


def test_nobody_is_told_that_it_takes_no_time() -> None:
    assert estimate(1) == timedelta(seconds=1)
    assert estimate(6000) == timedelta(seconds=100)


@pytest.mark.parametrize("line", [ONE, "a a a a", "-", "HC1:AAAA"], ids=["a code", "letters", "a mark", "signed"])
def test_b3_a_list_is_read_so_far_as_a_list_may_go(line: str) -> None:
    """Ten megabytes of codes took five seconds of processor, and the same code over and over was no long list."""
    assert not read_codes("\n".join([ONE] * MOST_READ)).cut
    listed = read_codes("\n".join([line] * (MOST_READ + 1)))
    assert listed.cut
    assert TooManyCodes in [type(fault) for fault in request_faults(PrintRequest(LIST), listed)]
