"""`python -m contracts snapshot | check | asyncapi | permissions`: write, compare or print what is published."""

import json
import sys
from collections.abc import Sequence

from contracts import schemas
from contracts.asyncapi import document
from contracts.permissions import page


def main(arguments: Sequence[str]) -> int:
    """0 when done or right; 1 with a diff when a snapshot differs; 2 for a command that does not exist."""
    match arguments:
        case ["snapshot"]:
            schemas.write()
            return 0
        case ["check"]:
            return _check()
        case ["asyncapi"]:
            print(json.dumps(document(), indent=2, ensure_ascii=False))
            return 0
        case ["permissions"]:
            print(page(), end="")
            return 0
    print("usage: python -m contracts snapshot|check|asyncapi|permissions", file=sys.stderr)
    return 2


def _check() -> int:
    differences = list(schemas.differences())
    for difference in differences:
        print(difference)
    if differences:
        print(
            "If the change is meant: `python -m contracts snapshot`, and a line in CHANGELOG.md.",
            file=sys.stderr,
        )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
