"""Codes and links in what people paste: quoted, forwarded, in bold, in small letters, wrapped; and papers of other
systems, which are named (certificate C6, C7, input N42, N44, N81, N82).

Rows of the same table as cases.py: the server and the browser must answer alike.
"""

import json
import quopri
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from textwrap import wrap
from urllib.parse import quote

from registry.certificates.rules import check_character
from registry.hcert import base45
from tests.verifier.cases import Forge, Text

SITE = "https://emdoo.example"
TOKEN = "Abc-DEF_ghi123456789xy"
CODE = "7K3M9QXD2RT" + check_character("7K3M9QXD2RT")
OTHER = "4MXRQ7HCNLB" + check_character("4MXRQ7HCNLB")
PRINTED = f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:]}"
HEADER = urlsafe_b64encode(b'{"zip":"DEF","alg":"ES256","kid":"3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"}').decode()
CARD = f"{HEADER.rstrip('=')}.{'3ZJLb9swEIT' * 9}.{'4p3ntvqBB' * 9}"
NO_CODE = "HC1:" + base45.encode(b"\xd2\x84" + bytes(range(99)))
SEAL = {"data": {"hdr": {"is": "UTO", "t": "icao.vacc", "v": 1}, "msg": {"uvci": "U32870"}}, "sig": {"alg": "ES256"}}


def pasted(forge: Forge) -> Iterator[Text]:
    yield from _signed(forge)
    yield from _wrapped(forge)
    yield from _by_mail(forge)
    yield from _cut_up(forge)
    yield from _links()
    yield from _links_by_mail()
    yield from _codes()
    yield from _several(forge)
    yield from _other_systems(forge)


def _whole(forge: Forge) -> str:
    """A code with spaces within, single ones, and no sign at its end that a sentence might have."""
    fits = re.compile(r"(?!.*(  |%20)).* .*[A-Z0-9]")
    return next(text for text in iter(forge.sign, "") if fits.fullmatch(text))


def _signed(forge: Forge) -> Iterator[Text]:
    whole = _whole(forge)
    body = whole.removeprefix("HC1:")
    around = {
        "quoted": f"> {whole}",
        "quoted twice": f">> > {whole}",
        "forwarded": f"Forwarded: {whole}",
        "forwarded, lines before and after": f"Forwarded from Aigul\n\n{whole}\n\nSent from my telephone",
        "in bold": f"*{whole}*",
        "in italics": f"_{whole}_",
        "in bold, before a full stop": f"*{whole}*.",
        "as code": f"```{whole}```",
        "in curly quotation marks": f"\u201c{whole}\u201d",
        "in angle quotation marks": f"«{whole}»",
        "in straight quotation marks": f'"{whole}"',
        "in brackets": f"({whole})",
        "in a sentence": f"This is it: {whole} and please answer soon.",
        "before a full stop": f"Look at {whole}. Thanks",
        "before a capital letter": f"{whole} Thanks",
        "after a label": f"Код: {whole}",
        "numbered": f"1. {whole}",
        "in small letters": whole.lower(),
        "in small letters, in a sentence": f"see {whole.lower()}",
        "begun with a capital": "Hc1:" + body.lower(),
        "with a Cyrillic С": whole.replace("HC1", "H\u04211"),
        "with both letters Cyrillic": whole.replace("HC1", "\u041d\u04211"),
        "with spaces doubled": whole.replace(" ", "  "),
        "with spaces as %20": whole.replace(" ", "%20"),
        "written out for a web address": quote(whole, safe=""),
        "with spaces as entities": whole.replace(" ", "&nbsp;"),
        "with marks as numbered entities": whole.replace("+", "&#43;").replace("$", "&#x24;"),
        "twice": f"{whole}\n{whole}",
        "with its own link": f"{whole}\n{SITE}/v/{TOKEN}",
        "after a sentence about such codes": f"It begins with HC1: and is long.\n{whole}",
    }
    for story, text in around.items():
        yield Text(f"a signed code {story}", text, "signature_good")
    for story, text in {"with one letter lost": whole[:60] + whole[61:], "cut short": whole[:-9]}.items():
        yield Text(f"a signed code {story} and quoted", f"> {text}", None)
    changed = whole[:60] + ("A" if whole[60] != "A" else "B") + whole[61:]
    yield Text("a changed code in a sentence is no other one", f"Look: {changed} thanks", "not_compressed")
    yield Text("a word about codes", "Such codes begin with HC1: and are long.", "not_a_certificate")


