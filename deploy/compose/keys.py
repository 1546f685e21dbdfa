"""Makes the keys and password files of a composed stack, each in the volume of whoever may read it.

What is there stays: a second start of the stack must open what the first has sealed. It runs as root, because it alone
gives volumes to the users of the other containers; it has no network.
"""

import base64
import json
import os
from pathlib import Path

from deploy.embedded import secret_files
from deploy.embedded.ports import SERVICES

VOLUMES = Path("/volumes")
# The users of our images and of the official image of MongoDB.
OURS, MONGODB = 10001, 999


def main() -> None:
    """Make what is missing and hand it over."""
    for name in ("master.key", "pseudonym.key"):
        secret_files.make_key(VOLUMES / "keys" / name)
    key_file = VOLUMES / "mongo-key" / "keyfile"
    if not key_file.exists():
        secret_files.write(key_file, base64.b64encode(os.urandom(96)).decode())
    tell_kafka_passwords(VOLUMES / "kafka-passwords" / "kafka.json")
    for volume in VOLUMES.iterdir():
        _give(volume, MONGODB if volume.name == "mongo-key" else OURS)


def tell_kafka_passwords(file: Path) -> None:
    """Write what the environment says. Whom it does not name keeps the password that provisioning has drawn."""
    drawn: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    secret_files.write(file, json.dumps({**drawn, **kafka_passwords()}))


def kafka_passwords() -> dict[str, str]:
    """Password by user of the broker, as the environment says: one per service and one per region's subscriber."""
    tenants = sorted(file.stem for file in Path(os.environ["SOB_TENANTS"]).glob("*.yaml"))
    services = {f"svc-{service}": password_of(service) for service in SERVICES}
    return {
        **services,
        **{slug: password_of(slug) for slug in tenants if f"{slug.upper()}_PASSWORD" in os.environ},
    }


def password_of(whom: str) -> str:
    """`<WHOM>_PASSWORD` of the environment."""
    return os.environ[f"{whom.upper()}_PASSWORD"]


def _give(volume: Path, user: int) -> None:
    for path in (volume, *volume.rglob("*")):
        os.chown(path, user, user)


if __name__ == "__main__":
    main()
