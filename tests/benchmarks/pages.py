"""Pages of the signed-in staff, through the whole application with real commits."""

import random
import re
from collections.abc import Iterator
from datetime import date

from flask.testing import FlaskClient
from sqlmodel import col, select

from registry.commands.synthetic import PASSPORTS
from registry.pilgrims.models import Pilgrim, Registration
from tests.benchmarks.filled_form import fill
from tests.benchmarks.installation import PLAYED, Installation
from tests.benchmarks.measure import Row, p95, settle, take_times
from tests.factories import NOW, OSH, make_examination

SEARCHES, VISITS, LOOKS, WARM_UP = 400, 150, 100, 20
OSH_REGION = "KG-O"
OLDEST_BORN, YOUNGEST_BORN = date(1965, 1, 1), date(2000, 1, 1)  # within every label: no doubt to confirm


def measure_search(installation: Installation) -> list[Row]:
    """At the point with the most pilgrims: names and telephones look there, numbers in the whole country."""
    client = installation.sign_in("vaccinator", point=OSH)
    opened = client.get("/pilgrims").text

    def search(text: str) -> None:
        answer = client.post("/pilgrims", data=fill(opened, text=text))
        if answer.status_code != 200 or "/pilgrims/0" not in answer.text:
            msg = f"{answer.status_code}, nobody found: {text}"
            raise RuntimeError(msg)

    settle()
    times = take_times(search, list(searched(installation)), warm_up=WARM_UP)
    return [Row("Search, mixed queries, p95", "ms", p95(times), 80)]


def searched(installation: Installation) -> Iterator[str]:
    """Part of a name in either alphabet, both names, telephone, passport and PIN, in turn; each finds somebody."""
    people = [person for person in installation.people if person.region_code == OSH_REGION]
    chosen = random.Random(7).sample(people, SEARCHES + WARM_UP)
    for number, person in enumerate(chosen):
        details = person.details
        yield (
            details.surname[:4],
            details.latin_surname[:5].lower(),
            f"{details.latin_given_name} {details.latin_surname.split()[0][:6]}",
            details.phone or "",
            details.passport_number,
            details.pin or "",
        )[number % 6]


def measure_visits(installation: Installation) -> list[Row]:
    """Both doses recorded, signed, certified, logged and counted by one POST of the form as it was opened."""
    client = installation.sign_in("vaccinator", point=OSH)
    before = len(installation.list_certificates())
    opened = [open_visit(client, pilgrim_id) for pilgrim_id in examined(installation)]

    def record(visit: tuple[str, dict[str, list[str]]]) -> None:
        url, sent = visit
        answer = client.post(url, data=sent)
        if answer.status_code != 302:
            msg = f"{answer.status_code} for a visit: {answer.text[-6000:]}"
            raise RuntimeError(msg)

    settle()
    times = take_times(record, opened, warm_up=WARM_UP)
    issued = len(installation.list_certificates()) - before
    if issued != len(opened):
        msg = f"{issued} certificates for {len(opened)} visits"
        raise RuntimeError(msg)
    return [Row("Both doses recorded, certificate issued, p95", "ms", p95(times), 150)]


def examined(installation: Installation) -> list[str]:
    """The ids of pilgrims from the imported list, found fit today."""
    query = (
        select(Pilgrim)
        .join(Registration, col(Registration.pilgrim_id) == Pilgrim.id)
        .where(Registration.region_code == OSH_REGION)
        .where(col(Pilgrim.birth_on).between(OLDEST_BORN, YOUNGEST_BORN))
        .where(Pilgrim.passport_number > f"{PASSPORTS}{PLAYED:07d}")
        .limit(VISITS + WARM_UP)
    )
    with installation.database.open_session(writes=True) as session:
        pilgrims = session.exec(query).all()
        for pilgrim in pilgrims:
            make_examination(session, pilgrim, point=OSH, at=NOW)
        session.commit()
    return [str(pilgrim.id) for pilgrim in pilgrims]


def open_visit(client: FlaskClient, pilgrim_id: str) -> tuple[str, dict[str, list[str]]]:
    url = f"/pilgrims/{pilgrim_id}/visit"
    page = client.get(url).text
    return url, fill(page, identity_checked="y", **_lots_of(page))


def measure_coverage(installation: Installation) -> list[Row]:
    client = installation.sign_in("ministry")

    def look(_number: int) -> None:
        if client.get("/coverage").status_code != 200:
            raise RuntimeError("the coverage page does not open")

    settle()
    times = take_times(look, range(LOOKS + WARM_UP), warm_up=WARM_UP)
    return [Row("Coverage page, p95", "ms", p95(times), 200)]


def _lots_of(page: str) -> dict[str, str]:
    """The first usable lot of each vaccine, as a nurse chooses it once a day."""
    return dict(re.findall(r'name="(\w+-lot)".*?<option value="([0-9a-f-]{36})"', page, re.DOTALL))
