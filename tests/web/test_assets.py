"""The committed front-end files are what the sources give, and nothing of theirs belongs to somebody else."""

import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from registry.web import assets
from registry.web.assets import DIST
from registry.web.routes import blueprint

ROOT = Path(__file__).parents[2]
BUILT = sorted(assets.load_manifest())


def test_an_asset_is_addressed_by_its_hashed_name() -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    with app.test_request_context():
        address = assets.asset_url("app.css")
    assert re.fullmatch(r"/static/app-[0-9a-f]{10}\.css", address)
    plain = app.test_client().get(address)
    small = app.test_client().get(address, headers={"Accept-Encoding": "gzip"})
    assert (plain.status_code, small.status_code) == (200, 200)
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < 30_000
    assert "immutable" in plain.headers["Cache-Control"]
    plain.close()


@pytest.mark.parametrize("name", ["../manifest.json", "..%2f..%2froutes.py", "nothing.css"])
def test_only_built_files_are_served(name: str) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    for encoding in ("gzip", "identity"):
        assert app.test_client().get(f"/static/{name}", headers={"Accept-Encoding": encoding}).status_code == 404


def test_an_asset_that_was_never_built_is_refused() -> None:
    with pytest.raises(KeyError, match=r"nowhere\.css"):
        assets.asset_url("nowhere.css")


@pytest.mark.parametrize("name", BUILT)
def test_the_name_of_a_built_file_carries_the_hash_of_its_content(name: str) -> None:
    file = DIST / assets.load_manifest()[name]
    assert hashlib.sha256(file.read_bytes()).hexdigest()[:10] in file.name


def test_the_folder_holds_the_manifest_and_nothing_it_does_not_name() -> None:
    assert {file.name for file in DIST.iterdir()} == {"manifest.json", *assets.load_manifest().values()}


# The verifier renews its lists; its scanner's library could fetch its WebAssembly, were it not handed over. A page that
# follows long work asks for itself again.
FETCHING = {"progress.js", "verify.js", "verify-sw.js", "verify-scanner.js", "verify-file.js"}


@pytest.mark.parametrize("name", BUILT)
def test_a_built_file_fetches_nothing_and_carries_no_protected_font_or_crest(name: str) -> None:
    content = (DIST / assets.load_manifest()[name]).read_bytes()
    assert not re.search(rb"url\((?!#)|@import|@font-face|GDS Transport|govuk-crest", content)
    assert name in FETCHING or not re.search(rb"fetch\(|XMLHttpRequest", content)


@pytest.mark.parametrize("name", BUILT)
def test_a_built_file_names_no_foreign_address(name: str) -> None:
    addresses = re.findall(rb"https?://[\w.-]+", (DIST / assets.load_manifest()[name]).read_bytes())
    assert set(addresses) <= {b"http://www.w3.org"}, "an address that a browser could be sent to"


def test_the_lock_file_names_no_download_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_sources_still_build_into_the_committed_bytes(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules").is_dir():
        pytest.skip("THE FRONT END WAS NOT REBUILT: it needs Node and `npm ci`. Sources may be newer.")
    subprocess.run([node, ROOT / "registry/web/assets/build.mjs", tmp_path / "dist"], check=True, timeout=120)
    built = {file.name: file.read_bytes() for file in (tmp_path / "dist").iterdir()}
    committed = {file.name: file.read_bytes() for file in DIST.iterdir()}
    assert built == committed, "Run `npm run build` and commit registry/web/static/dist with its sources."
