"""The local SMS gateway is as strict as 46elks and as unkind as a network."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx
import pytest

from deploy.embedded.sms_messages import parts_of
from tests.embedded.conftest import LOGIN, Server
from tests.eventually import eventually_now

ALICE, BOB = "+46701740605", "+46701740606"


@pytest.fixture(scope="module")
def server(serve: Callable[[str], Server]) -> Server:
    return serve("sms_gateway")


@pytest.fixture
def gateway(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=LOGIN, timeout=2) as client:
        client.delete("/sent")
        client.put("/behaviour", json={"mode": "ok"})
        yield client


class Receiver(BaseHTTPRequestHandler):
    """Notes receipts, and refuses the first of each."""

    got: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        self.got.append(form)
        self.send_response(503 if self.got.count(form) == 1 else 204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def receipts() -> Iterator[str]:
    Receiver.got.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/receipts"
        listening.shutdown()


def send(gateway: httpx.Client, to: str = ALICE, **fields: str) -> httpx.Response:
    form = {"from": "VGRegionen", "to": to, "message": "Du har ett nytt meddelande.", **fields}
    return gateway.post("/a1/sms", data=form, headers={"traceparent": "00-aa-bb-01"})


def test_an_accepted_sms_is_shown_with_its_trace(gateway: httpx.Client) -> None:
    answer = send(gateway)

    assert answer.status_code == 200
    assert answer.json()["status"] == "created"
    [row] = gateway.get("/sent", params={"to": ALICE}).json()
    assert (row["id"], row["traceparent"]) == (answer.json()["id"], "00-aa-bb-01")
    assert gateway.get("/sent", params={"to": BOB}).json() == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"to": "0701740605"}, 400),
        ({"from": "Sender-name"}, 400),
        ({"from": "TwelveLetter"}, 400),
        ({"message": ""}, 403),
        ({"whendelivered": "nowhere"}, 400),
    ],
)
def test_what_46elks_would_refuse_is_refused_in_plain_text(
    gateway: httpx.Client, fields: dict[str, str], status: int
) -> None:
    answer = send(gateway, **fields)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert gateway.get("/sent").json() == []


def test_a_wrong_password_is_refused(gateway: httpx.Client) -> None:
    assert gateway.get("/a1/sms", auth=("u-local", "guess")).status_code == 401


@pytest.mark.parametrize(("mode", "status"), [("fail", 500), ("reject", 400)])
def test_an_order_counts_down_and_then_all_is_well(gateway: httpx.Client, mode: str, status: int) -> None:
    gateway.put("/behaviour", json={"mode": mode, "count": 1, "to": ALICE})

    assert send(gateway, BOB).status_code == 200
    assert send(gateway, ALICE).status_code == status
    assert send(gateway, ALICE).status_code == 200
    assert len(gateway.get("/sent").json()) == 2


def test_a_gateway_that_hangs_has_accepted_nothing(gateway: httpx.Client) -> None:
    gateway.put("/behaviour", json={"mode": "hang", "count": 1})

    with pytest.raises(httpx.ReadTimeout):
        gateway.post("/a1/sms", data={"from": "VGR", "to": ALICE, "message": "x"}, timeout=0.3)

    assert gateway.get("/sent").json() == []


def test_a_dropped_answer_leaves_an_accepted_sms(gateway: httpx.Client) -> None:
    gateway.put("/behaviour", json={"mode": "drop", "count": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        send(gateway)

    assert len(gateway.get("/sent").json()) == 1


def test_a_late_answer_is_of_an_accepted_sms(gateway: httpx.Client) -> None:
    gateway.put("/behaviour", json={"mode": "late", "count": 1, "seconds": 30})

    with pytest.raises(httpx.ReadTimeout):
        gateway.post("/a1/sms", data={"from": "VGR", "to": ALICE, "message": "x"}, timeout=0.3)

    assert len(gateway.get("/sent").json()) == 1


def test_history_is_newest_first_between_its_dates_and_pages(gateway: httpx.Client) -> None:
    sent = [send(gateway).json() for _ in range(5)]
    send(gateway, BOB)

    first = gateway.get("/a1/sms", params={"to": ALICE, "limit": 2}).json()
    second = gateway.get("/a1/sms", params={"to": ALICE, "limit": 2, "start": first["next"]}).json()
    after = gateway.get("/a1/sms", params={"to": ALICE, "end": sent[3]["created"]}).json()

    ids = [row["id"] for row in sent]
    assert [row["id"] for row in first["data"] + second["data"]] == [ids[4], ids[3], ids[2], ids[1]]
    assert [row["id"] for row in after["data"]] == [ids[4]]
    assert "next" not in after


def test_a_text_that_is_not_to_be_logged_is_not_in_the_history(gateway: httpx.Client) -> None:
    sms = send(gateway, dontlog="message").json()

    assert "message" not in gateway.get(f"/a1/sms/{sms['id']}").json()


@pytest.mark.parametrize(
    ("mode", "status", "times"),
    [("ok", "delivered", 2), ("undelivered", "failed", 2), ("twice", "delivered", 3)],
)
def test_a_receipt_is_posted_until_it_is_taken(
    gateway: httpx.Client, receipts: str, mode: str, status: str, times: int
) -> None:
    gateway.put("/behaviour", json={"mode": mode, "count": 1})

    sms = send(gateway, whendelivered=receipts).json()

    eventually_now(lambda: len(Receiver.got) == times)
    assert {row["id"] for row in Receiver.got} == {sms["id"]}
    assert {row["status"] for row in Receiver.got} == {status}
    assert gateway.get(f"/a1/sms/{sms['id']}").json()["status"] == status


def test_a_killed_gateway_comes_back_with_what_it_accepted(server: Server, gateway: httpx.Client) -> None:
    sms = send(gateway).json()

    server.kill()
    server.start()

    with httpx.Client(base_url=server.url, auth=LOGIN) as again:
        assert [row["id"] for row in again.get("/sent").json()] == [sms["id"]]
        assert again.get(f"/a1/sms/{sms['id']}").status_code == 200


@pytest.mark.parametrize(("text", "parts"), [("å" * 160, 1), ("å" * 161, 2), ("ł" * 70, 1), ("ł" * 71, 2)])
def test_a_text_is_charged_by_its_alphabet(text: str, parts: int) -> None:
    assert parts_of(text) == parts
