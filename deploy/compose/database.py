"""Makes the container's mongod a replica set with one user per service; done again, it changes nothing.

It shares the network of that container, since an empty MongoDB takes its first administrator from loopback alone.
"""

import json
import tempfile
from pathlib import Path

from deploy.compose.keys import password_of
from deploy.embedded import secret_files
from deploy.embedded.mongod import ADMIN, Mongod
from deploy.embedded.ports import SERVICES

# As the services reach it, by the name in docker-compose.yml.
ADDRESS = "mongo:27017"


def main() -> None:
    """Wait for it and settle it."""
    with tempfile.TemporaryDirectory() as scratch:
        server = Mongod(Path(scratch), 27017, auth=True, services=SERVICES, announced=ADDRESS)
        passwords = {ADMIN: password_of(ADMIN), **{f"svc-{name}": password_of(name) for name in SERVICES}}
        secret_files.write(server.users_file, json.dumps(passwords))
        server.wait()
        server.settle()


if __name__ == "__main__":
    main()
