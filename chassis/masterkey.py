"""Data keys are stored wrapped; only the master key unwraps them, and it never lies beside them.

The key that wraps (KEK) is derived from the master key per tenant and service, so that one service's opens
nothing of another's. Each wrapped key carries the id of its master key: rotation adds a key first in the file
and leaves the old below it until everything is wrapped anew (`Keyring.rewrap`).

A KMS adapter belongs here beside `FileMasterKey`: it asks the KMS for the KEK of a tenant and service once,
keeps it in memory, and wraps locally as the file does, so that a list of 2 000 names is not 2 000 calls.
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from chassis.sealing import KEY_BYTES, place

FILE_NAME = "master.key"


class MasterKeyError(Exception):
    """The master key is missing, wrong or readable by others; the text is one line with the cure."""


class KeyBrokenError(Exception):
    """A wrapped key does not open: another master key, tenant or service wrapped it, or it was changed."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored, and the master key that opens it."""

    key_id: str
    wrapped: bytes = field(repr=False)


class MasterKey(Protocol):
    """The port to wherever master keys live."""

    @property
    def key_id(self) -> str:
        """The id of the key that wraps from now on."""
        ...

    def wrap(self, tenant: str, service: str, key: bytes) -> WrappedKey:
        """Wrap a data key with the newest master key."""
        ...

    def unwrap(self, tenant: str, service: str, wrapped: WrappedKey) -> bytes:
        """The data key, or KeyBrokenError."""
        ...


def is_open_to_others(mode: int, *, owner: int) -> bool:
    """Whether more than this process can read the file; one that another user owns is given to us by its group.

    That is how Kubernetes mounts a Secret: owned by root, readable by the pod's own group (`fsGroup`).
    """
    ours = owner == os.geteuid()
    return bool(mode & (stat.S_IRWXO | (stat.S_IRWXG if ours else stat.S_IWGRP | stat.S_IXGRP)))


class FileMasterKey:
    """Master keys from a file that nobody else can read: 32 bytes in base64 per line, newest first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise MasterKeyError(f"A master key is {KEY_BYTES} bytes, and there is at least one.")
        self._keys = {_id_of(key): key for key in keys}
        self._newest = _id_of(keys[0])
        self._derived: dict[tuple[str, str, str], bytes] = {}

    def __repr__(self) -> str:
        return f"FileMasterKey({', '.join(self._keys)})"

    @staticmethod
    def load(secrets: Path) -> "FileMasterKey":
        """Read `master.key` of the secrets folder (SOB_SECRETS), or raise MasterKeyError."""
        file = secrets / FILE_NAME
        try:
            found = file.stat()
            lines = file.read_text("ascii").split()
        except OSError as error:
            raise MasterKeyError(
                f"{file} cannot be read ({error.strerror}): SOB_SECRETS names its folder."
            ) from None
        except UnicodeDecodeError:
            raise MasterKeyError(f"{file} is not base64: one key of {KEY_BYTES} bytes per line.") from None
        if is_open_to_others(found.st_mode, owner=found.st_uid):
            mode = stat.S_IMODE(found.st_mode)
            raise MasterKeyError(f"{file} can be read by others (mode {mode:o}): chmod 600 {file}")
        try:
            keys = [base64.b64decode(line, validate=True) for line in lines]
        except binascii.Error:
            raise MasterKeyError(f"{file} is not base64: one key of {KEY_BYTES} bytes per line.") from None
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise MasterKeyError(f"{file} must hold one key of {KEY_BYTES} bytes in base64 per line.")
        return FileMasterKey(keys)

    @property
    def key_id(self) -> str:
        return self._newest

    def wrap(self, tenant: str, service: str, key: bytes) -> WrappedKey:
        return WrappedKey(self._newest, aes_key_wrap(self._kek(self._newest, tenant, service), key))

    def unwrap(self, tenant: str, service: str, wrapped: WrappedKey) -> bytes:
        if wrapped.key_id not in self._keys:
            raise KeyBrokenError(
                f"A key of {tenant} in {service} is wrapped with master key {wrapped.key_id}, which is not "
                "in the file: keep old master keys below the newest until everything is wrapped anew."
            )
        try:
            return aes_key_unwrap(self._kek(wrapped.key_id, tenant, service), wrapped.wrapped)
        except InvalidUnwrap:
            raise KeyBrokenError(
                f"A key of {tenant} in {service} does not open with {wrapped.key_id}."
            ) from None

    def _kek(self, key_id: str, tenant: str, service: str) -> bytes:
        known = self._derived.get((key_id, tenant, service))
        if known is None:
            info = b"sob-kek|" + place(tenant, service)
            known = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._keys[key_id])
            self._derived[key_id, tenant, service] = known
        return known


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"sob-key-id|" + key).hexdigest()[:8]
