"""Trust lists of others, as they were published."""

import uuid
from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from registry.model import Record, instant


class ImportedList(Record, table=True):
    """One list for each publisher; a newer one takes the place of the older as a row with an id of its own.

    `did` is the address that the list gives itself, `created_at` when its proof was made, `document` its bytes,
    `digest` their SHA-256 and `proof_key` that of the public key (DER) which its proof was found to fit, in hexadecimal
    digits.
    """

    __tablename__ = "imported_list"

    did: str = Field(max_length=500, unique=True)
    created_at: datetime = instant()
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: str = Field(max_length=64)
    proof_key: str = Field(max_length=64)
    imported_at: datetime = instant()
    imported_by_id: uuid.UUID
