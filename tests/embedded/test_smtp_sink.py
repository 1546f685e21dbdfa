"""The local mail sink takes mail as a relay does, and knows afterwards what it took."""

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import httpx
import pytest

from tests.embedded.conftest import Server


@pytest.fixture(scope="module")
def server(serve: Callable[[str], Server]) -> Server:
    return serve("smtp_sink")


@pytest.fixture
def sink(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        client.delete("/sent")
        client.put("/behaviour", json={"mode": "ok"})
        yield client


def send(server: Server, to: str = "olga@example.org", number: int = 1, timeout: float = 5) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "inte-svara@vgr.example", to, "Nytt ärende"
    mail["Message-ID"] = f"<{number}@vgr.example>"
    mail.set_content("Du har ett nytt meddelande på åtta ord.")
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=timeout) as door:
        door.send_message(mail)


def test_accepted_mail_is_shown_and_traced(server: Server, sink: httpx.Client) -> None:
    send(server)

    [row] = sink.get("/sent", params={"to": "olga@example.org"}).json()
    assert (row["subject"], row["text"].strip()) == ("Nytt ärende", "Du har ett nytt meddelande på åtta ord.")
    assert sink.get("/trace", params={"message_id": "<1@vgr.example>"}).json()["status"] == "accepted"
    assert sink.get("/trace", params={"message_id": "<2@vgr.example>"}).status_code == 404
    assert sink.get("/sent", params={"to": "pelle@example.org"}).json() == []


@pytest.mark.parametrize(("mode", "code"), [("fail", 451), ("reject", 550)])
def test_a_refusing_server_takes_nothing(server: Server, sink: httpx.Client, mode: str, code: int) -> None:
    sink.put("/behaviour", json={"mode": mode, "count": 1, "to": "olga@example.org"})

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(server)

    assert refusal.value.smtp_code == code
    assert sink.get("/sent").json() == []
    send(server)
    assert len(sink.get("/sent").json()) == 1


@pytest.mark.parametrize(("mode", "accepted"), [("hang", 0), ("drop", 1), ("late", 1)])
def test_mail_without_an_answer_can_be_traced(
    server: Server, sink: httpx.Client, mode: str, accepted: int
) -> None:
    sink.put("/behaviour", json={"mode": mode, "count": 1})

    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(server, number=7, timeout=0.4)

    assert len(sink.get("/sent").json()) == accepted
    assert sink.get("/trace", params={"message_id": "<7@vgr.example>"}).is_success is bool(accepted)


def test_a_killed_sink_comes_back_with_what_it_accepted(server: Server, sink: httpx.Client) -> None:
    send(server, number=9)

    server.kill()
    server.start()

    assert httpx.get(f"{server.url}/trace", params={"message_id": "9@vgr.example"}).is_success
