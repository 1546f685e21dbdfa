"""Loading a local stack through the public APIs: units, roles and programs of each region.

It compares before it writes, so a second start changes nothing and says nothing to anybody. Everything goes the way
a region's own people would go: the administrator activates units, permission administrators give roles, the
administrator names the publishing unit, designers upload, publishers publish, the administrator activates on units.
"""

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy.embedded.people import People, StaffMember, read_people

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"
_PERMISSION_ADMIN = "permission_admin"


class LoadError(Exception):
    """The stack refused what a region's people asked of it."""


class Region:
    """One region's people at work on the moments service."""

    def __init__(self, http: httpx.Client, issuer: str, slug: str, people: People) -> None:
        self._http = http
        self._issuer = issuer
        self._slug = slug
        self._people = people
        self._administrator = next(member for member in people.staff if member.administrator)

    def load(self) -> int:
        """Bring the region to what its files say; returns how much had to be changed."""
        changed = 0
        for unit in self._people.units:
            changed += self._unit(unit.hsa_id)
        changed += self._publishing_unit()
        releases = [_release(file) for file in sorted(PROGRAMS.glob("*.yaml"))]
        changed += sum(self._program(*release) for release in releases)
        for unit in self._people.units:
            changed += sum(self._offer(unit.hsa_id, program, version) for program, version, _ in releases)
            changed += self._open(unit.hsa_id)
        return changed

    def _unit(self, unit: str) -> int:
        wanted = {
            member.hsa_id: set(member.roles[unit]) for member in self._people.staff if unit in member.roles
        }
        found = self._ask(self._administrator, unit, "GET", f"/units/{unit}/staff", may_be_missing=True)
        held = {row["person_id"]: set(row["roles"]) for row in (found or {}).get("staff", [])}
        changed = 0
        admins = sorted(person for person, roles in wanted.items() if _PERMISSION_ADMIN in roles)
        if any(_PERMISSION_ADMIN not in held.get(person, set()) for person in admins):
            body = {"permission_administrators": admins}
            made = self._ask(self._administrator, unit, "PUT", f"/units/{unit}", body)
            held = {row["person_id"]: set(row["roles"]) for row in made["staff"]}
            changed += 1
        granting = self._member(admins[0])
        for person, roles in wanted.items():
            if held.get(person) != roles:
                path = f"/units/{unit}/staff/{person}/roles"
                self._ask(granting, unit, "PUT", path, {"roles": sorted(roles)})
                changed += 1
        return changed

    def _publishing_unit(self) -> int:
        _, unit = self._with_role("publisher")
        named = self._ask(self._administrator, unit, "GET", "/publishing-units")
        if any((row["purpose"], row["unit_id"]) == ("care", unit) for row in named):
            return 0
        self._ask(self._administrator, unit, "PUT", "/publishing-units/care", {"unit_id": unit})
        return 1

    def _program(self, program: str, version: str, text: str) -> int:
        designer, unit = self._with_role("designer")
        path = f"/programs/{program}/versions/{version}"
        found = self._ask(designer, unit, "GET", path, may_be_missing=True)
        changed = 0
        if found is None:
            self._ask(designer, unit, "POST", "/programs", text=text)
            changed = 1
        if changed or found.get("state") != "published":
            publisher, at = self._with_role("publisher")
            self._ask(publisher, at, "POST", f"{path}/publish")
            changed = 1
        return changed

    def _offer(self, unit: str, program: str, version: str) -> int:
        listed = self._ask(self._administrator, unit, "GET", "/programs?list=active&limit=200")
        if any((row["program_id"], row["version"]) == (program, version) for row in listed["items"]):
            return 0
        self._ask(self._administrator, unit, "PUT", f"/units/{unit}/programs/{program}", {"version": version})
        return 1

    def _open(self, unit: str) -> int:
        """Let residents start alone what its designer has written a description for."""
        resident_admin = next(
            (member for member in self._people.staff if "resident_admin" in member.roles.get(unit, [])), None
        )
        if resident_admin is None:
            return 0
        listed = self._ask(resident_admin, unit, "GET", "/programs?list=active&limit=200")
        closed = [row["program_id"] for row in listed["items"] if row["open"] and not row["open_here"]]
        for program in closed:
            self._ask(resident_admin, unit, "PUT", f"/programs/{program}/openness", {})
        return len(closed)

    def _with_role(self, role: str) -> tuple[StaffMember, str]:
        for member in self._people.staff:
            for unit, roles in member.roles.items():
                if role in roles:
                    return member, unit
        raise LoadError(
            f"Nobody in {self._slug} is {role}: add one to deploy/embedded/people/{self._slug}.yaml."
        )

    def _member(self, hsa_id: str) -> StaffMember:
        return next(member for member in self._people.staff if member.hsa_id == hsa_id)

    def _ask(
        self,
        who: StaffMember,
        unit: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        text: str | None = None,
        may_be_missing: bool = False,
    ) -> Any:
        login = self._http.post(
            f"{self._issuer}/{self._slug}/token", data={"person": who.short, "unit": unit}
        ).raise_for_status()
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        if text is not None:
            answer = self._http.request(
                method, path, content=text.encode(), headers={**headers, "Content-Type": "application/yaml"}
            )
        else:
            answer = self._http.request(method, path, json=body, headers=headers)
        if answer.status_code == 404 and may_be_missing:
            return None
        if answer.is_error:
            raise LoadError(
                f"{method} {path} as {who.short} of {self._slug}: {answer.status_code} {answer.text[:500]}"
            )
        return answer.json() if answer.content else None


def _release(file: Path) -> tuple[str, str, str]:
    text = file.read_text()
    head = yaml.safe_load(text)
    return str(head["program"]), str(head["version"]), text


def load(moments: str, issuer: str) -> int:
    """Load every region; returns how much had to be changed."""
    with httpx.Client(base_url=moments, timeout=30) as http:
        return sum(Region(http, issuer, slug, people).load() for slug, people in read_people().items())


if __name__ == "__main__":
    try:
        load(os.environ["SOB_MOMENTS_URL"], os.environ["SOB_ISSUER"])
    except (LoadError, httpx.HTTPError) as error:
        sys.exit(f"load: {error}")
