"""Texts that a verifier meets, with the answer both must give: the server's in Python and the page's in the browser.

What a genuine code is worth by dates, lists and rules stands in tests/verification/offline_cases.py.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import cbor2

from registry.certificates.rules import new_code
from registry.hcert import Claims, KeySigner, Kind, Signer, base45, encode, new_key, write_vaccination
from registry.hcert.cose import write_sign1
from tests.verification.offline_cases import ABROAD, ARRIVAL, CLAIM, FOREIGN, ID, ISSUED

GENERATION_2 = {
    "n": "ASANBEKOVA AIGUL", "dob": "1968-03", "nid": "PE1234567", "ndt": "PPN",
    "v": [
        {"vp": "XM2WV4", "dt": "2026-01-05", "is": "KGZ", "bo": "L1", "vls": "2026-01-15", "vle": "2026-12-31"},
        {"vp": "XM1LR5", "dt": "2026-01-06", "cn": "Dr. B", "bo": "L2", "vls": "2026-01-16"},
    ],
}  # fmt: skip
RAW_TOKENS = {
    "a claim twice": b"\xa2\x01bKG\x01bKG",
    "a claim twice, spelt in two ways": b"\xa2\x01bKG\x18\x01bKG",
    "a claim named by a fraction": b"\xa1\xf9\x3c\x00bKG",
    "a claim that is undefined": b"\xa1\x01\xf7",
    "an endless number": b"\xa1\x01\xf9\x7c\x00",
    "text that is none": b"\xa1\x01b\xff\xfe",
    "more than one value": b"\xa1\x01bKG\x00",
    "less than one value": b"\xa2\x01bKG",
    "a million things announced": b"\x9a\x00\x0f\x42\x40",
}
EU_DCC = {"ver": "1.3.0", "nam": {"fnt": "MUSTERFRAU"}, "dob": "1968-03-14", "v": [{"tg": "840539006"}]}


@dataclass(frozen=True)
class Text:
    """`reason` is None where only agreement is asked for."""

    story: str
    text: str
    reason: str | None = None
    at: datetime = ARRIVAL


class Forge:
    """Makes texts that are wrong in one place."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer

    def claims(self, **changes: Any) -> Claims:
        whole = Claims(
            kind=Kind.DVC,
            content=write_vaccination(CLAIM),
            issuer="KG",
            issued_at=ISSUED,
            expires_at=ISSUED + timedelta(days=160),
            cti=ID.bytes,
        )
        return replace(whole, **changes)

    def sign(self, **changes: Any) -> str:
        return encode(self.claims(**changes), self.signer)

    def of_token(self, token: object) -> str:
        return self.of_cose(write_sign1(cbor2.dumps(token), self.signer))

    @staticmethod
    def of_cose(cose: bytes) -> str:
        return "HC1:" + base45.encode(zlib.compress(cose, 9))

    def token(self, **changes: Any) -> dict[int, Any]:
        """As claims, but of any shape; None leaves one out."""
        names = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "cti": 7, "hcert": -260}
        end = int((ISSUED + timedelta(days=160)).timestamp())
        whole = {1: "KG", 4: end, 6: int(ISSUED.timestamp()), 7: ID.bytes, -260: {-6: write_vaccination(CLAIM)}}
        changed = {names[name]: value for name, value in changes.items()}
        return {key: value for key, value in (whole | changed).items() if value is not None}


def texts(signer: KeySigner) -> Iterator[Text]:
    forge = Forge(signer)
    yield from _not_signed(forge)
    yield from _pasted(forge)
    yield from _broken(forge)
    yield from _envelopes(forge)
    yield from _countries(forge)
    yield from _tokens(forge)
    yield from _kinds(forge)
    yield from _times(forge)


def _not_signed(forge: Forge) -> Iterator[Text]:
    token = "A" * 22
    yield Text("nothing", "", "not_a_certificate")
    yield Text("a word", "passport", "not_a_certificate")
    yield Text("a link", f"https://emdoo.example/v/{token}", "no_register")
    yield Text("a link in a language", f"https://emdoo.example/v/{token}/ar?x=1#y", "no_register")
    yield Text("a link with a short token", "https://emdoo.example/v/abc", "not_a_certificate")
    yield Text("a typed code", new_code(), "no_register")
    yield Text("a code in small letters and groups", "-".join(new_code().lower()), "no_register")
    yield Text("a code with a slip", "7K3M-9QXD-2RT2", "not_a_certificate")
    yield Text("a code in Arabic digits", "٧٣٩٢-٧٣٩٢-٧٣٩٢")
    yield Text("a code with Cyrillic look-alikes", new_code().translate(str.maketrans("ABC", "АВС")), "no_register")


