"""What a journey finds there already: people who are let in, and certificates issued before it begins.

The same services as behind the pages write it, into the installation that is served. The pages themselves are walked
in test_walk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from registry import clock
from registry.certificates.keys import load_issuer
from registry.db import Database
from registry.examinations.models import ExaminationDetails, Outcome
from registry.examinations.queries import list_questions
from registry.examinations.services import record_examination
from registry.model import new_id
from registry.pilgrims.models import Pilgrim, Sex
from registry.room.services import Given, Visit, record_visit
from registry.settings import Settings
from registry.staff import services as staff_services
from registry.vaccinations.models import DoseDetails
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Route, Site
from tests.factories import NARYN, make_pilgrim, make_staff, the_campaign
from tests.journeys.conftest import Installation, Visitor
from tests.journeys.steps import Paper, print_certificate


@contextmanager
def writing(installation: Installation) -> Iterator[Session]:
    """A session of the served installation, at the time of the machine, as its server has it."""
    database = Database(settings_of(installation).database)
    with clock.set_to(datetime.now(UTC)), database.open_session(writes=True) as session:
        yield session
        session.commit()
    database.engine.dispose()


def settings_of(installation: Installation) -> Settings:
    told = installation.environment
    return Settings(
        var_dir=installation.var_dir, port=int(told["REGISTRY_PORT"]), database_url=told.get("REGISTRY_DATABASE_URL")
    )


def let_in(visitor: Visitor, role: str) -> None:
    """Sign in as somebody of Naryn who was here before: nothing is hashed, and no password is changed."""
    with writing(visitor.installation) as session:
        staff = make_staff(session, role, point=NARYN)
        opened = staff_services.open_session(
            session, staff, at=clock.now(), lifetime=timedelta(hours=1), address="127.0.0.1"
        )
    visitor.context.add_cookies([{"name": "session", "value": opened, "url": visitor.installation.url}])


def certified(visitor: Visitor, passport: str, birth_year: int) -> Paper:
    """The paper of a pilgrim who was vaccinated today, as the vaccinator prints it; nobody is signed in afterwards."""
    pilgrim = certify(visitor.installation, passport, birth_year)
    let_in(visitor, "vaccinator")
    paper = print_certificate(visitor, f"/pilgrims/{pilgrim}")
    visitor.context.clear_cookies()
    return paper


def certify(installation: Installation, passport: str, birth_year: int) -> UUID:
    """A pilgrim registered, examined and vaccinated in Naryn today."""
    issuer = load_issuer(settings_of(installation))
    with writing(installation) as session:
        nurse = make_staff(session, point=NARYN)
        pilgrim = make_pilgrim(
            session,
            latin_surname="TOKTOGULOVA",
            latin_given_name="GULNARA",
            surname="Токтогулова",
            given_name="Гүлнара",
            birth_on=date(birth_year, 3, 14),
            sex=Sex.FEMALE,
            passport_number=passport,
            at=clock.now(),
        )
        examine(session, pilgrim)
        result = record_visit(
            session,
            pilgrim,
            Visit(given_by=nurse.id, identity_checked=True, doses=list(doses(session))),
            id=new_id(),
            campaign=the_campaign(session),
            point_code=NARYN,
            issuer=issuer,
            by=nurse.id,
            at=clock.now(),
        )
        assert result.certificate is not None
        return pilgrim.id


def examine(session: Session, pilgrim: Pilgrim) -> None:
    """Found fit: every question answered with no."""
    details = ExaminationDetails(
        examined_on=the_day(),
        consent=True,
        answers={question.code: False for question in list_questions()},
        conditions={},
        outcome=Outcome.FIT,
    )
    record_examination(
        session,
        pilgrim,
        details,
        id=new_id(),
        campaign=the_campaign(session),
        point_code=NARYN,
        by=make_staff(session, "doctor", point=NARYN).id,
        at=clock.now(),
    )


def doses(session: Session) -> Iterator[Given]:
    """From the stock of Naryn, what is to be used first, an arm each."""
    today = the_day()
    for antigen, site in (("MENACWY", Site.LEFT_UPPER_ARM), ("INFLUENZA", Site.RIGHT_UPPER_ARM)):
        usable = vaccines.list_usable_lots(
            session, point_code=NARYN, antigen_code=antigen, on=today, timezone="Asia/Bishkek"
        )
        lot = usable[0].lot
        yield Given(
            DoseDetails(
                antigen_code=antigen,
                product_code=lot.product_code,
                lot_id=lot.id,
                given_on=today,
                route=Route.INTRAMUSCULAR,
                site=site,
                volume_ml=Decimal("0.5"),
            )
        )


def the_day() -> date:
    return clock.local_date(clock.now(), "Asia/Bishkek")
