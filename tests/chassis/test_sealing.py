"""What is sealed opens only with its own key, in its own place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.sealing import KEY_BYTES, SealBrokenError, Sealer, blind

KEY = bytes(range(KEY_BYTES))
OTHER_KEY = bytes(reversed(range(KEY_BYTES)))
NAME = "Åsa Ängström"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


def a_sealer(tenant: str = "vgr", service: str = "moments", key: bytes = KEY) -> Sealer:
    return Sealer(tenant, service, key)


@given(value=JSON | st.binary())
def test_a_value_comes_back_as_it_was_sealed(value: object) -> None:
    sealed = a_sealer().seal("answer", value)

    assert a_sealer().unseal("answer", sealed) == value


def test_a_sealed_value_shows_nothing_of_what_it_holds() -> None:
    sealed = a_sealer().seal("name", NAME)

    assert NAME.encode() not in sealed
    assert len(sealed) == 12 + 1 + len(NAME.encode()) + 16


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    sealer = a_sealer()

    assert len({sealer.seal("name", NAME) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "thief",
    [a_sealer(tenant="rjl"), a_sealer(service="messaging"), a_sealer(key=OTHER_KEY)],
    ids=["another tenant", "another service", "another key"],
)
def test_a_value_does_not_open_for_anyone_else(thief: Sealer) -> None:
    sealed = a_sealer().seal("name", NAME)

    with pytest.raises(SealBrokenError):
        thief.unseal("name", sealed)


def test_a_value_does_not_open_in_another_field() -> None:
    sealed = a_sealer().seal("name", NAME)

    with pytest.raises(SealBrokenError):
        a_sealer().unseal("number", sealed)


def test_a_field_cannot_pose_as_part_of_the_tenant() -> None:
    with pytest.raises(ValueError, match="without bars"):
        a_sealer(tenant="vgr|moments")


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_changed_byte_breaks_the_seal(at: int) -> None:
    sealed = bytearray(a_sealer().seal("name", NAME))
    sealed[at] ^= 1

    with pytest.raises(SealBrokenError):
        a_sealer().unseal("name", bytes(sealed))


@pytest.mark.parametrize("length", [0, 5, 12, 28])
def test_a_shortened_value_breaks_the_seal(length: int) -> None:
    sealed = a_sealer().seal("name", NAME)[:length]

    with pytest.raises(SealBrokenError):
        a_sealer().unseal("name", sealed)


def test_a_broken_seal_tells_where_but_not_what() -> None:
    sealed = a_sealer().seal("name", NAME)

    with pytest.raises(SealBrokenError) as broken:
        a_sealer(key=OTHER_KEY).unseal("name", sealed)

    assert "name of vgr in moments" in str(broken.value)
    assert "ngstr" not in repr(broken.value)
    assert broken.value.__cause__ is None


def test_text_is_asked_for_as_text() -> None:
    sealer = a_sealer()

    assert sealer.unseal_text("name", sealer.seal("name", NAME)) == NAME
    with pytest.raises(SealBrokenError):
        sealer.unseal_text("name", sealer.seal("name", {"given": NAME}))


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        a_sealer().seal("answer", {1, 2})


def test_a_sealer_shows_no_key() -> None:
    sealer = a_sealer()

    assert repr(sealer) == "Sealer(vgr, moments)"
    assert KEY.hex() not in repr(sealer) and repr(KEY) not in repr(sealer)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        a_sealer(key=b"short")


def test_a_blind_value_is_found_again_but_not_by_another_tenant() -> None:
    assert blind(KEY, "199001012384") == blind(KEY, "199001012384")
    assert blind(KEY, "199001012384") != blind(KEY, "199001012385")
    assert blind(KEY, "199001012384") != blind(OTHER_KEY, "199001012384")