def _pasted(forge: Forge) -> Iterator[Text]:
    """What chats, papers and spreadsheets leave around a text and within it."""
    whole = next(text for text in iter(forge.sign, "") if " " in text)
    around = {
        "spaces": "  ",
        "no-break spaces": "\u00a0\u202f",
        "a byte order mark": "\ufeff",
        "tabs": "\t",
        "lines": "\r\n\u2028",
    }
    for story, stray in around.items():
        yield Text(f"{story} before", stray + whole, "signature_good")
        yield Text(f"{story} after", whole + stray, "signature_good")
        yield Text(f"{story} around", f"{stray} {whole} {stray}", "signature_good")
    within = {"line ends": "\r\n", "a tab": "\t", "what cannot be seen": "\u200b\u00ad\u2060\u200e\ufeff"}
    for story, stray in within.items():
        yield Text(f"{story} within", stray.join((whole[:2], whole[2:90], whole[90:])), "signature_good")
    for space in "\u00a0\u2009\u3000":
        yield Text(f"spaces turned into U+{ord(space):04X}", whole.replace(" ", space), "signature_good")
    yield Text("a space lost", whole.replace(" ", "", 1))
    yield Text("a space too many", whole[:90] + " " + whole[90:])
    yield Text("a letter of another alphabet", whole[:90] + "\u0430" + whole[91:], "not_base45")
    yield Text(
        "a link among strays", f"\u00a0\u200b https://emdoo.example/v/{'A' * 11}\n{'A' * 11}\ufeff ", "no_register"
    )
    yield Text("a code among strays", f" \ufeff{new_code()}\u200b\u00a0\r\n", "no_register")
    yield Text("nothing but strays", " \u00a0\ufeff\u200b\t\r\n", "not_a_certificate")


def _broken(forge: Forge) -> Iterator[Text]:
    whole = forge.sign()
    compressed = base45.decode(whole.removeprefix("HC1:"))
    bomb = zlib.compress(bytes(20_000), 9)
    yield Text("whole", whole, "signature_good")
    yield Text("with a line end", whole + "\r\n", "signature_good")
    yield Text("of another version", "HC2:" + whole[4:], "other_kind")
    yield Text("without its beginning", whole[9:], "not_read_whole")
    yield Text("too long", "HC1:" + "A" * 5000, "too_long")
    yield Text("a letter that base45 lacks", whole[:20] + "a" + whole[21:], "not_base45")
    yield Text("a group too large", "HC1:GGX", "not_base45")
    yield Text("one character too few", whole[:-1], "not_base45" if len(whole[4:-1]) % 3 == 1 else None)
    yield Text("not compressed", "HC1:" + base45.encode(b"\xd2\x84plain"), "not_compressed")
    yield Text("cut off", "HC1:" + base45.encode(compressed[:-6]), "not_compressed")
    yield Text("something after the end", "HC1:" + base45.encode(compressed + b"more"), "not_compressed")
    yield Text("a bomb", "HC1:" + base45.encode(bomb), "too_large")
    yield Text("nothing but the prefix", "HC1:", "not_compressed")


