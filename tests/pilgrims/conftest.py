"""The desk of a lead who brings lists."""

import io

import pytest
from flask.testing import FlaskClient

from registry.staff.models import Staff
from tests.conftest import SignIn
from tests.pilgrims.brought import HEADER, Upload


@pytest.fixture
def desk(naryn_lead: Staff, sign_in: SignIn) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.fixture
def upload(desk: FlaskClient) -> Upload:
    """Send a list; the address of the page that follows its check."""

    def send(*rows: str, header: str = HEADER) -> str:
        content = "\n".join([header, *rows]).encode()
        answer = desk.post("/pilgrims/import", data={"file": (io.BytesIO(content), "Үсөнов Бакыт.csv")})
        assert answer.status_code == 302
        return str(answer.location)

    return send
