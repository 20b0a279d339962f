"""Find pilgrims: by full passport number or PIN anywhere, by part of a name or telephone in the own regions."""

import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, select

from registry.campaigns import queries as campaigns
from registry.db.unreadable import read_each
from registry.errors import N_, NotFound, Refusal
from registry.pilgrims import names, rules
from registry.pilgrims.models import (
    AccessGrant,
    IdentifierKind,
    Pilgrim,
    PilgrimDetails,
    PilgrimIdentifier,
    PilgrimSearchKey,
    Registration,
)
from registry.staff.models import ScopeKind
from registry.staff.queries import Actor

# Different parts of one name may each match: so many rows hold a page of different pilgrims.
ROWS_PER_PILGRIM = 4
MOST_LETTERS, MOST_WORDS = 100, 6  # a passport's whole machine-readable zone has 90
MOST_WALKED = 3_000  # keys or pilgrims that one search looks at, however many the register holds
YEARS = range(1900, 2100)  # of birth
AFTER_ALL = "~"  # sorts after any letter or digit of a key: prefix + this ends the range of a prefix


class Likeness(StrEnum):
    """Why two records may be one person, the surest first."""

    PASSPORT = "passport"
    PIN = "pin"
    NAME_AND_BIRTH = "name_and_birth"
    PHONE_AND_BIRTH = "phone_and_birth"


BY_NUMBER = {Likeness.PASSPORT, Likeness.PIN}


class SearchTooLong(Refusal):
    sentence = N_(
        "A search has at most %(words)s words and %(letters)s letters. Search for a number or for a part of the name."
    )
    field = "text"


@dataclass(frozen=True)
class FoundPilgrim:
    pilgrim: Pilgrim
    registration: Registration | None


@dataclass(frozen=True)
class Found:
    """`more`: there are others that were not read. `by_identifier`: found by a full passport number or PIN.
    `spoilt`: so many more that cannot be read."""

    pilgrims: list[FoundPilgrim]
    more: bool = False
    by_identifier: bool = False
    spoilt: int = 0


def search(session: Session, text: str, *, actor: Actor, campaign_code: str, limit: int = 20) -> Found:
    """Pilgrims whom a text may mean, in name order. Raises SearchTooLong.

    A full passport number or PIN finds one pilgrim whatever the scope; anything else only in the actor's regions.
    Several words must all match. The cost grows neither with matches that are not shown nor with the register: where
    the words are too common to look at all who have them, `more` says so.
    """
    words = search_words(text) if len(text) <= MOST_LETTERS else []
    if len(text) > MOST_LETTERS or len(words) > MOST_WORDS:
        raise SearchTooLong(words=MOST_WORDS, letters=MOST_LETTERS)
    known = {pilgrim_id for pilgrim_id, *_clue in _identified(session, identifiers_in(text))}
    if known:
        found = with_registrations(session, known, campaign_code)
        return Found(found, by_identifier=True, spoilt=len(known) - len(found))
    if not words:
        return Found([])
    most = ROWS_PER_PILGRIM * (limit + 1)
    rows, cut = _matching(session, words, scope_of(session, actor), most=most)
    ids = list(dict.fromkeys(rows))
    more = cut or len(ids) > limit or len(rows) == most
    found = with_registrations(session, ids[:limit], campaign_code)
    return Found(found, more=more, spoilt=len(ids[:limit]) - len(found))


def identifiers_in(text: str) -> list[tuple[IdentifierKind, str]]:
    """What a searched text may be if it is a full passport number or PIN."""
    if len(text) > MOST_LETTERS:
        return []
    digits = re.sub(r"\s", "", text)
    found = [(IdentifierKind.PIN, digits)] if rules.PIN.fullmatch(digits) else []
    return found + [(IdentifierKind.PASSPORT, number) for number in rules.passport_candidates(text)]


def search_words(text: str) -> list[str]:
    """Folded words of a searched text; a text without letters is one telephone number, however it is spaced."""
    if not re.search(r"[^\W\d_]", text):
        digits = re.sub(r"\D", "", text)
        whole = len(digits) > names.PHONE_END  # then a leading 0 is dialled at home and no part of the number
        return [digits.removeprefix("0") if whole else digits] if len(digits) >= names.SHORTEST_PART else []
    return names.fold(text).split()


