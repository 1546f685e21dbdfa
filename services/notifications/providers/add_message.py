"""The service contract AddMessage 2.0 as XML: every name of it stands here, and nowhere else (0029).

The order of the elements is the schema's. The message's own text is DocBook, of the few elements the contract takes.
"""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.notifications.entry_texts import Labels
from services.notifications.providers.port import Outgoing

SOAP_ACTION = "urn:mvk:crm:casemanagement:inbox:AddMessageResponder:2:AddMessage"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_REGISTRY = "urn:riv:itintegration:registry:1"
_RESPONDER = "urn:mvk:crm:casemanagement:inbox:AddMessageResponder:2"
_CORE = "urn:mvk:crm:casemanagement:inbox:2"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who calls: the HSA-id of this system, and the inbox's logical address where a platform lies between."""

    source_system: str | None = None
    logical_address: str | None = None


class UnreadableAnswerError(Exception):
    """The answer is none that the contract knows."""


def request(message: Outgoing, reference: str, consumer: Consumer, labels: Labels) -> bytes:
    """The call that adds a message. The resident is not notified by it: SMS and e-mail are ours (0029)."""
    envelope = ET.Element(f"{{{_SOAP}}}Envelope")
    if consumer.logical_address is not None:
        _text(
            ET.SubElement(envelope, f"{{{_SOAP}}}Header"),
            _REGISTRY,
            "LogicalAddress",
            consumer.logical_address,
        )
    body = ET.SubElement(envelope, f"{{{_SOAP}}}Body")
    call = ET.SubElement(body, f"{{{_RESPONDER}}}AddMessage")
    _text(call, _RESPONDER, "subjectOfCareId", message.to)
    _message(ET.SubElement(call, f"{{{_RESPONDER}}}message"), message, reference, labels)
    _text(call, _RESPONDER, "notify", "false")
    if consumer.source_system is not None:
        _text(call, _RESPONDER, "sourceSystem", consumer.source_system)
    written: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return written


def _message(element: ET.Element, message: Outgoing, reference: str, labels: Labels) -> None:
    case = ET.SubElement(element, f"{{{_CORE}}}caseType")
    _text(case, _CORE, "caseTypeDescription", labels.case)
    facility = ET.SubElement(element, f"{{{_CORE}}}healthCareFacility")
    _text(facility, _CORE, "hsaId", message.sender)
    if message.origin is not None and message.origin.unit_name is not None:
        _text(facility, _CORE, "healthCareFacilityName", message.origin.unit_name)
    _text(element, _CORE, "businessObjectId", reference)
    _text(element, _CORE, "headerText", message.wording.subject)
    _text(element, _CORE, "msg", article(message, labels))


def article(message: Outgoing, labels: Labels) -> str:
    """Heading and text, then why it is sent, how answers are used, and where to turn (R199)."""
    root = ET.Element("article")
    ET.SubElement(ET.SubElement(root, "info"), "title").text = message.wording.subject
    for paragraph in message.wording.body.split("\n\n"):
        ET.SubElement(root, "para").text = paragraph.strip()
    if message.origin is not None:
        _section(root, labels.purpose, message.origin.purpose, message.origin.answers)
        _section(root, labels.turn_to, message.origin.turn_to)
    return ET.tostring(root, encoding="unicode")


def _section(root: ET.Element, title: str, *paragraphs: str) -> None:
    section = ET.SubElement(root, "section")
    ET.SubElement(section, "title").text = title
    for paragraph in paragraphs:
        ET.SubElement(section, "para").text = paragraph


def result_code(answer: bytes) -> str:
    """OK, INFO or ERROR. Raises UnreadableAnswerError."""
    try:
        found = fromstring(answer).find(
            f"{{{_SOAP}}}Body/{{{_RESPONDER}}}AddMessageResponse/{{{_RESPONDER}}}resultCode"
        )
    except (ET.ParseError, DefusedXmlException, ValueError):
        raise UnreadableAnswerError from None
    if found is None or found.text not in {"OK", "INFO", "ERROR"}:
        raise UnreadableAnswerError
    return found.text


def _text(parent: ET.Element, namespace: str, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{namespace}}}{name}").text = text
