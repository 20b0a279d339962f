"""How an installation calls itself, and which list may take the place of which."""

from datetime import timedelta

import pytest

from registry.trust import rules
from tests.factories import NOW


@pytest.mark.parametrize(
    ("url", "path", "did"),
    [
        ("https://emdoo.example", (), "did:web:emdoo.example"),
        ("https://emdoo.example", ("v2", "trustlist"), "did:web:emdoo.example:v2:trustlist"),
        ("http://127.0.0.1:8000", (), "did:web:127.0.0.1%3A8000"),
        ("https://health.example/registry", ("v2",), "did:web:health.example:registry:v2"),
    ],
)
def test_an_address_as_did_web(url: str, path: tuple[str, ...], did: str) -> None:
    assert rules.did_of(url, *path) == did


def test_the_domain_says_that_it_is_nobody_elses_and_whether_it_is_real() -> None:
    assert rules.domain_of("KGZ", training=False) == "KGZ-NATIONAL"
    assert rules.domain_of("KGZ", training=True) == "KGZ-TRAINING"


@pytest.mark.parametrize(
    ("held", "offered", "forced", "refusal"),
    [
        (None, NOW, False, None),
        (NOW - timedelta(days=1), NOW, False, None),
        (NOW, NOW, False, None),
        (NOW, NOW - timedelta(seconds=1), False, rules.OlderList),
        (NOW, NOW - timedelta(seconds=1), True, None),
        (None, NOW + timedelta(minutes=59), False, None),
        (None, NOW + timedelta(minutes=61), False, rules.ListOfTheFuture),
        (None, NOW + timedelta(minutes=61), True, rules.ListOfTheFuture),
    ],
)
def test_a_list_is_never_older_than_the_one_it_replaces_nor_of_the_future(
    held: object, offered: object, forced: bool, refusal: type[rules.ListRefused] | None
) -> None:
    def check() -> None:
        rules.check_created(offered, did="did:web:x", held=held, forced=forced, at=NOW)  # type: ignore[arg-type]  # a table

    if refusal is None:
        check()
    else:
        with pytest.raises(refusal):
            check()
