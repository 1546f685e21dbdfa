"""What the resident finds in their telephone and mail: notices, and codes that they type in where they are asked for.

A code is what holds six digits, as a person sees; everything else is a notice, so that nothing goes uncounted.
"""

import re
from typing import Any

from deploy.demo import judges
from deploy.demo.cast import Cast
from deploy.demo.stage import ARRIVAL_SECONDS, Stage, change_once

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_CHANNELS = ("sms", "email")


class Inbox:
    """One resident's, from the beginning of the story on."""

    def __init__(self, stage: Stage, cast: Cast) -> None:
        self._stage = stage
        self._cast = cast
        # A made-up number may have been drawn before: what it got then is not this story's.
        self._sms_before = len(judges.sms_to(stage, cast.resident.mobile))

    def confirm_all(self) -> None:
        """Read the code in the SMS and in the mail, and type each in."""
        for channel in _CHANNELS:
            self._confirm(channel)

    def _confirm(self, channel: str) -> None:
        patient = self._cast.patient
        code = self._stage.eventually(
            lambda: self._latest_code(channel), f"a code comes by {channel}", seconds=ARRIVAL_SECONDS
        )

        def confirm() -> None:
            version = patient.ask("GET", "notifications", "/me/contact").headers["ETag"]
            body = {"channel": channel, "code": code}
            patient.send("POST", "notifications", "/me/contact/confirm", body, version=version)

        change_once(confirm, lambda: channel in self.confirmed())

    def confirmed(self) -> list[str]:
        """The channels whose number or address is confirmed."""
        choices = self._cast.patient.get("notifications", "/me/contact")
        return [channel for channel in _CHANNELS if choices[channel]["confirmed"] is not None]

    def codes(self) -> list[str]:
        """The codes that have come, by SMS and by mail."""
        return [found for channel in _CHANNELS for found in self._codes(channel)]

    @property
    def traces(self) -> list[str]:
        """The codes as they would stand where one was kept: six digits alone stand everywhere."""
        return [trace for code in self.codes() for trace in (f"kod är {code}", f'"code":"{code}"')]

    def notices_by_sms(self) -> list[dict[str, str]]:
        """Every SMS that is no code, oldest first."""
        return [row for row in self._sms() if _CODE.search(row["message"]) is None]

    def notices_by_mail(self) -> list[dict[str, str]]:
        """Every mail that is no code, oldest first."""
        return [row for row in self._mail() if _CODE.search(row["text"]) is None]

    def _latest_code(self, channel: str) -> str | None:
        found = self._codes(channel)
        return found[-1] if found else None

    def _codes(self, channel: str) -> list[str]:
        texts = (
            [row["message"] for row in self._sms()]
            if channel == "sms"
            else [row["text"] for row in self._mail()]
        )
        return [match[0] for text in texts if (match := _CODE.search(text)) is not None]

    def _sms(self) -> list[dict[str, Any]]:
        return judges.sms_to(self._stage, self._cast.resident.mobile)[self._sms_before :]

    def _mail(self) -> list[dict[str, Any]]:
        return judges.mail_to(self._stage, self._cast.resident.address)