def _envelopes(forge: Forge) -> Iterator[Text]:
    cose = write_sign1(cbor2.dumps(forge.token()), forge.signer)
    _protected, _headers, payload, signature = parts = cbor2.loads(cose).value
    kid = forge.signer.kid

    def sealed(protected: dict[int, object], unprotected: dict[int, object] | None = None) -> str:
        return forge.of_cose(cbor2.dumps([cbor2.dumps(protected), unprotected or {}, payload, signature]))

    yield Text("without a tag", forge.of_cose(cbor2.dumps(list(parts))), "signature_good")
    yield Text("tagged as a web token", forge.of_cose(b"\xd8\x3d" + cose), "signature_good")
    yield Text("tagged as something else", forge.of_cose(b"\xd8\x2a" + cose), "not_cbor")
    yield Text("not CBOR", forge.of_cose(b"\xff\xff"), "not_cbor")
    yield Text("of three parts", forge.of_cose(cbor2.dumps(list(parts)[:3])), "not_signed")
    yield Text("a changed payload", forge.of_cose(cose.replace(b"ASANBEKOVA", b"ASANBEKOVB")), "wrong_signature")
    yield Text("half a signature", forge.of_cose(cbor2.dumps([*list(parts)[:3], signature[:32]])), "wrong_signature")
    yield Text("no algorithm", sealed({4: kid}), "no_algorithm")
    yield Text("another algorithm", sealed({1: -8, 4: kid}), "unsupported_algorithm")
    yield Text("an algorithm as a fraction", sealed({1: -7.0, 4: kid}), "unsupported_algorithm")
    yield Text("no key id", sealed({1: -7}), "no_key_id")
    yield Text("an unknown key", sealed({1: -7, 4: b"12345678"}), "unknown_key")
    yield Text("an unsuitable key", sealed({1: -37, 4: kid}), "unsuitable_key")
    yield Text("a critical header", sealed({1: -7, 2: [99], 4: kid}), "critical_header")
    yield Text("another key with this id", _of_another_key(forge), "wrong_signature")


def _of_another_key(forge: Forge) -> str:
    key = new_key()

    class Pretender:
        kid, algorithm = forge.signer.kid, forge.signer.algorithm

        def sign(self, message: bytes) -> bytes:
            twin = object.__new__(KeySigner)
            object.__setattr__(twin, "private_key", key)
            return KeySigner.sign(twin, message)

    return encode(forge.claims(), Pretender())


def _countries(forge: Forge) -> Iterator[Text]:
    """Security M2: a code names no country but the one whose key signed it."""
    neighbour = Forge(ABROAD)
    at_home = write_vaccination(FOREIGN)
    for named in ("KG", "KGZ", "kgz", None, ""):
        yield Text(f"our key, naming {named}", forge.sign(issuer=named), "signature_good")
    for named in ("KZ", "KAZ", "XX", "WHO", "KG "):
        yield Text(f"our key, naming {named}", forge.sign(issuer=named), "wrong_issuer")
    for named in ("KZ", "KAZ", None):
        yield Text(f"a neighbour's key, naming {named}", neighbour.sign(issuer=named, content=at_home), "dose_counts")
    for named in ("KG", "KGZ", "kg", "XX"):
        yield Text(f"a neighbour's key, naming {named}", neighbour.sign(issuer=named, content=at_home), "wrong_issuer")
    ours = write_vaccination(replace(FOREIGN, issuer="KGZ"))
    yield Text("a neighbour's key, our ministry", neighbour.sign(issuer="KZ", content=ours), "wrong_issuer")
    theirs = write_vaccination(replace(CLAIM, issuer="KAZ"))
    yield Text("our key, the neighbour's ministry", forge.sign(content=theirs), "wrong_issuer")
    word = write_vaccination(replace(CLAIM, issuer="MOH"))
    yield Text("our key, an issuer in words", forge.sign(content=word), "signature_good")
    elsewhere = write_vaccination(replace(CLAIM, issuer="SAU"))
    yield Text("our key, a country without a key here", forge.sign(content=elsewhere), "signature_good")


def _tokens(forge: Forge) -> Iterator[Text]:
    yield Text("a list, not a map", forge.of_token([1]), "not_claims")
    yield Text("nested too deep", forge.of_token(_nest(20)), "not_cbor")
    yield Text("a tag inside", forge.of_token(forge.token(iss=cbor2.CBORTag(99, "KG"))), "not_cbor")
    for story, token in RAW_TOKENS.items():
        yield Text(story, forge.of_cose(write_sign1(token, forge.signer)), "not_cbor")
    yield Text("no health certificate", forge.of_token(forge.token(hcert=None)), "no_health_certificate")
    yield Text("two kinds", forge.of_token(forge.token(hcert={-6: {}, 1: {}})), "several_kinds")
    yield Text("an issuer as a number", forge.of_token(forge.token(iss=417)), "wrong_claim")
    yield Text("an id as text", forge.of_token(forge.token(cti="abc")), "wrong_claim")
    yield Text("a time before 1970", forge.of_token(forge.token(iat=-1)), "wrong_claim")
    yield Text("a date tag over a number", forge.of_token(forge.token(iat=cbor2.CBORTag(1, 1767600000))), None)
    yield Text("a revocation list", _a_list(forge), "revocation_list")


