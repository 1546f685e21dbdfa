"""The local 1177 inbox takes what the service contract allows, knows afterwards what it took, and refuses the rest."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from deploy.embedded.inbox_contract import SOAP_ACTION, BrokenContractError, read_call
from tests.embedded.conftest import Server

NUMBER = "199001029827"
CALL = """<?xml version="1.0"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:a="urn:mvk:crm:casemanagement:inbox:AddMessageResponder:2" xmlns:c="urn:mvk:crm:casemanagement:inbox:2">
<e:Body><a:AddMessage><a:subjectOfCareId>199001029827</a:subjectOfCareId>
<a:message><c:healthCareFacility><c:hsaId>SE2321000131-E000000000001</c:hsaId></c:healthCareFacility>
<c:businessObjectId>vgr.1</c:businessObjectId><c:headerText>Hej</c:headerText>
<c:msg>&lt;article>&lt;info>&lt;title>Hej&lt;/title>&lt;/info>&lt;para>Text.&lt;/para>&lt;/article></c:msg></a:message>
<a:notify>false</a:notify></a:AddMessage></e:Body></e:Envelope>"""


@pytest.fixture(scope="module")
def server(serve: Callable[[str], Server]) -> Server:
    return serve("inbox")


@pytest.fixture
def inbox(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=5) as client:
        client.delete("/sent")
        client.put("/behaviour", json={"mode": "ok"})
        yield client


def add(inbox: httpx.Client, timeout: float = 5) -> httpx.Response:
    headers = {"Content-Type": "text/xml", "SOAPAction": f'"{SOAP_ACTION}"'}
    return inbox.post("/AddMessage", content=CALL.encode(), headers=headers, timeout=timeout)


def test_an_accepted_message_is_shown_traced_and_survives_a_kill(server: Server, inbox: httpx.Client) -> None:
    assert "<ns1:resultCode>OK" in add(inbox).text or ":resultCode>OK<" in add(inbox).text
    server.kill()
    server.start()

    row = inbox.get("/sent", params={"to": NUMBER}).json()[0]
    assert (row["unit"], row["heading"], row["reference"]) == ("SE2321000131-E000000000001", "Hej", "vgr.1")
    assert inbox.get("/trace", params={"reference": "vgr.1"}).json()["status"] == "accepted"
    assert inbox.get("/trace", params={"reference": "vgr.2"}).status_code == 404


@pytest.mark.parametrize(
    ("mode", "status", "said"),
    [("fail", 500, "Fault"), ("reject", 200, "ERROR"), ("undelivered", 200, "INFO")],
)
def test_what_is_refused_is_not_taken(inbox: httpx.Client, mode: str, status: int, said: str) -> None:
    inbox.put("/behaviour", json={"mode": mode, "count": 1})

    answer = add(inbox)

    assert answer.status_code == status and said in answer.text
    assert inbox.get("/sent").json() == []


@pytest.mark.parametrize(("mode", "taken"), [("hang", 0), ("drop", 1)])
def test_an_answer_that_never_comes_can_be_traced(inbox: httpx.Client, mode: str, taken: int) -> None:
    inbox.put("/behaviour", json={"mode": mode, "count": 1})

    with pytest.raises(httpx.TransportError):
        add(inbox, timeout=0.5)

    assert len(inbox.get("/sent").json()) == taken


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("<a:notify>maybe</a:notify>", "<a:notify>false</a:notify>"),
        ("<a:notify>true</a:notify>", "<a:notify>false</a:notify>"),
        ("", "<a:notify>false</a:notify>"),
        ("199001-9827", NUMBER),
        ("<c:headerText>Hej</c:headerText><c:businessObjectId/>", "<c:headerText>Hej</c:headerText>"),
        ("<c:surprise/>", "<c:headerText>Hej</c:headerText>"),
        ("&lt;b>Text.&lt;/b>", "Text."),
        ("&lt;letter>", "&lt;article>"),
        ('<!DOCTYPE e [<!ENTITY x "y">]><e:Envelope', "<e:Envelope"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(wrong: str, right: str) -> None:
    read_call(CALL.encode())

    with pytest.raises(BrokenContractError):
        read_call(CALL.replace(right, wrong, 1).encode())