def _matching(
    session: Session, words: Sequence[str], scope: set[str] | None, *, most: int
) -> tuple[list[uuid.UUID], bool]:
    """At most `most` pilgrims who have every word and are in scope, and whether others were not looked at.

    Of the keys of the rarest word and the pilgrims of the scope it walks the shorter list, MOST_WALKED rows of it at
    most, and looks the rest up for each row. Of two common words, whole names are found all the same.
    """
    counts = {word: _count(session, _keys_of(word)) for word in words}
    rarest = min(words, key=lambda word: (counts[word], -len(word)))
    others = [word for word in words if word != rarest]
    in_scope = select(Registration.pilgrim_id).where(col(Registration.region_code).in_(scope or ()))
    if scope is not None and counts[rarest] == MOST_WALKED and _count(session, in_scope) < MOST_WALKED:
        return _walk(session, in_scope, words, None, most=most), False
    found = _walk(session, _keys_of(rarest), others, scope, most=most)
    if counts[rarest] < MOST_WALKED or len(found) == most:
        return found, False
    whole = _walk(session, _whole_names(words), words, scope, most=most)
    return [*whole, *found], True


def _keys_of(word: str) -> Any:
    begins = select(PilgrimSearchKey.pilgrim_id).where(_begins(PilgrimSearchKey, word))
    return begins.order_by(col(PilgrimSearchKey.key), col(PilgrimSearchKey.pilgrim_id))


def _whole_names(words: Sequence[str]) -> Any:
    """Who has just these words for a name, whatever the year of birth: see `names.likeness_keys`."""
    name = " ".join(sorted(set(words)))
    keys = [f"{year} {name}" for year in YEARS]
    return select(PilgrimSearchKey.pilgrim_id).where(col(PilgrimSearchKey.key).in_(keys))


def _walk(session: Session, rows: Any, words: Sequence[str], scope: set[str] | None, *, most: int) -> list[uuid.UUID]:
    """The first of some thousand rows that have all the words and are in scope."""
    walked, key = rows.limit(MOST_WALKED).subquery(), aliased(PilgrimSearchKey)
    query = select(walked.c.pilgrim_id)
    for word in words:
        has = select(col(key.key)).where(col(key.pilgrim_id) == walked.c.pilgrim_id, _begins(key, word))
        query = query.where(_row_by_row(has))
    if scope is not None:
        place = col(Registration.pilgrim_id) == walked.c.pilgrim_id, col(Registration.region_code).in_(scope)
        query = query.where(_row_by_row(select(Registration.pilgrim_id).where(*place)))
    return list(session.exec(query.limit(most)))


def _row_by_row(has: Any) -> Any:
    """OFFSET 0: without it a planner may read all keys of a common word, or walk again for each pilgrim of a region."""
    return has.limit(1).offset(0).exists()


def _count(session: Session, rows: Any) -> int:
    """How many rows, up to MOST_WALKED."""
    return session.exec(select(func.count()).select_from(rows.limit(MOST_WALKED).subquery())).one()


def _begins(keys: Any, word: str) -> ColumnElement[bool]:
    """A range, not LIKE: an index serves it, and no character is a wildcard. A single letter must be a whole word.

    Two letters are enough: "Жээ" and "ZHEE" are two once they are folded.
    """
    if len(word) == 1:
        return col(keys.key) == word
    return and_(col(keys.key) >= word, col(keys.key) < word + AFTER_ALL)


def _registered_in(regions: Collection[str], pilgrim_id: Any) -> ColumnElement[bool]:
    return exists().where(col(Registration.pilgrim_id) == pilgrim_id, col(Registration.region_code).in_(regions))


def list_seen(session: Session, ids: Collection[uuid.UUID], regions: Collection[str]) -> set[uuid.UUID]:
    """Whoever of these is registered in one of the regions."""
    query = select(Registration.pilgrim_id).where(col(Registration.pilgrim_id).in_(ids))
    return set(session.exec(query.where(col(Registration.region_code).in_(regions))))


def scope_of(session: Session, actor: Actor) -> set[str] | None:
    """Codes of the regions whose pilgrims a person may see; None: the whole country."""
    if actor.is_national:
        return None
    return campaigns.region_codes_of_points(session, actor.codes(ScopeKind.POINT)) | {*actor.codes(ScopeKind.REGION)}


def with_registrations(session: Session, ids: Collection[uuid.UUID], campaign_code: str) -> list[FoundPilgrim]:
    here = and_(col(Registration.pilgrim_id) == Pilgrim.id, col(Registration.campaign_code) == campaign_code)
    query = select(Pilgrim, Registration).join(Registration, here, isouter=True).where(col(Pilgrim.id).in_(ids))
    rows = read_each(session, query.order_by(col(Pilgrim.sort_name), col(Pilgrim.id)), len(ids)) if ids else ()
    return [FoundPilgrim(*row) for row in rows if row is not None]


