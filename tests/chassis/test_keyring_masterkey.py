"""The master key wraps data keys per tenant and service, and is kept from other eyes."""

import base64
import os
from pathlib import Path

import pytest

from chassis.masterkey import FileMasterKey, KeyBrokenError, MasterKeyError, is_open_to_others

OLD, NEW, DATA_KEY = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32


def a_file(folder: Path, *keys: bytes, mode: int = 0o600) -> Path:
    file = folder / "master.key"
    file.write_text("\n".join(base64.b64encode(key).decode() for key in keys) + "\n")
    file.chmod(mode)
    return folder


def test_a_wrapped_key_is_unwrapped(tmp_path: Path) -> None:
    master = FileMasterKey.load(a_file(tmp_path, NEW))

    wrapped = master.wrap("vgr", "moments", DATA_KEY)

    assert DATA_KEY not in wrapped.wrapped
    assert master.unwrap("vgr", "moments", wrapped) == DATA_KEY


@pytest.mark.parametrize(("tenant", "service"), [("rjl", "moments"), ("vgr", "flags")])
def test_a_wrapped_key_does_not_open_elsewhere(tenant: str, service: str) -> None:
    master = FileMasterKey([NEW])
    wrapped = master.wrap("vgr", "moments", DATA_KEY)

    with pytest.raises(KeyBrokenError):
        master.unwrap(tenant, service, wrapped)


def test_after_rotation_old_keys_open_and_new_ones_are_wrapped_with_the_newest(tmp_path: Path) -> None:
    wrapped_before = FileMasterKey([OLD]).wrap("vgr", "moments", DATA_KEY)

    rotated = FileMasterKey.load(a_file(tmp_path, NEW, OLD))

    assert rotated.unwrap("vgr", "moments", wrapped_before) == DATA_KEY
    assert rotated.wrap("vgr", "moments", DATA_KEY).key_id == rotated.key_id != wrapped_before.key_id


def test_a_key_of_a_master_key_that_was_taken_away_says_so() -> None:
    wrapped = FileMasterKey([OLD]).wrap("vgr", "moments", DATA_KEY)

    with pytest.raises(KeyBrokenError, match="keep old master keys"):
        FileMasterKey([NEW]).unwrap("vgr", "moments", wrapped)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_others_can_read_is_refused_in_one_line(tmp_path: Path, mode: int) -> None:
    folder = a_file(tmp_path, NEW, mode=mode)

    with pytest.raises(MasterKeyError, match="chmod 600") as refused:
        FileMasterKey.load(folder)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("mode", "is_open"), [(0o440, False), (0o460, True), (0o444, True)])
def test_a_file_of_another_user_may_be_given_to_our_group_to_read(mode: int, is_open: bool) -> None:
    somebody_else = os.geteuid() + 1

    assert is_open_to_others(mode, owner=somebody_else) is is_open
    assert is_open_to_others(mode, owner=os.geteuid())


def test_a_missing_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="SOB_SECRETS"):
        FileMasterKey.load(tmp_path)


@pytest.mark.parametrize("content", ["", "åäö", "not base64!", base64.b64encode(b"short").decode()])
def test_a_file_without_a_proper_key_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(content)
    file.chmod(0o600)

    with pytest.raises(MasterKeyError):
        FileMasterKey.load(tmp_path)


def test_neither_master_key_nor_wrapped_key_shows_itself() -> None:
    master = FileMasterKey([NEW])
    wrapped = master.wrap("vgr", "moments", DATA_KEY)

    assert repr(master) == f"FileMasterKey({master.key_id})"
    assert repr(wrapped) == f"WrappedKey(key_id='{master.key_id}')"
