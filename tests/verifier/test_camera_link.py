"""The camera that sees only the small code with the link (certificate C12)."""

from base64 import b64encode
from datetime import timedelta

import pytest

from tests.accessibility import violations
from tests.factories import NOW
from tests.verifier.conftest import Officer
from tests.verifier.pictures import photo_of

pytestmark = pytest.mark.browser
# A camera before which a picture is held; chromium's own fake camera would need a browser of its own for each.
CAMERA = """
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
  window.hold = async (jpeg) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(jpeg), (one) => one.charCodeAt(0))]));
    window.clearInterval(window.held);
    window.held = setInterval(() => {
      const plane = canvas.getContext("2d");
      plane.fillStyle = "white";
      plane.fillRect(0, 0, 1280, 720);
      plane.drawImage(picture, 0, 0);
    }, 100);
  };
"""
REGISTRY = "JSON.parse(document.getElementById('facts').content.textContent).registry"


def hold(officer: Officer, text: str) -> None:
    officer.page.evaluate("(jpeg) => window.hold(jpeg)", b64encode(photo_of(text)).decode())


def test_the_camera_that_reads_only_the_link_says_where_to_point_and_stays_open(
    officer: Officer, codes: list[str]
) -> None:
    """certificate C12"""
    officer.context.add_init_script(CAMERA)
    officer.visit(until="offline")
    officer.context.set_offline(True)
    link = f"{officer.page.evaluate(REGISTRY)}/v/{'A' * 22}"
    hold(officer, link)
    officer.page.click("#camera")
    officer.context.clock.set_fixed_time(NOW + timedelta(seconds=2))
    officer.page.wait_for_selector("#only-link:not([hidden])", timeout=20_000)
    assert "Point the camera at one of the two large codes now" in officer.page.inner_text("#only-link")
    assert officer.page.get_attribute("#only-link-online", "href") == link
    assert violations(officer.page) == []
    assert officer.page.is_visible("#video")
    assert officer.page.is_hidden("#answer")
    hold(officer, codes[0])
    officer.page.wait_for_selector("#answer:not([hidden])", timeout=20_000)
    assert "ASANBEKOVA AIGUL" in officer.answer
    assert officer.page.is_hidden("#only-link")
