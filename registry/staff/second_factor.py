"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for who lost the app."""

import hashlib
import secrets
import uuid
from base64 import b32encode, b64decode, b64encode
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session, col, delete, or_, update

from registry.audit import services as audit
from registry.audit.models import Action
from registry.staff import rules, services
from registry.staff.models import RecoveryCode, Staff

ISSUER = "Vaccination campaign registry"
"""What the app writes above the code."""

VERSION, NONCE_BYTES = b"\x01", 12
RECOVERY_CODES, RECOVERY_BYTES = 10, 15  # 120 bits: such a code needs no slow hash (OWASP ASVS 6.5.2)
CODE_DIGITS = 6


def offer(staff_id: uuid.UUID, *, key: bytes) -> str:
    """A new secret, sealed, for this person to set up. `key` is the installation's secret."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, pyotp.random_base32().encode(), _place(staff_id))
    return b64encode(VERSION + nonce + sealed).decode()


def unseal(sealed: str, staff_id: uuid.UUID, *, key: bytes) -> str:
    """The base32 secret. Raises SecondFactorUnreadable for another person's, a changed one, or another key."""
    try:
        raw = b64decode(sealed, validate=True)
        nonce, rest = raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :]
        return _cipher(key).decrypt(nonce, rest, _place(staff_id)).decode()
    except (ValueError, InvalidTag):
        raise rules.SecondFactorUnreadable from None


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"registry: fields at rest").derive(key))


def _place(staff_id: uuid.UUID) -> bytes:
    """Ties a sealed value to its table, column and row: copied elsewhere it cannot be opened."""
    return f"staff|totp_secret|{staff_id}".encode()


def address_of(staff: Staff, secret: str) -> str:
    """The otpauth:// address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.username, issuer_name=ISSUER)


def set_up(session: Session, staff: Staff, *, sealed: str, code: str, key: bytes, at: datetime) -> list[str]:
    """Turn the offered factor on; every session ends. Returns the recovery codes, which nobody can show again.

    Raises CodeRefused unless the app proves with a code that it holds the secret.
    """
    step = rules.matching_step(unseal(sealed, staff.id, key=key), _plain(code), at=at)
    if step is None:
        raise rules.CodeRefused
    staff.totp_secret, staff.totp_last_step = sealed, step
    codes = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    session.add_all(RecoveryCode(staff_id=staff.id, code_hash=_hash(recovery)) for recovery in codes)
    _note(session, staff, "second factor set up", by=staff.id, at=at)
    return codes


def is_of_app(code: str) -> bool:
    """Whether a code is one of the app, not a recovery code."""
    return len(_plain(code)) == CODE_DIGITS


def verify(session: Session, staff: Staff, *, code: str, key: bytes, at: datetime) -> None:
    """Use up a code of the app, or a recovery code. Raises CodeRefused for a wrong or used one."""
    plain = _plain(code)
    if is_of_app(plain):
        accepted = _use_step(session, staff, plain, key=key, at=at)
    else:
        accepted = _use_recovery_code(session, staff, plain, at=at)
    if not accepted:
        raise rules.CodeRefused


def remove(session: Session, staff: Staff, *, by: uuid.UUID | None, at: datetime) -> None:
    """Turn the factor off; every session ends."""
    staff.totp_secret = staff.totp_last_step = None
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    _note(session, staff, "second factor removed", by=by, at=at)


def _use_step(session: Session, staff: Staff, code: str, *, key: bytes, at: datetime) -> bool:
    step = rules.matching_step(unseal(staff.totp_secret or "", staff.id, key=key), code, at=at)
    if step is None:
        return False
    # In the statement, not before it: of two browsers that send the same code at once, one gets in.
    unused = or_(col(Staff.totp_last_step).is_(None), col(Staff.totp_last_step) < step)
    used = session.exec(update(Staff).where(col(Staff.id) == staff.id, unused).values(totp_last_step=step))
    return used.rowcount == 1


def _use_recovery_code(session: Session, staff: Staff, code: str, *, at: datetime) -> bool:
    unused = (
        col(RecoveryCode.staff_id) == staff.id,
        col(RecoveryCode.code_hash) == _hash(code),
        col(RecoveryCode.used_at).is_(None),
    )
    if session.exec(update(RecoveryCode).where(*unused).values(used_at=at)).rowcount != 1:
        return False
    audit.record(session, Action.STAFF_CHANGED, by=staff.id, at=at, subject=staff.username, what="recovery code used")
    return True


def _note(session: Session, staff: Staff, what: str, *, by: uuid.UUID | None, at: datetime) -> None:
    audit.record(session, Action.STAFF_CHANGED, by=by, at=at, subject=staff.username, what=what)
    services.end_all_sessions(session, staff, by=by, at=at)


def _plain(code: str) -> str:
    """As stored: people copy the spaces between the groups too."""
    return "".join(code.split()).replace("-", "").upper()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