def get_pilgrim(session: Session, pilgrim_id: uuid.UUID, *, actor: Actor, at: datetime) -> Pilgrim:
    """A pilgrim whom this person may see now. Raises NotFound for all others, existing or not."""
    found = session.get(Pilgrim, pilgrim_id)
    if found is None or not may_see(session, pilgrim_id, actor=actor, at=at):
        raise NotFound
    return found


def may_see(session: Session, pilgrim_id: uuid.UUID, *, actor: Actor, at: datetime) -> bool:
    """Registered in the own regions, or found by full passport number or PIN not long ago."""
    scope = scope_of(session, actor)
    if scope is None:
        return True
    grant = session.get(AccessGrant, (actor.id, pilgrim_id))
    if grant is not None and grant.until > at:
        return True
    return bool(session.exec(select(_registered_in(scope, pilgrim_id))).one())


def find_registration(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Registration | None:
    query = select(Registration).where(
        Registration.pilgrim_id == pilgrim_id, Registration.campaign_code == campaign_code
    )
    return session.exec(query).one_or_none()


def get_registration(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Registration:
    found = find_registration(session, pilgrim_id, campaign_code)
    if found is None:
        raise NotFound
    return found


def list_registered(session: Session, campaign_code: str, pilgrim_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these pilgrims have a place in the campaign."""
    query = select(Registration.pilgrim_id).where(
        Registration.campaign_code == campaign_code, col(Registration.pilgrim_id).in_(pilgrim_ids)
    )
    return set(session.exec(query))


def list_likely_duplicates(session: Session, details: PilgrimDetails) -> list[tuple[Pilgrim, Likeness]]:
    """Records that may be the person with these normalised details, the surest first."""
    return list_alike(session, [details])[0]


def list_alike(session: Session, people: Sequence[PilgrimDetails]) -> list[list[tuple[Pilgrim, Likeness]]]:
    """For each of some hundred people their likely duplicates: two reads of indexes and one of pilgrims for all."""
    clues: dict[tuple[Likeness, str], set[uuid.UUID]] = {}
    for pilgrim_id, kind, value in _identified(session, chain.from_iterable(map(identifiers_of, people))):
        clues.setdefault((Likeness(kind), value), set()).add(pilgrim_id)
    keys = {key for details in people for key in names.likeness_keys(details)}
    for found in session.exec(select(PilgrimSearchKey).where(col(PilgrimSearchKey.key).in_(keys))):
        clues.setdefault((_likeness_of(found.key), found.key), set()).add(found.pilgrim_id)
    wanted = select(Pilgrim).where(col(Pilgrim.id).in_(set().union(*clues.values())))
    pilgrims = {pilgrim.id: pilgrim for pilgrim in session.exec(wanted)}
    return [_likely(details, clues, pilgrims) for details in people]


def _likely(
    details: PilgrimDetails,
    clues: Mapping[tuple[Likeness, str], set[uuid.UUID]],
    pilgrims: Mapping[uuid.UUID, Pilgrim],
) -> list[tuple[Pilgrim, Likeness]]:
    own = [(Likeness(kind), value) for kind, value in identifiers_of(details)]
    own += [(_likeness_of(key), key) for key in names.likeness_keys(details)]
    likely: dict[uuid.UUID, Likeness] = {}
    for likeness, value in sorted(own, key=lambda clue: [*Likeness].index(clue[0])):
        for pilgrim_id in clues.get((likeness, value), ()):
            if likeness in BY_NUMBER or names.births_agree(pilgrims[pilgrim_id], details):
                likely.setdefault(pilgrim_id, likeness)
    return [(pilgrims[pilgrim_id], likeness) for pilgrim_id, likeness in likely.items()]


def _likeness_of(key: str) -> Likeness:
    return Likeness.PHONE_AND_BIRTH if key[-1].isdigit() else Likeness.NAME_AND_BIRTH


def identifiers_of(details: PilgrimDetails) -> Iterator[tuple[IdentifierKind, str]]:
    yield IdentifierKind.PASSPORT, details.passport_number
    if details.pin:
        yield IdentifierKind.PIN, details.pin


def _identified(
    session: Session, identifiers: Iterable[tuple[IdentifierKind, str]]
) -> Iterator[tuple[uuid.UUID, str, str]]:
    values: dict[IdentifierKind, list[str]] = {}
    for kind, value in identifiers:
        values.setdefault(kind, []).append(value)
    wanted = select(PilgrimIdentifier.pilgrim_id, PilgrimIdentifier.kind, PilgrimIdentifier.value)
    for kind, some in values.items():
        yield from session.exec(wanted.where(PilgrimIdentifier.kind == kind, col(PilgrimIdentifier.value).in_(some)))
