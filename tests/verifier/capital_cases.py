"""Capitals, digits and signs that are no code of ours, and codes of ours without their beginning (certificate C1, C6):
what was never seen to be a certificate is not called a damaged one.

Rows of the same table as cases.py: the server and the browser must answer alike.
"""

from base64 import b32encode
from collections.abc import Iterator
from hashlib import sha256

from registry.hcert import base45
from tests.verifier.cases import Forge, Text
from tests.verifier.pasted_cases import CODE, PRINTED

# The worked example of https://nzcp.covid19.health.nz/ (section 10.1).
NZ_PASS = (
    "NZCP:/1/2KCEVIQEIVVWK6JNGEASNICZAEP2KALYDZSGSZB2O5SWEOTOPJRXALTDN53GSZBRHEXGQZLBNR2GQLTOPICRUYMBTIFAIGTUKBAAUYTWMO"
    "SGQQDDN5XHIZLYOSBHQJTIOR2HA4Z2F4XXO53XFZ3TGLTPOJTS6MRQGE4C6Y3SMVSGK3TUNFQWY4ZPOYYXQKTIOR2HA4Z2F4XW46TDOAXGG33WNFSD"
    "COJONBSWC3DUNAXG46RPMNXW45DFPB2HGL3WGFTXMZLSONUW63TFGEXDALRQMR2HS4DFQJ2FMZLSNFTGSYLCNRSUG4TFMRSW45DJMFWG6UDVMJWGSY2D"
    "N53GSZCQMFZXG4LDOJSWIZLOORUWC3CTOVRGUZLDOSRWSZ3JOZSW4TTBNVSWISTBMNVWUZTBNVUWY6KOMFWWKZ2TOBQXE4TPO5RWI33CNIYTSNRQFUYD"
    "ILJRGYDVAYFE6VGU4MCDGK7DHLLYWHVPUS2YIDJOA6Y524TD3AZRM263WTY2BE4DPKIF27WKF3UDNNVSVWRDYIYVJ65IRJJJ6Z25M2DO4YZLBHWFQGVQ"
    "R5ZLIWEQJOZTS3IQ7JTNCFDX"
)
SENTENCE = "ALL PILGRIMS SHOW THEIR CERTIFICATE AND PASSPORT AT THE GATE BEFORE 10:30. "
BYTES = b"".join(sha256(bytes([number])).digest() for number in range(12))


def capitals(forge: Forge) -> Iterator[Text]:
    yield from _other_systems(forge)
    yield from _nothing()
    yield from _without_beginning(forge)


def _other_systems(forge: Forge) -> Iterator[Text]:
    body = forge.sign().removeprefix("HC1:")
    for story, text in {
        "the pass of New Zealand": NZ_PASS,
        "the pass of New Zealand, in a sentence": f"Look: {NZ_PASS} thanks",
        "the pass of New Zealand, over lines": "\n".join(NZ_PASS[at : at + 76] for at in range(0, len(NZ_PASS), 76)),
        "the pass of New Zealand, in small letters": NZ_PASS.lower(),
        **{f"our body behind {name}": name + body for name in ("LT1:", "CH1:", "XX1:", "DCC:", "HL0:", "A:", "HC12:")},
        "our body behind another name, over lines": f"CH1:{body[:90]}\n{body[90:]}",
        "our body behind another name, in a sentence": f"look: CH1:{body}. thanks",
        "a Swiss light certificate cut short": f"LT1:{body[:-30]}",
    }.items():  # fmt: skip
        yield Text(f"in capitals: {story}", text, "other_kind")


def _nothing() -> Iterator[Text]:
    for story, text in {
        "one sentence again and again": SENTENCE * 8,
        "a sentence without spaces": SENTENCE.replace(" ", "") * 8,
        "sentences over lines": "\n".join([SENTENCE * 2] * 8),
        "600 digits": "0123456789" * 60,
        "a name again and again": "ASANBEKOVA " * 20,
        "a passport number again and again": "PE1234567-" * 20,
        "a code with a slip twenty times": f"{PRINTED[:-1]}- " * 20,
        "hyphens": "-" * 300,
        "stars and plus signs": "*+" * 150,
        "prices": "VACCINE: $5.00 + 10% * 3 DOSES, " .replace(",", ".") * 10,
        "an address": "HTTPS://EXAMPLE.ORG/REGISTRATION/" + "A1B2C3/" * 30,
        "an address with signs written out": "HTTPS://EXAMPLE.ORG/%D0%B0%D0%B1+%D0%B2$" * 8,
        "a boarding pass": "M1ASANBEKOVA/AIGUL    E7K3M9Q FRUJEDKC 0123 131Y012A0034 100" * 3,
        "hexadecimal digits": BYTES.hex().upper(),
        "base32": b32encode(BYTES).decode().rstrip("="),
        "an identifier of the EU": "URN:UVCI:01:KG:" + "7K3M9QXD2RTB" * 10 + "#S".replace("#", "/"),
        "another name, no code behind it": "NOTE:" + "7K3M9QXD2RTB" * 20,
        "ninety letters": base45.encode(BYTES)[:90],
        "words of two letters": "5A $B +C " * 30,
        "prices and words": "ASANBEKOVA AIGUL $5 + 10% VAT. " * 10,
        "nearly NZCP": "NZCP:/X/" + NZ_PASS[8:],
    }.items():  # fmt: skip
        yield Text(f"in capitals: {story}", text, "not_a_certificate")
    yield Text("in capitals: a code twenty times", f"{PRINTED} " * 20, "no_register")
    yield Text("in capitals: a code twenty times, unparted", f"{CODE}\n" * 20, "no_register")


def _without_beginning(forge: Forge) -> Iterator[Text]:
    """No deflate stream can be unpacked without its head, so all that can be said is to scan or copy it again."""
    whole = forge.sign()
    for lost in (1, 2, 3, 4, 5, 6, 9, 40):
        yield Text(f"a signed code without its first {lost} letters", whole[lost:], "not_read_whole")
    body = whole[4:]
    for story, text in {
        "without its colon": f"HC1{body}",
        "with a misread colon": f"HC1.{body}",
        "with its 1 lost": f"HC:{body}",
        "without its beginning and its end": body[20:-20],
        "without its beginning, over lines": "\n".join(body[at : at + 60] for at in range(7, len(body), 60)),
        "without its beginning, after a blank": f"  {body[5:]} ",
        "without its beginning, with HC7: in it by chance": f"{body[7:200]}%HC7:{body[206:]}",
        "without its beginning, with LT1: in it by chance": f"{body[7:200]}%LT1:{body[206:]}",
        "without its beginning, with a letter lost": body[7:200] + body[201:],
    }.items():
        yield Text(f"a signed code {story}", text, "not_read_whole")
