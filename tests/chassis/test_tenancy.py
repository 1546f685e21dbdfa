"""Tenant files: what is read and what is refused at start."""

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chassis.tenancy import QuietHours, TenantFileError, Tenants, UnknownTenantError

FIELDS = {
    "slug": "vgr",
    "name": "Västra Götalandsregionen",
    "organisation_number": '"232100-0131"',
    "time_zone": "Europe/Stockholm",
    "batch_time": '"09:00"',
    "quiet_hours": "null",
    "maintenance_limit_days": "90",
    "sms_sender": "VGRegionen",
    "mail_from": "inte-svara@vgr.example",
    "support": "{staff: Ring 1, residents: Ring 2}",
    "issuer": "${SOB_ISSUER}/vgr",
    "audience": "sob",
    "administrators": "[SE2321000131-P000000000101]",
}
ENVIRONMENT = {"SOB_ISSUER": "http://127.0.0.1:8100"}


def _load(folder: Path, **changed: str | None) -> Tenants:
    fields = {name: value for name, value in (FIELDS | changed).items() if value is not None}
    (folder / "vgr.yaml").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    return Tenants.load(folder, ENVIRONMENT)


def test_a_region_is_found_by_slug_and_by_issuer(tmp_path: Path) -> None:
    tenants = _load(tmp_path)

    tenant = tenants.by_slug("vgr")

    assert tenants.by_issuer("http://127.0.0.1:8100/vgr") is tenant
    assert tenants.by_issuer("http://127.0.0.1:8100/rjl") is None
    assert tenant.zone == ZoneInfo("Europe/Stockholm")
    assert tenant.batch_time == time(9, 0)
    assert tenant.administrators == {"SE2321000131-P000000000101"}
    assert tenants.slugs == ("vgr",)


def test_an_unknown_region_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownTenantError, match="skane"):
        _load(tmp_path).by_slug("skane")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "VGR"),
        ("slug", "v.gr"),
        ("slug", "rjl"),
        ("name", None),
        ("organisation_number", "2321000131"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../secrets"),
        ("batch_time", "600"),
        ("batch_time", '"25:00"'),
        ("quiet_hours", '{start: "21:00"}'),
        ("maintenance_limit_days", '"90"'),
        ("maintenance_limit_days", "0"),
        ("end_reasons", "{}"),
        ("end_reasons", "{Moment slutfört: Moment slutfört}"),
        ("end_reasons", "{completed: ''}"),
        ("sms_sender", "A sender that is too long"),
        ("mail_from", "nobody"),
        ("support", "{staff: Ring 1}"),
        ("issuer", "127.0.0.1/vgr"),
        ("issuer", "${NOBODY_SET_THIS}/vgr"),
        ("administrators", "[Anna]"),
        ("colour", "blue"),
    ],
)
def test_a_wrong_file_stops_the_start_with_one_line_that_names_file_and_field(
    tmp_path: Path, field: str, value: str | None
) -> None:
    with pytest.raises(TenantFileError) as refusal:
        _load(tmp_path, **{field: value})

    text = str(refusal.value)
    assert "vgr.yaml" in text
    assert field in text
    assert "\n" not in text


@pytest.mark.parametrize("content", ["[a, b]", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "vgr.yaml").write_text(content)

    with pytest.raises(TenantFileError, match=r"vgr\.yaml"):
        Tenants.load(tmp_path, ENVIRONMENT)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenantFileError, match="SOB_TENANTS"):
        Tenants.load(tmp_path, ENVIRONMENT)


def test_two_regions_never_share_an_issuer(tmp_path: Path) -> None:
    vgr = _load(tmp_path).by_slug("vgr")

    with pytest.raises(TenantFileError, match="one issuer"):
        Tenants.of([vgr, vgr.model_copy(update={"slug": "rjl"})])


@pytest.mark.decision("D21")
def test_quiet_hours_may_pass_midnight() -> None:
    night = QuietHours(start="21:00", end="07:00")  # type: ignore[arg-type]

    assert night.contain(time(21, 0))
    assert night.contain(time(6, 59))
    assert not night.contain(time(7, 0))
    assert not night.contain(time(12, 0))


def test_the_regions_of_the_repository_are_right() -> None:
    folder = Path(__file__).parents[2] / "deploy" / "tenants"

    assert len(Tenants.load(folder, ENVIRONMENT)) >= 1
