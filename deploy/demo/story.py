"""The story: from a start by short personnummer to a purge with proof, told through the public APIs.

Each chapter does what people do and then compares what came of it where it arrived. Later issues add chapters.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo import judges
from deploy.demo.care import Care
from deploy.demo.cast import Cast
from deploy.demo.inbox import Inbox
from deploy.demo.report import Report
from deploy.demo.stage import ARRIVAL_SECONDS, Stage, change_once, status_of

PROGRAM = "bli-van-med-din-mage"
# One by SMS, one by e-mail.
CODES = 2
SERVICES = ("flags", "messaging", "moments", "notifications")
_CIVIL = ZoneInfo("Europe/Stockholm")


@dataclass(slots=True)
class Told:
    """What the story has come to so far, for its later chapters and its figures."""

    moment: str = ""
    conversation: str = ""
    direct_message: str = ""
    days: set[str] = field(default_factory=set)
    expected_sms: int = 0
    expected_mail: int = 0
    leaked: int = 0
    figures: dict[str, Any] = field(default_factory=dict)


class Story:
    """One performance on a stage."""

    def __init__(self, stage: Stage, cast: Cast, report: Report) -> None:
        self._stage = stage
        self._cast = cast
        self._report = report
        self._told = Told()
        self._inbox = Inbox(stage, cast)

    def tell(self) -> dict[str, Any]:
        """Tell it all; returns the figures. Raises StoryError when it cannot go on."""
        for chapter in (
            self._a_moment_is_started,
            self._the_resident_chooses,
            self._a_direct_message,
            self._two_batched_messages,
            self._the_resident_answers,
            self._care_goes_on,
            self._another_region_looks,
            self._the_moment_is_ended,
            self._the_moment_is_purged,
            self._the_figures,
        ):
            title = chapter.__name__.strip("_").replace("_", " ")
            self._report.chapter(title[0].upper() + title[1:])
            chapter()
        return self._told.figures

    def _a_moment_is_started(self) -> None:
        anna, resident = self._cast.anna, self._cast.resident
        found = anna.send("POST", "moments", "/residents/lookup", {"personnummer": resident.short})
        expected = f"{resident.surname}, {resident.given_name}"
        self._report.check("Short personnummer finds the resident (R44, R45)", found["name"], expected)
        warned = [warning["code"] for warning in found["warnings"]]
        self._report.check(
            "Both warnings are shown (R51, R52)", warned, ["never-logged-in", "no-notifications"]
        )
        body = {"personnummer": resident.short, "program_id": PROGRAM, "practitioner_id": "me"}
        self._told.moment = anna.send("POST", "moments", "/moments", body)["moment_id"]
        self._told.days.add(self._today())
        opened = anna.get("moments", f"/moments/{self._told.moment}")
        ongoing = sum(module["state"] == "ongoing" for module in opened["modules"])
        self._report.check('"Bli vän med din mage" runs with its open modules (R14, R55)', ongoing, 2)

    def _the_resident_chooses(self) -> None:
        patient, resident = self._cast.patient, self._cast.resident
        mine = [row["moment_id"] for row in patient.get("moments", "/me/moments")]
        self._report.check("The resident logs in and sees the program (R57, R361)", mine, [self._told.moment])
        choices = {
            "sms": {"on": True, "number": resident.mobile},
            "email": {"on": True, "address": resident.address},
        }
        change_once(
            lambda: patient.send("PUT", "notifications", "/me/contact", choices, version='"0"'),
            lambda: patient.get("notifications", "/me/contact")["sms"]["waiting"] == resident.mobile,
        )
        self._report.step("The resident chooses SMS and e-mail (R183, R193)", "both wait for a code")
        self._inbox.confirm_all()
        self._report.check("A code confirms each of them", self._inbox.confirmed(), ["sms", "email"])

        def warnings() -> list[list[str]]:
            found = self._cast.anna.send(
                "POST", "moments", "/residents/lookup", {"personnummer": resident.short}
            )
            codes = [row["code"] for row in found["warnings"]]
            return [codes] if not {"never-logged-in", "no-notifications"} & set(codes) else []

        self._stage.eventually(warnings, "the warnings are gone")
        self._report.step("Staff see no warning any more (R53)", "gone")

    def _a_direct_message(self) -> None:
        anna = self._cast.anna
        place = f"/moments/{self._told.moment}/conversations"
        self._stage.eventually(
            lambda: self._reachable("messaging", place), "messaging has heard of the moment"
        )
        self._told.conversation = anna.send("POST", "messaging", place, {"title": "Välkommen"})["id"]
        trace = secrets.token_hex(16)
        self._write("direct", trace=trace)
        self._told.expected_sms += 1
        self._told.expected_mail += 1
        self._arrived("One SMS and one e-mail at once (R180)")
        sms = self._inbox.notices_by_sms()[-1]
        carried = (sms.get("traceparent") or "none-none").split("-")[1]
        self._report.check("One trace runs from the request to the SMS", carried, trace)

    def _two_batched_messages(self) -> None:
        # Not what is pending: the outcome of the direct one may not be recorded yet, and would be taken for theirs.
        asked = self._account("asked")
        self._write("batched")
        self._write("batched")
        # What is taken in after the clock has moved waits for the batch after it.
        self._stage.eventually(lambda: self._account("asked") >= asked + 2, "both wait for the batch")
        self._report.check("Nothing goes out before the batch (R181)", self._counts(), self._expected())
        batch = (self._now() + timedelta(days=1)).replace(hour=9, minute=0, second=5, microsecond=0)
        self._stage.eventually(lambda: self._has_reached(batch), "the clock has gone forward")
        self._told.days.add(self._today())
        self._report.step("The clock goes forward to the next forenoon", f"{batch:%Y-%m-%d %H:%M}")
        self._told.expected_sms += 1
        self._told.expected_mail += 1
        self._arrived("Two messages, one SMS and one e-mail (R181, R182)")

    def _the_resident_answers(self) -> None:
        patient, anna = self._cast.patient, self._cast.anna
        read = patient.get("messaging", f"/me/conversations/{self._told.conversation}/messages")
        self._report.check("The resident reads three messages", len(read["items"]), 3)
        body = {"text": f"Tack, {self._cast.resident.words}."}
        patient.send("POST", "messaging", f"/me/conversations/{self._told.conversation}/messages", body)
        flag = self._stage.eventually(self._open_flag, "a flag is raised")
        self._report.check(
            "The answer raises a flag on an envelope (R218)",
            (flag["type"], flag["count"]),
            ("new_message", 1),
        )
        anna.send("POST", "flags", f"/flags/{flag['id']}/handle")
        self._stage.eventually(lambda: self._open_flag() is None, "the flag is gone from the list")
        self._report.step("It is handled from the list (R216)", "gone from the list")

    def _care_goes_on(self) -> None:
        care = Care(self._stage, self._cast, self._report, self._told.moment, self._told.conversation)
        care.a_module_is_read()
        care.the_next_module_is_started()
        care.it_is_found_again()
        care.it_is_maintained_and_taken_back()

    def _another_region_looks(self) -> None:
        foreigner, told = self._cast.foreigner, self._told
        paths = {
            "moments": f"/moments/{told.moment}",
            "messaging": f"/conversations/{told.conversation}/messages",
            "flags": f"/moments/{told.moment}/flags",
        }
        answers = {service: status_of(foreigner, service, path) for service, path in paths.items()}
        self._report.check("Staff of rjl find nothing there", answers, dict.fromkeys(paths, 404))
        ids = [told.moment, told.conversation]
        seen = judges.seen_by_another_region(self._stage, "rjl", ids)
        told.leaked = seen + sum(status != 404 for status in answers.values())
        self._report.check("Subscribers of rjl have seen nothing", seen, 0)

    def _the_moment_is_ended(self) -> None:
        anna, patient = self._cast.anna, self._cast.patient
        path = f"/moments/{self._told.moment}"
        asked, suppressed = self._account("asked"), self._account("suppressed")
        self._write("batched")
        self._stage.eventually(lambda: self._account("asked") > asked, "it waits for the batch")

        def end() -> None:
            version = anna.ask("GET", "moments", path).headers["ETag"]
            anna.send("POST", "moments", f"{path}/end", {"reason": "completed"}, version=version)

        change_once(end, lambda: anna.get("moments", path)["state"] == "ended")
        self._report.step("The practitioner ends it with a reason (R299, R300)", "completed")
        self._report.check("The resident sees it no more (R302)", patient.get("moments", "/me/moments"), [])
        self._stage.eventually(
            lambda: self._account("suppressed") > suppressed, "what waited for the batch is told to nobody"
        )
        self._report.step("Nobody is told of what they cannot read (R302)", "not in the next batch")

    def _the_moment_is_purged(self) -> None:
        gunilla, told = self._cast.gunilla, self._told
        traces = [*self._cast.resident.traces, *self._inbox.traces]
        self._stage.eventually(self._listed_as_ended, "retention has heard that the moment is ended")
        purge = gunilla.send("POST", "retention", "/purges", {"moment_id": told.moment, "confirm": True})[
            "purge_id"
        ]
        done = self._stage.eventually(
            lambda: (
                (found := gunilla.get("retention", f"/purges/{purge}"))["status"] == "completed" and found
            ),
            "the purge is completed",
        )
        answered = sorted({row["service"] for row in done["receipts"]})
        self._report.check("Every service's receipt has come (R308)", answered, sorted(SERVICES))
        certificate = gunilla.get("retention", f"/purges/{purge}/certificate")
        self._report.step(
            "The certificate counts what is gone", f"{certificate['documents_deleted']} documents"
        )
        places = judges.Residue(self._stage, traces).places()
        told.figures["residue"] = len(places)
        self._report.check("Nothing readable is left anywhere", places, [])

    def _the_figures(self) -> None:
        told = self._told
        accounts = [
            self._cast.karin.get("notifications", "/conservation", day=day) for day in sorted(told.days)
        ]
        balanced = all(account["balanced"] for account in accounts)
        self._report.check("Conservation balances on every day", balanced, True)
        sms, mail = self._counts()
        codes = len(self._inbox.codes())
        self._report.check("One code came to each", codes, CODES)
        told.figures = {
            "sms": sms,
            "emails": mail,
            "codes": codes,
            "lost": max(0, told.expected_sms - sms)
            + max(0, told.expected_mail - mail)
            + max(0, CODES - codes),
            "doubled": max(0, sms - told.expected_sms)
            + max(0, mail - told.expected_mail)
            + max(0, codes - CODES),
            "leaked": told.leaked,
            "residue": told.figures["residue"],
            "balanced": balanced,
        }
        self._report.check("What arrived, at the end of it all", (sms, mail), self._expected())

    def _write(self, notify: str, *, trace: str | None = None) -> None:
        body = {"text": f"Hej, {self._cast.resident.words}!", "notify": notify}
        path = f"/conversations/{self._told.conversation}/messages"
        self._cast.anna.send("POST", "messaging", path, body, trace=trace)
        self._report.step(f"Anna writes a message: {notify} (R170)", "sent")

    def _arrived(self, what: str) -> None:
        self._stage.eventually(
            lambda: self._counts() >= self._expected(),
            f"{self._expected()} SMS and e-mails arrive",
            seconds=ARRIVAL_SECONDS,
        )
        self._report.check(what, self._counts(), self._expected())

    def _counts(self) -> tuple[int, int]:
        return len(self._inbox.notices_by_sms()), len(self._inbox.notices_by_mail())

    def _expected(self) -> tuple[int, int]:
        return self._told.expected_sms, self._told.expected_mail

    def _account(self, line: str) -> int:
        """How many of the region's notices of today stand there: those taken in, or of one outcome."""
        return int(self._cast.karin.get("notifications", "/conservation", day=self._today())[line])

    def _open_flag(self) -> dict[str, Any] | None:
        listed = self._cast.anna.get("flags", "/flags", list="mine", limit=200)["items"]
        return next((flag for flag in listed if flag["moment_id"] == self._told.moment), None)

    def _listed_as_ended(self) -> bool:
        cursor: dict[str, str] = {}
        while True:
            page = self._cast.gunilla.get("retention", "/ended-moments", limit=200, **cursor)
            if any(row["moment_id"] == self._told.moment for row in page["items"]):
                return True
            if page["next"] is None:
                return False
            cursor = {"cursor": page["next"]}

    def _reachable(self, service: str, path: str) -> bool:
        return status_of(self._cast.anna, service, path) == 200

    def _has_reached(self, at: datetime) -> bool:
        """Move the clock there; where the answer is lost it may have moved, and is not moved back."""
        self._stage.http.put(f"{self._stage.at.issuer}/clock", json={"to": at.isoformat()})
        return self._now() >= at

    def _now(self) -> datetime:
        told = self._stage.outside("GET", f"{self._stage.at.issuer}/clock")["now"]
        return datetime.fromisoformat(told).astimezone(_CIVIL)

    def _today(self) -> str:
        return self._now().date().isoformat()
