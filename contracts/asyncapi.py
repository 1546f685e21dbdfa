"""The published language as an AsyncAPI 3.0 document, made from the registry alone.

It names no server: where a region's broker stands is the region's to say. A channel is a topic of any tenant.
"""

from collections.abc import Mapping
from typing import Any

from contracts.examples import example
from contracts.message import Message
from contracts.registry import MESSAGES, TOPICS, Topic, topic_name

_DAY_MS = 24 * 60 * 60 * 1000

_HEADERS: Mapping[str, str] = {
    "ce_specversion": "the version of CloudEvents, always 1.0",
    "ce_id": "unique with ce_source: the same message again has the same id",
    "ce_source": "/<tenant>/<service>, who says it",
    "ce_type": "what is said, with its major version",
    "ce_time": "when it was said, RFC 3339",
    "ce_subject": "the aggregate it is about",
    "ce_tenant": "the region",
    "ce_sequence": "grows with each message about the same aggregate",
    "content-type": "of the value, always application/json",
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stöd och behandling: events and commands",
            "version": "1.0.0",
            "description": (
                "What the services of Stöd och behandling say on Kafka. CloudEvents 1.0 in binary mode: the "
                "envelope in headers, the value as JSON. No personal data: ids, codes, times and counts alone. "
                "A reader ignores fields and skips types it does not know."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_channel(topic): _channel_object(topic) for topic in TOPICS},
        "operations": dict(_operation(topic) for topic in TOPICS),
        "components": {
            "messages": {message.__name__: _message(message) for message in MESSAGES.values()},
            "schemas": {"Envelope": _envelope(), **_shared_schemas()},
        },
    }


def _channel(topic: Topic) -> str:
    return f"{topic.service}.{topic.stream}.v{topic.version}"


def _channel_object(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic_name("{tenant}", topic.service, topic.stream, topic.version),
        "title": f"{topic.stream} of {topic.service}",
        "messages": {
            message.__name__: {"$ref": f"#/components/messages/{message.__name__}"}
            for message in topic.messages
        },
        "parameters": {"tenant": {"description": "The slug of the region.", "examples": ["vgr"]}},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_days * _DAY_MS,
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-owner": topic.service,
        "x-key": topic.key,
        "x-producers": list(topic.producers),
        "x-consumers": list(topic.consumers),
    }


def _operation(topic: Topic) -> tuple[str, dict[str, Any]]:
    channel = {"$ref": f"#/channels/{_pointer(_channel(topic))}"}
    name = f"send_{topic.service}_{topic.stream}_v{topic.version}"
    return name, {"action": "send", "channel": channel, "summary": f"Said by {', '.join(topic.producers)}."}


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _message(message: type[Message]) -> dict[str, Any]:
    shown = example(message)
    payload = _schema(message)
    payload.pop("$defs", None)
    keys = sorted({topic.key for topic in TOPICS if message in topic.messages})
    return {
        "name": message.type(),
        "title": message.__name__,
        "summary": " ".join((message.__doc__ or "").split()),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"the value of {' or '.join(keys)}"},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": message.__name__, "headers": shown.headers, "payload": shown.value}],
    }


def _shared_schemas() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for message in MESSAGES.values():
        found |= _schema(message).get("$defs", {})
    return found


def _schema(message: type[Message]) -> dict[str, Any]:
    return message.model_json_schema(ref_template="#/components/schemas/{model}")


def _envelope() -> dict[str, Any]:
    names = {name: {"type": "string", "description": meaning} for name, meaning in _HEADERS.items()}
    traceparent = {"type": "string", "description": "W3C trace context; may be absent"}
    return {
        "type": "object",
        "properties": {**names, "traceparent": traceparent},
        "required": [name for name in _HEADERS if name != "ce_sequence"],
    }