def _wrapped(forge: Forge) -> Iterator[Text]:
    whole = _whole(forge)
    lines = [whole[start : start + 76] for start in range(0, len(whole), 76)]
    yield Text("wrapped", "\n".join(lines), "signature_good")
    yield Text("wrapped and quoted", "\n".join(f"> {line}" for line in lines), "signature_good")
    yield Text("wrapped and quoted twice", "\r\n".join(f">> {line}" for line in lines), "signature_good")
    yield Text("wrapped, with blank lines", "\n\n".join(lines), "signature_good")
    yield Text("wrapped, with a greeting", "\n".join(["Salam!", *lines, "Aigul"]), "signature_good")
    yield Text("wrapped, before a name in capitals", "\n".join([*lines, "ASANBEKOVA AIGUL"]), "signature_good")
    yield Text("wrapped at its spaces", "\n".join(wrap(whole, 200, break_on_hyphens=False)))
    yield Text("in two lines of a table", f"{whole[:90]}\t{whole[90:]}", "signature_good")


def _lines(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


def _widths(text: str) -> Iterator[list[str]]:
    return (_lines(text, width) for width in range(60, 90))


def _is_plain(text: str) -> bool:
    """Whether no = stands before what a mail writes after one: nobody could tell these apart."""
    return not re.search("=(20|24|2E)", text)


def _encoded(text: str) -> str:
    """As a mail carries it: quoted-printable."""
    return quopri.encodestring(text.encode()).decode("ascii")


def _by_mail(forge: Forge) -> Iterator[Text]:
    """Certificate C7: lines that a mail indented, quoted or encoded. The space at the edge of one is the code's own."""
    whole = _whole(forge)
    width = max(whole.index(" ", 40), 40)
    lines = _lines(whole, width if width < len(whole) / 2 else 60)
    first, *rest = lines
    encoded = _encoded(f"Салам!\n{whole}\n")
    around = {
        "indented by two spaces": [f"  {line}" for line in lines],
        "indented by four spaces, after a greeting": ["Salam!", *(f"    {line}" for line in lines), "Aigul"],
        "indented by a tab": [f"\t{line}" for line in lines],
        "indented by no-break spaces": [f"\u00a0\u00a0{line}" for line in lines],
        "with the lines that follow indented": [first, *(f"  {line}" for line in rest)],
        "with the lines that follow indented unevenly": [
            first.strip(),
            *(
                f"{'  ' * (number % 3)}{line.strip()}"
                for number, line in enumerate(_lines(whole.replace(" ", ""), 60)[1:])
            ),
        ],
        "indented by tabs and by spaces": [("\t", "    ")[number % 2] + line for number, line in enumerate(lines)],
        "with two blanks at each line's end": [f"{line}  " for line in lines],
        "in flowed lines, quoted": [*(f"> {line} " for line in lines[:-1]), f"> {lines[-1]}"],
        "quoted, then indented by a tab": [f">\t{line}" for line in lines],
        "quoted once, twice and three times": [f"{'> ' * (1 + number % 3)}{line}" for number, line in enumerate(lines)],
        "quoted and indented": [f">   {line}" for line in lines],
        "quoted without a space": [f">{line}" for line in lines],
        "quoted, with an empty line quoted": [f"> {first}", ">", *(f"> {line}" for line in rest)],
        "behind marks of a comment": [f"# {line}" for line in lines],
        "behind a name": [f"AA> {line}" for line in lines],
        "with soft line ends": [*(f"{line}=" for line in lines[:-1]), lines[-1]],
        "with soft line ends, quoted": [*(f"> {line}=" for line in lines[:-1]), f"> {lines[-1]}"],
        "with soft line ends, indented": [*(f"  {line}= " for line in lines[:-1]), f"  {lines[-1]}"],
        "with soft line ends and spaces written out": [
            *(f"{line.replace(' ', '=20')}=" for line in lines[:-1]),
            lines[-1].replace(" ", "=20"),
        ],
        "with soft line ends that lost their lines": [next(filter(_is_plain, map("=".join, _widths(whole))))],
        "as a mail carries it": [encoded],
        "as a mail carries it, forwarded in another": [f"> {line}" for line in encoded.splitlines()],
    }
    for story, pasted_lines in around.items():
        reason = None if "unevenly" in story else "signature_good"
        yield Text(f"a signed code {story}", "\n".join(pasted_lines), reason)
    yield Text("a signed code indented, alone on a line", f"   {whole}", "signature_good")
    yield Text("a signed code in the HTML of a mail", f'<p title=3D"{whole}">', "signature_good")
    yield Text("a signed code before a word and =", f"{whole}=THANKS", "signature_good")


def _cut_up(forge: Forge) -> Iterator[Text]:
    """Certificate C7: who reads what a mail cut up knows nothing of the certificate, and says so."""
    whole = _whole(forge)
    lines = _lines(whole, 60)
    without_one = [line for number, line in enumerate(lines) if number != 2]
    for story, text in {
        "without one of its lines": "\n".join(without_one),
        "without one of its lines, quoted": "\n".join(f"> {line}" for line in without_one),
        "with a letter lost at each line's end": "\n".join(line[:-1] for line in lines),
        "with numbers before its lines": "\n".join(f"{number}| {line}" for number, line in enumerate(lines)),
        "with names before its lines": "\n".join(f"line{number}: {line}" for number, line in enumerate(lines)),
        "with soft line ends, without one of its lines": "=\n".join(without_one),
        "without its beginning": "\n".join(lines[1:]),
        "in small letters": "\n".join(without_one).lower(),
    }.items():
        yield Text(f"a signed code cut up, {story}", text, "not_read_whole")
    broken = whole[:60] + whole[62:]
    for story, text in {
        "alone": broken, "with a line end": f"{broken}\n", "quoted": f"> {broken}", "indented": f"  {broken}",
        "before a name": f"{broken}\nSent by Aigul", "after a greeting": f"Salam!\n{broken}",
    }.items():  # fmt: skip
        yield Text(f"a signed code in one piece, broken, {story}", text)
        plain = text.replace(broken, NO_CODE)
        reason = "not_base45" if "name" in story else "not_compressed"
        yield Text(f"a signed code in one piece, not compressed, {story}", plain, reason)


def _links_by_mail() -> Iterator[Text]:
    """Certificate C7"""
    link = f"{SITE}/v/{TOKEN}"
    for text in (
        *(f"{link[:at]}=\n{link[at:]}" for at in (4, 7, 20, 26, len(link) - 5, len(link) - 2, len(link) - 1)),
        f"> {link[:-5]}=\n> {link[-5:]}", f"  {link[:14]}=\n  {link[14:]}", f"{link[:-5]}= \r\n{link[-5:]}",
        f"  {link[:-5]}\n  {link[-5:]}", f"{link[:-2]}\n{link[-2:]}", f"> {link[:-1]}\n> {link[-1:]}",
        f"{link}?from=3Dchat", f'<a href=3D"{link}">', f'<a href=3D"{link[:12]}=\n{link[12:]}">', f"{link}=",
        _encoded(f"Салам! Текшериңиз: {link} Рахмат"), f"{PRINTED[:6]}=\n{PRINTED[6:]}",
    ):  # fmt: skip
        yield Text(f"a link by mail as {text!r}", text, "no_register")


def _links() -> Iterator[Text]:
    """Offline nobody can tell whose a link is: that it was understood as a link is all."""
    link = f"{SITE}/v/{TOKEN}"
    for text in (
        link, f"{link}/", f"{link}.", f"{link})", f"<{link}>", f'"{link}"', f"«{link}»", f"*{link}*", f"_{link}_",
        f"Https{link[5:]}", f"http{link[5:]}", link.replace(SITE, SITE.upper()), link.replace("//", "//www."),
        link.removeprefix("https://"), f"Look at {link}, please", f"Ссылка: {link}", f"Ссылка:{link}", f"1. {link}",
        f"ASANBEKOVA {link}", f"{link}/ar", f"{link}?x=1#y", f"({link})", f"[paper]({link})", f"{link}<{link}>",
        f"> {link}", f"{link[:-5]}\n{link[-5:]}", f"> {link[:-5]}\n> {link[-5:]}",
        f"{link}\nThanks", f"{link}\n{link}", f"/v/{TOKEN}",
    ):  # fmt: skip
        yield Text(f"a link as {text!r}", text, "no_register")
    yield Text("a link with a token too short", f"{SITE}/v/{TOKEN[:19]}", "not_a_certificate")
    yield Text("a link with a token too long", f"{SITE}/v/{TOKEN * 2}", "not_a_certificate")


def _codes() -> Iterator[Text]:
    for text in (
        PRINTED, CODE, f"1. {PRINTED}", f"ASANBEKOVA {PRINTED}", f"Код: {PRINTED}", f"Код:{PRINTED}", f"№ {PRINTED}",
        f"№{PRINTED}", f"#{PRINTED}", f"{PRINTED}.", f'"{PRINTED}"', f"*{PRINTED}*", f"> {PRINTED}",
        f"{PRINTED}\nThanks", f"код {PRINTED.lower()}", f"It is {CODE} I think", f"A {CODE[:4]} {CODE[4:8]} {CODE[8:]}",
        PRINTED.replace("-", "\u2013"), PRINTED.replace("-", " - "), f"{PRINTED}, {PRINTED}",
    ):  # fmt: skip
        yield Text(f"a code as {text!r}", text, "no_register")
    letters = "KLMNPQRSTUV" + check_character("KLMNPQRSTUV")
    yield Text("a code without digits", f"№ {letters}", "no_register")
    yield Text("a code without digits, parted", f"A {letters[:4]} {letters[4:8]} {letters[8:]}", "not_a_certificate")
    yield Text("a code without digits beside a code", f"{letters} {PRINTED}", "several_codes")
    yield Text("a word of twelve letters beside a code", f"{letters.lower()} {PRINTED}", "no_register")
    slip = PRINTED[:-1] + ("2" if PRINTED[-1] != "2" else "3")
    yield Text("a slip in a sentence", f"The code is {slip} I think", "not_a_certificate")
    yield Text("words that are no code", "THEY WENT HERE WITH THAT SAME NAME", "not_a_certificate")
    yield Text("a passport number", "Passport PE1234567, born 14.03.1968", "not_a_certificate")


def _several(forge: Forge) -> Iterator[Text]:
    """Nobody can know which of them is meant: that is said."""
    one, other = _whole(forge), forge.sign(issuer="XX")
    yield Text("two signed codes", f"{one}\n{other}", "several_codes")
    yield Text("two signed codes on a line", f"{one} and {other}", "several_codes")
    yield Text("two links", f"{SITE}/v/{TOKEN} {SITE}/v/{TOKEN[::-1]}", "several_codes")
    yield Text("two codes", f"{PRINTED}, {OTHER}", "several_codes")
    yield Text("a good code beside a broken one", f"{other[:90]}\n\nand {one}", "signature_good")
    yield Text("a link beside a broken code", f"{one[:90]}\nor {SITE}/v/{TOKEN}", "no_register")


def _other_systems(forge: Forge) -> Iterator[Text]:
    credential = {"@context": ["https://www.w3.org/2018/credentials/v1"], "credentialSubject": {"name": "A"}}
    others = {
        "a card as numbers": "shc:/" + "56762909524320603460" * 9,
        "a card as numbers, in two parts": "shc:/1/2/" + "56762909524320603460" * 9,
        "a card in capitals, in a sentence": "look: SHC:/" + "56762909524320603460" * 9,
        "a card as a web token": CARD,
        "a card as a file": json.dumps({"verifiableCredential": [CARD]}, indent=1),
        "a link to a record": "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0",
        "a link of the WHO": "vhlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0=",
        "a link for a viewer": "https://viewer.example/#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0",
        "a packed certificate": "B64:UEsDBBQACAAIAAAAAAAAAAAAAAAAAAAAAAAQ/v/AAAABBBBCCCCDDDDEEEEFFFF+AA=",
        "a packed certificate in base64": "UEsDBBQACAAIAAAAAAAAAAAAAAAAAAAAAAAQAAAAY2VydGlmaWNhdGU",
        "a credential": json.dumps(credential),
        "a seal": json.dumps(SEAL),
        "a seal over lines": json.dumps(SEAL, indent=2),
        "a newer version": "HC2:" + forge.sign()[4:],
        "a newer version, quoted": "> HCA:" + forge.sign()[4:],
    }
    for story, text in others.items():
        yield Text(f"of another system: {story}", text, "other_kind")
    plain = urlsafe_b64encode(b'{"alg":"ES256","typ":"JWT"}').decode().rstrip("=")
    yield Text("somebody's web token", f"{plain}.{'a' * 40}.{'b' * 40}", "not_a_certificate")
    yield Text("somebody's JSON", '{"t": "note"}', "not_a_certificate")
