"""Chapters of care: what resident and practitioner do with a moment between its start and its end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.report import Report
from deploy.demo.stage import Stage, change_once, status_of


@dataclass(frozen=True, slots=True)
class Care:
    """One moment, as it is lived with."""

    stage: Stage
    cast: Cast
    report: Report
    moment: str
    conversation: str

    def a_module_is_read(self) -> None:
        """The resident reads in order, and staff see how far it has come (R80, R84, R246)."""
        mine = self._mine()
        first = mine["modules"][0]
        steps = [step["code"] for step in first["steps"]]
        place = f"/me/moments/{self.moment}/modules/{first['code']}/steps"
        locked = (
            status_of(self.cast.patient, "moments", f"{place}/{steps[-1]}", expect=409)
            if len(steps) > 1
            else 409
        )
        self.report.check("A later step is locked until those before it are read (R80)", locked, 409)
        for step in steps:
            self.cast.patient.get("moments", f"{place}/{step}")
        read = self._module(first["code"])
        self.report.check(
            "Staff see the module read (R84, R246)", all(step["read_at"] for step in read["steps"]), True
        )

    def the_next_module_is_started(self) -> None:
        """An upcoming module becomes the resident's with the steps that are ticked (R69, R74)."""
        upcoming = next(row for row in self._opened()["modules"] if row["state"] == "upcoming")
        ticked = [step["code"] for step in upcoming["steps"][:1]]
        body = {"visible_steps": ticked}
        self._change(
            f"/modules/{upcoming['code']}/start",
            body,
            lambda: self._module(upcoming["code"])["state"] == "ongoing",
        )
        shown = next(row for row in self._mine()["modules"] if row["code"] == upcoming["code"])
        self.report.check(
            "A started module shows the ticked steps alone (R74)",
            [step["code"] for step in shown["steps"]],
            ticked,
        )

    def it_is_found_again(self) -> None:
        """By a part of the name in the list, and in a timeline of sentences (R221, R227, R238)."""
        word = self.cast.resident.surname[:10]
        found = self.stage.eventually(
            lambda: self.cast.anna.send("POST", "moments", "/moments/search", {"list": "mine", "text": word})[
                "items"
            ],
            "the list finds the moment",
        )
        named = any(row["moment_id"] == self.moment for row in found)
        self.report.check("The list finds the moment by a part of the name (R238)", named, True)
        groups = self.cast.anna.get("moments", f"/moments/{self.moment}/timeline")["groups"]
        first = [entry["text"] for group in groups for entry in group["entries"]][-1]
        self.report.check("The timeline tells how it began (R221, R228)", "startades" in first, True)

    def it_is_maintained_and_taken_back(self) -> None:
        """In maintenance the resident reads and cannot write; it can be taken back (R289, R290)."""
        codes = [row["code"] for row in self._opened()["modules"] if row["state"] == "ongoing"]
        body = {"days": 30, "modules": codes}
        self._change("/maintain", body, lambda: self._opened()["state"] == "maintenance")
        path = f"/me/conversations/{self.conversation}/messages"
        self.stage.eventually(lambda: not self._may_write(), "messaging has heard of the maintenance")
        refused = status_of(
            self.cast.patient, "messaging", path, method="POST", body={"text": "Hej"}, expect=409
        )
        self.report.check("In maintenance the resident cannot write (R176, R290)", refused, 409)
        self._change("/resume", None, lambda: self._opened()["state"] == "ongoing")
        self.stage.eventually(self._may_write, "messaging has heard that it goes on")
        self.report.step("It is taken back and goes on (D10)", "ongoing")

    def _may_write(self) -> bool:
        listed = self.cast.patient.get("messaging", f"/me/moments/{self.moment}/conversations")
        return bool(listed["composer"]["can_write"])

    def _change(self, path: str, body: Any, done: Callable[[], bool]) -> None:
        place = f"/moments/{self.moment}"

        def change() -> None:
            version = self.cast.anna.ask("GET", "moments", place).headers["ETag"]
            self.cast.anna.send("POST", "moments", f"{place}{path}", body, version=version)

        change_once(change, done)

    def _opened(self) -> Any:
        return self.cast.anna.get("moments", f"/moments/{self.moment}")

    def _module(self, code: str) -> Any:
        return next(row for row in self._opened()["modules"] if row["code"] == code)

    def _mine(self) -> Any:
        return self.cast.patient.get("moments", f"/me/moments/{self.moment}")