def _a_list(forge: Forge) -> str:
    content_type = "application/x.revocation-list+cbor"
    return forge.of_cose(write_sign1(cbor2.dumps(forge.token()), forge.signer, content_type=content_type))


def _nest(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {1: value}
    return value


def _kinds(forge: Forge) -> Iterator[Text]:
    first = replace(CLAIM, manufacturer="Sanofi", dose="1")
    old = write_vaccination(first, generation=1)
    yield Text("generation 1", forge.sign(content=old), "dose_counts")
    yield Text("generation 2", forge.sign(content=GENERATION_2), "signature_good")
    yield Text("an EU certificate", forge.sign(kind=Kind.EU_DCC, content=EU_DCC), "kind_not_interpreted")
    yield Text("an EU test, by a vaccination key", forge.sign(kind=Kind.EU_DCC, content={"t": [{}]}), "wrong_key_usage")
    yield Text("an EU certificate of nothing", forge.sign(kind=Kind.EU_DCC, content={"t": []}), "kind_not_interpreted")
    yield Text("a DDCC", forge.sign(kind=Kind.DDCC_VACCINATION, content={"name": "A"}), "kind_not_interpreted")
    yield Text("a DDCC test", forge.sign(kind=Kind.DDCC_TEST, content={"name": "A"}), "wrong_key_usage")
    yield Text("a health link", forge.sign(kind=Kind.LINK, content="vhlink:/eyJ"), "kind_not_interpreted")
    old_link = forge.sign(kind=Kind.LINK, content=[{"u": "shlink:/"}])
    yield Text("a health link as a list", old_link, "kind_not_interpreted")
    yield Text("no kind at all", forge.sign(kind=None, content={99: {}}), "kind_not_interpreted")
    yield Text("no dose", forge.sign(content={"n": "A", "dob": "1968"}), "unknown_shape")
    for wrong in (
        {"dv": "2026-02-30"},
        {"dv": "0000-01-01"},
        {"dv": 20260105},
        {"bo": ""},
        {"vls": "soon"},
        {"ef": "soon"},
        {"tp": 1},
    ):
        content = write_vaccination(CLAIM)
        content["vx"] |= wrong  # type: ignore[operator]  # a map, as it was just written
        yield Text(f"a dose with {wrong}", forge.sign(content=content), "unreadable_content")
    for birth in ("1968", "1968-03", "19", "1968-13-01", "0000", "1968-03-14T00", "१९६८"):
        yield Text(f"born {birth}", forge.sign(content={**write_vaccination(CLAIM), "dob": birth}))


def _times(forge: Forge) -> Iterator[Text]:
    minute, year = timedelta(seconds=60), timedelta(days=365)
    end = ISSUED + timedelta(days=160)
    yield Text("the last second", forge.sign(), None, end)
    yield Text("a second later", forge.sign(), "signature_ended", end + timedelta(seconds=1))
    yield Text("a clock a minute behind", forge.sign(), None, ISSUED - minute)
    yield Text("a clock further behind", forge.sign(), "issued_in_future", ISSUED - 2 * minute)
    yield Text("without a beginning", forge.sign(issued_at=None), "no_issue_time")
    yield Text("without an end", forge.sign(expires_at=None), "no_expiry")
    yield Text("not before tomorrow", forge.sign(not_before=ARRIVAL + timedelta(days=1)), "not_yet_valid")
    yield Text("issued before its key", forge.sign(issued_at=ISSUED - 3 * year), "issued_before_key")
    yield Text("outlives its key", forge.sign(expires_at=ISSUED + 5 * year), "outlives_key")
    yield Text("when the key has ended", forge.sign(expires_at=ISSUED + 9 * year), "key_not_current", ISSUED + year)
    late = ISSUED + 5 * year
    yield Text("when the authority has ended", forge.sign(expires_at=ISSUED + 9 * year), "authority_not_current", late)
