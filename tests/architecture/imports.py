"""Who may import what: lists that are as short as they can be, and are changed on purpose."""

import sys
from collections.abc import Iterator

from tests.architecture.source import Module

DRIVERS = {"motor", "pymongo", "gridfs", "bson"}
BROKER = {"aiokafka", "faststream", "confluent_kafka"}

# What speaks the database's language. Services do it in their store/ folders alone.
DRIVER_MODULES = {
    f"chassis/{name}.py"
    for name in (
        "changes",
        "consumer",
        "erasure",
        "grants",
        "handling",
        "indexes",
        "keyring",
        "leases",
        "mongo",
        "parking",
        "relay",
        "retrying",
        "testing",
        "timers",
    )
} | {
    "chassis/http/idempotency.py",
    "chassis/provision/apply.py",
    "deploy/demo/judges.py",
    "deploy/embedded/mongod.py",
}

ENVELOPE_OF_CONTRACTS = {"pydantic", "contracts"}


def drivers_out_of_place(module: Module) -> Iterator[str]:
    """The database's drivers belong in few modules of the chassis and in the services' stores."""
    in_store = module.parts[0] == "services" and "store" in module.parts
    if module.is_test or in_store or module.path in DRIVER_MODULES or module.parts[0] == "bench":
        return
    for line, name in module.imports:
        if name.split(".")[0] in DRIVERS:
            yield f"{module.path}:{line} imports {name}: a driver belongs in store/."


def broker_out_of_place(module: Module) -> Iterator[str]:
    """The broker's clients belong in the chassis."""
    if module.is_test or module.parts[0] not in ("services", "contracts"):
        return
    for line, name in module.imports:
        if name.split(".")[0] in BROKER:
            yield f"{module.path}:{line} imports {name}: only the chassis talks to the broker."


def domain_looks_out(module: Module) -> Iterator[str]:
    """A domain knows the standard library, chassis.errors and the domains of its own service."""
    if module.parts[0] != "services" or "domain" not in module.parts or module.is_test:
        return
    service = module.parts[:2]
    for line, name in module.imports:
        is_own = name.split(".")[:2] == list(service) and "domain" in name.split(".")
        is_error = name == "chassis.errors" or name.startswith("chassis.errors.")
        if not (is_own or is_error or name.split(".")[0] in sys.stdlib_module_names):
            yield f"{module.path}:{line} imports {name}: a domain knows chassis.errors and nothing else."


def contracts_look_out(module: Module) -> Iterator[str]:
    """The published language can be taken away with pydantic alone."""
    if module.parts[0] != "contracts":
        return
    for line, name in module.imports:
        first = name.split(".")[0]
        if first not in ENVELOPE_OF_CONTRACTS and first not in sys.stdlib_module_names:
            yield f"{module.path}:{line} imports {name}: contracts need pydantic alone."


def services_look_at_each_other(module: Module) -> Iterator[str]:
    """Services speak on topics; neither code nor tests of one know another. Journeys do, over HTTP."""
    if module.parts[0] != "services":
        return
    own = module.parts[1]
    for line, name in module.imports:
        parts = name.split(".")
        if parts[0] == "services" and parts[1:2] != [own]:
            yield f"{module.path}:{line} imports {name}: no service knows another."
