"""The offline verifier's page, its service worker and its data; and the same page as one file."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from registry import clock, db, hcert
from registry.certificates.keys import own_trust
from registry.settings import Settings
from registry.verification.routes import BANDS
from registry.verification.rules import ANSWERS, KINDS, STEPS, signed_fault
from registry.verifier.bundle import make_bundle
from registry.verifier.rules import SENTENCES, tell_keys
from registry.web import languages
from registry.web.access import public
from registry.web.assets import DIST, load_manifest
from registry.web.headers import CONTENT_SECURITY_POLICY
from registry.web.installation import settings
from registry.web.languages import READ_IN

blueprint = Blueprint("verifier", __name__)

# The scanner is WebAssembly, which compiles only where this is allowed; no other page needs it.
POLICY = CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
STYLES = {"ltr": "verify.css", "rtl": "verify.rtl.css"}
KEPT_AT_ONCE = ("verify.js", "icon.svg", *STYLES.values())
SCANNER = ("verify-scanner.js", "zxing_reader.wasm")


@blueprint.get("/verify")
@blueprint.get("/verify/<any(en, ar, ru, ky):language>")
@public
def show(language: str | None = None) -> Response:
    """The page: static, without a cookie; the browser asks whether it changed and else keeps it."""
    g.offers_arabic = True
    with force_locale(language or languages.choose()):
        page = render_template("verifier/page.html", facts=_online_facts(), **_body_context())
    answer = Response(page, headers={"Content-Security-Policy": POLICY})
    return _revalidated(answer)


@blueprint.get("/verify/bundle")
@public
def bundle() -> Response:
    content = make_bundle(db.session(), settings(), at=clock.now())
    return _revalidated(Response(content, mimetype="application/cose"))


@blueprint.get("/verify-sw.js")
@public
def worker() -> Response:
    """The service worker with the list of what it keeps: a new build is a new worker."""
    pages = [url_for("verifier.show"), *(url_for("verifier.show", language=code) for code in READ_IN)]
    kept = {"pages": pages, "assets": _addresses(KEPT_AT_ONCE), "scanner": _addresses(SCANNER)}
    version = sha256(json.dumps(kept).encode()).hexdigest()[:10]
    script = f"const VERIFIER={json.dumps({'version': version, **kept})};\n{_read('verify-sw.js').decode()}"
    return _revalidated(Response(script, mimetype="text/javascript"))


def _revalidated(answer: Response) -> Response:
    g.may_be_cached = True
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _addresses(names: tuple[str, ...]) -> list[str]:
    return [url_for("web.asset", name=load_manifest()[name]) for name in names]


def _read(name: str) -> bytes:
    return (DIST / load_manifest()[name]).read_bytes()


def _facts(settings: Settings) -> dict[str, Any]:
    """What the scripts must know of the installation; `anchors` are the keys that sign the lists."""
    return {
        "anchors": tell_keys(own_trust(settings)),
        "issuer": settings.issuer,
        "training": settings.training,
        "timezone": settings.timezone,
        "entryTimezone": settings.entry_timezone,
        "maxAgeDays": settings.list_max_age_days,
        "registry": settings.url,
        "checkUrl": settings.url + url_for("verification.check_code"),
        "verdicts": {
            **{reason.value: verdict.value for reason, (verdict, _sentence) in ANSWERS.items()},
            **{fault.value: hcert.verdict_of(fault).value for fault in hcert.Reason},
        },
    }


def _online_facts() -> dict[str, Any]:
    scanner, wasm = _addresses(SCANNER)
    return {
        **_facts(settings()),
        "bundleUrl": url_for("verifier.bundle"),
        "revocationsUrl": url_for("trust.revocation_list"),
        "scannerUrl": scanner,
        "wasmUrl": wasm,
        "workerUrl": url_for("verifier.worker"),
        "workerScope": url_for("verifier.show"),
    }


def _body_context() -> dict[str, Any]:
    """What the page's body needs, in the language of the moment."""
    return {"bands": BANDS, "read_in": READ_IN, "told": _told(), "address": settings().url}


def _told() -> dict[str, Any]:
    """Every sentence the scripts may say, from the catalogues of all other pages."""
    answers = {reason.value: _(sentence) for reason, (_verdict, sentence) in ANSWERS.items()}
    return {
        "language": languages.current(),
        "answers": answers | {fault.value: _(signed_fault(fault)) for fault in hcert.Reason},
        "kinds": {kind.value: _(sentence) for kind, sentence in KINDS.items()},
        "steps": {step.value: _(name) for step, name in STEPS.items()},
        "sentences": {name: _(sentence) for name, sentence in SENTENCES.items()},
        "types": {"conjugate": _("Conjugate"), "polysaccharide": _("Polysaccharide")},
    }


def render_file(language: str, *, bundle: bytes, revocations: bytes) -> bytes:
    """The page as one file with everything inside, not yet signed. Needs a request context of the application."""
    facts = {**_facts(settings()), "bundle": _base64(bundle), "revocations": _base64(revocations)}
    styles = {direction: _read(name).decode() for direction, name in STYLES.items()}
    script = _read("verify-file.js").decode()
    with force_locale(language):
        page = render_template(
            "verifier/file.html",
            policy=_file_policy(script, styles),
            styles=Markup("").join(
                Markup('<style data-direction="{}" media="{}">').format(direction, _media(direction, language))
                + Markup(f"{content}</style>")  # noqa: S704 -- our own built file
                for direction, content in styles.items()
            ),
            script=Markup(f'<script type="module">{script}</script>'),  # noqa: S704 -- our own built file
            facts=facts,
            bodies={code: _render_body(code) for code in READ_IN},
            scanner=_base64(gzip.compress(_read("zxing_reader.wasm"), mtime=0)),
        )
    return page.encode()


def _render_body(language: str) -> dict[str, str]:
    with force_locale(language):
        return {
            "html": render_template("verifier/_body.html", in_file=True, **_body_context()),
            "title": _("Check certificates without a network"),
            "direction": languages.direction(language),
        }


def _file_policy(script: str, styles: Mapping[str, str]) -> str:
    """No address at all: neither the file nor who changes it can fetch or send anything."""
    style_hashes = " ".join(_hash(content) for content in styles.values())
    return (
        f"default-src 'none'; script-src {_hash(script)} 'wasm-unsafe-eval'; style-src {style_hashes}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{_base64(sha256(content.encode()).digest())}'"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _media(direction: str, language: str) -> str:
    return "all" if direction == languages.direction(language) else "not all"
