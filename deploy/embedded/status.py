"""What a local stack is made of and whether it is ready: for people a table, for programs one JSON object."""

import json
from typing import Any

from deploy.embedded.asking import are_ready, is_listening
from deploy.embedded.home import Home
from deploy.embedded.ports import DEFAULT_BASE, HOST, KINDS, SERVICES, Ports
from deploy.embedded.supervisor_socket import pids as pids_of

_HTTP_PARTS = {"issuer": "issuer", "sms": "sms", "smtp": "smtp-http", "inbox": "inbox"}
_PORT_OF_PART = {"mongod": "mongo", "kafka": "kafka", **_HTTP_PARTS}


def status(home: Home) -> dict[str, Any]:
    """Everything there is to know, in one object; pids are none and nothing is ready while it does not run."""
    facts = home.read_facts() or {}
    ports = Ports(facts.get("port_base", DEFAULT_BASE))
    pids = pids_of(home.socket)
    services = [
        {
            "name": service,
            "kind": kind,
            "pid": pids.get(f"{service}-{kind}"),
            "url": f"http://{HOST}:{ports.of_service(service, kind)}",
        }
        for service in SERVICES
        for kind in KINDS
    ]
    parts = _parts(ports, pids)
    addresses = [f"{row['url']}/health/ready" for row in services]
    addresses += [f"{row['url']}/health" for row in parts if row["name"] in _HTTP_PARTS]
    answers = dict(zip(addresses, are_ready(addresses) if pids else [False] * len(addresses), strict=True))
    for row in services:
        row["ready"] = row["pid"] is not None and answers[f"{row['url']}/health/ready"]
    for row in parts:
        port = ports.parts[_PORT_OF_PART[str(row["name"])]]
        row["ready"] = row["pid"] is not None and answers.get(
            f"{row['url']}/health", is_listening(HOST, port)
        )
    return {
        "running": bool(pids),
        "services": services,
        "parts": parts,
        "kafka": _kafka(ports),
        "mongo": {"uri": facts.get("mongo_uri")},
        "sms": {"url": _url(ports, "sms")},
        "smtp": {"url": f"smtp://{HOST}:{ports.parts['smtp']}", "http": _url(ports, "smtp-http")},
        "inbox": {"url": _url(ports, "inbox")},
        "issuer": {"url": _url(ports, "issuer")},
        "data": str(home.data),
        "logs": str(home.logs),
        "port_base": ports.base,
    }


def as_json(home: Home) -> str:
    """The object as text."""
    return json.dumps(status(home), indent=1)


def _kafka(ports: Ports) -> dict[str, str]:
    names = {"bootstrap": "kafka", "sasl_bootstrap": "kafka-sasl"}
    return {key: f"{HOST}:{ports.parts[name]}" for key, name in names.items()}


def _parts(ports: Ports, pids: dict[str, int | None]) -> list[dict[str, Any]]:
    urls = {
        "mongod": f"mongodb://{HOST}:{ports.parts['mongo']}",
        "kafka": f"kafka://{HOST}:{ports.parts['kafka']}",
        **{name: _url(ports, port) for name, port in _HTTP_PARTS.items()},
    }
    return [{"name": name, "pid": pids.get(name), "url": url} for name, url in urls.items()]


def _url(ports: Ports, part: str) -> str:
    return f"http://{HOST}:{ports.parts[part]}"
