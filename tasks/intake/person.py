"""The person key: a keyed hash of the platform's user id, made at the door, so that no raw user id is ever stored.

HMAC-SHA256 under a random key of 32 bytes in `$CW_HOME/person.key` (mode 0600, made once). Whoever holds the key
can link a user id to the store: back it up apart from the store. With another key the same person would count twice, so the
store books a fingerprint of the key it was begun with, and reads nothing in with another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from tasks.errors import Misconfigured
from tasks.evidence import append_event

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tasks.store import Store

FILE_NAME = "person.key"
KEY_BYTES = 32
BLOCK_BYTES = 64  # SHA-256's block, RFC 2104
REMEDY = "restore it from its backup; without one begin a new CW_HOME (docs/runbook.md, rotate keys)"


# blanks, and marks that nobody sees, as exports and chat programs put them around an id
BLANKS = " \t\n\v\f\r\u00a0\ufeff\u2060\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def spelled(user_id: str) -> str:
    """A user id without what stands around it; a UUID, in braces, capitals or without its dashes, in its usual spelling; 123.0 is 123.

    The same rule in SQL is `ingest_person` (sql/steps/ingest_rules.sql); a test holds them equal.
    """
    if re.fullmatch("[0-9a-f-]{36}", user_id):
        return user_id
    bare = user_id.strip(BLANKS)
    digits = (bare[1:-1] if bare.startswith("{") and bare.endswith("}") else bare).replace("-", "")
    if re.fullmatch("[0-9a-fA-F]{32}", digits):
        return str(UUID(digits))
    number = re.fullmatch(r"([0-9]+)\.0+", bare)  # how exports write the numbers of a column with gaps
    return number[1] if number else bare


@dataclass(frozen=True)
class PersonKey:
    """The key; prints nothing of itself."""

    secret: bytes = field(repr=False)

    def hash(self, user_id: str) -> str:
        """The person key of a user id: 64 hex digits. How the id is spelled does not count (`spelled`)."""
        return hmac.new(self.secret, spelled(user_id).encode(), hashlib.sha256).hexdigest()

    @property
    def inner_pad(self) -> bytes:
        """RFC 2104's key XOR 0x36…, for the same hash in SQL (sql/steps/ingest_read_jsonl.sql)."""
        return bytes(b ^ 0x36 for b in self.secret.ljust(BLOCK_BYTES, b"\0"))

    @property
    def outer_pad(self) -> bytes:
        """RFC 2104's key XOR 0x5c…."""
        return bytes(b ^ 0x5C for b in self.secret.ljust(BLOCK_BYTES, b"\0"))


def person_key_of(store: Store, home: Path, *, at: datetime) -> PersonKey:
    """The key that this store was begun with; made, and its fingerprint booked in the evidence chain, before the first rows.

    Raises:
        Misconfigured: the key is gone or another, or as `load_person_key`.
    """
    booked = store.value(
        "select payload->>'fingerprint' from ops.event where event_type = 'person_key_made' order by seq limit 1"
    )
    path = home / FILE_NAME
    if booked and not path.exists():
        raise Misconfigured(f"{path} is gone, and with a new key a person would count twice: {REMEDY}")
    key = load_person_key(home)
    fingerprint = key.hash(FILE_NAME)
    if booked is None:
        with store.transaction():
            append_event(
                store,
                "person_key_made",
                entity=("store", "person"),
                payload={"fingerprint": fingerprint},
                at=at,
            )
    elif booked != fingerprint:
        raise Misconfigured(f"{path} is not the key that this store was begun with: {REMEDY}")
    return key


def load_person_key(home: Path) -> PersonKey:
    """The key under `home`; made on first use.

    Raises:
        Misconfigured: others may read the file, it is damaged, or it cannot be read or written.
    """
    path = home / FILE_NAME
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise Misconfigured(f"{path} is open to others (mode {mode:04o}): run `chmod 600 {path}`")
        secret = path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"cannot use {path}: {error.strerror}; make CW_HOME writable for this user"
        ) from error
    if len(secret) != KEY_BYTES:
        raise Misconfigured(f"{path} holds {len(secret)} bytes, not {KEY_BYTES}: restore it from its backup")
    return PersonKey(secret)


def _make_key(path: Path) -> None:
    """Write a new key whole: to a file of our own, synced, then linked into place, so that a kill leaves no half key."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(fresh, path)  # never replaces a key that another process made meanwhile
    except FileExistsError:
        return
    finally:
        fresh.unlink()
