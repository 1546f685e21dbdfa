"""AddMessage 2.0 as its producer sees it: what a call must hold, in which order, and what is answered."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

SOAP_ACTION = "urn:mvk:crm:casemanagement:inbox:AddMessageResponder:2:AddMessage"
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_RESPONDER = "{urn:mvk:crm:casemanagement:inbox:AddMessageResponder:2}"
_CORE = "{urn:mvk:crm:casemanagement:inbox:2}"
# The order of the schema; what is not marked may be left out.
_CALL = ("subjectOfCareId!", "message!", "notify!", "sourceSystem")
_MESSAGE = (
    *("id", "caseReadStatus", "actionDate", "actionTime", "caseType", "userSelectionStatus"),
    *("healthCareFacility", "booking", "businessObjectId", "headerText", "bodyText", "details"),
    *("msg!", "urlConfiguration"),
)
_FACILITY = (
    *("hsaId", "healthCareFacilityName", "healthCareFacilityAddress", "healthCareFacilityPostalCode"),
    *("healthCareFacilityPostalCity", "healthCareFacilityTelephone", "childHsaId", "isServiceCategory"),
)
_SUBJECT = re.compile(r"[0-9]{8}[0-9pPtTfF][0-9]{3}")
# Which elements a text may be made of, by the one around it.
_DOCBOOK = {
    "article": {"info", "para", "section", "bibliography", "variablelist"},
    "info": {"title"},
    "section": {"info", "title", "para", "bibliography", "variablelist"},
    "para": {"ulink"},
    "variablelist": {"title", "varlistentry"},
    "varlistentry": {"term", "listitem"},
}


class BrokenContractError(Exception):
    """The call is none that the contract allows; the text says where."""


def read_call(content: bytes) -> dict[str, str]:
    """What is asked. Raises BrokenContractError."""
    try:
        envelope = fromstring(content)
    except (ET.ParseError, DefusedXmlException) as error:
        raise BrokenContractError(f"no XML: {type(error).__name__}") from None
    call = envelope.find(f"{_SOAP}Body/{_RESPONDER}AddMessage")
    if call is None:
        raise BrokenContractError("no AddMessage in the body")
    asked = _children(call, _RESPONDER, _CALL)
    message = _children(asked["message"], _CORE, _MESSAGE)
    facility = (
        _children(message["healthCareFacility"], _CORE, _FACILITY) if "healthCareFacility" in message else {}
    )
    subject, notify = _text(asked, "subjectOfCareId"), _text(asked, "notify")
    if _SUBJECT.fullmatch(subject) is None:
        raise BrokenContractError("subjectOfCareId is no identity number")
    if notify not in {"true", "false", "1", "0"}:
        raise BrokenContractError("notify is neither true nor false")
    if notify in {"true", "1"} and "sourceSystem" not in asked:
        raise BrokenContractError("sourceSystem is required with notify")
    text = _text(message, "msg")
    _check_docbook(text)
    return {
        "to": subject,
        "reference": _text(message, "businessObjectId"),
        "heading": _text(message, "headerText"),
        "text": text,
        "unit": _text(facility, "hsaId"),
        "unit_name": _text(facility, "healthCareFacilityName"),
        "notify": notify,
        "source_system": _text(asked, "sourceSystem"),
    }


def answer(result: str, text: str | None = None) -> bytes:
    """An answer of the contract: OK, INFO or ERROR."""
    envelope = ET.Element(f"{_SOAP}Envelope")
    response = ET.SubElement(ET.SubElement(envelope, f"{_SOAP}Body"), f"{_RESPONDER}AddMessageResponse")
    ET.SubElement(response, f"{_RESPONDER}resultCode").text = result
    if text is not None:
        ET.SubElement(response, f"{_RESPONDER}resultText").text = text
    written: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return written


def fault(code: str, text: str) -> bytes:
    """A technical fault; it goes with HTTP 500."""
    envelope = ET.Element(f"{_SOAP}Envelope")
    element = ET.SubElement(ET.SubElement(envelope, f"{_SOAP}Body"), f"{_SOAP}Fault")
    ET.SubElement(element, "faultcode").text = f"soap:{code}"
    ET.SubElement(element, "faultstring").text = text
    written: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return written


def _children(parent: ET.Element, namespace: str, allowed: Sequence[str]) -> dict[str, ET.Element]:
    """The children by name, all of them allowed, each once and in the order of the schema."""
    order = [name.rstrip("!") for name in allowed]
    found: dict[str, ET.Element] = {}
    last = -1
    for child in parent:
        name = child.tag.removeprefix(namespace)
        if name == child.tag or name not in order:
            raise BrokenContractError(f"{child.tag} does not belong in {parent.tag}")
        if order.index(name) <= last:
            raise BrokenContractError(f"{name} comes too late in {parent.tag}")
        last = order.index(name)
        found[name] = child
    for name in allowed:
        if name.endswith("!") and name[:-1] not in found:
            raise BrokenContractError(f"{parent.tag} has no {name[:-1]}")
    return found


def _text(elements: dict[str, ET.Element], name: str) -> str:
    return (elements[name].text or "") if name in elements else ""


def _check_docbook(text: str) -> None:
    try:
        root = fromstring(text)
    except (ET.ParseError, DefusedXmlException):
        raise BrokenContractError("msg is no XML") from None
    if root.tag != "article":
        raise BrokenContractError("msg is no article")
    for parent in root.iter():
        for child in parent:
            if child.tag not in _DOCBOOK.get(parent.tag, set()):
                raise BrokenContractError(f"{child.tag} does not belong in {parent.tag} of msg")
