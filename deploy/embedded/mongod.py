"""The real MongoDB as a replica set of one, with users that each open two databases and no other.

Everything here may be done again: a second start finds its users, and a moved port moves the replica set.
"""

import base64
import json
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.embedded import secret_files
from deploy.embedded.parts import find_mongod
from deploy.embedded.ports import HOST, free_port
from deploy.embedded.process import Process, StartError

REPLICA_SET = "sob"
TRANSACTION_SECONDS = 8
ADMIN = "admin"
_UNAUTHORIZED, _AUTHENTICATION_FAILED, _ALREADY_INITIALIZED, _NOT_YET_INITIALIZED = 13, 18, 23, 94

Client = MongoClient[dict[str, Any]]


class Mongod(Process):
    """One mongod below `data_dir`; with `auth`, one user for each of `services` and an administrator."""

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        auth: bool = False,
        services: Sequence[str] = (),
        cache_gb: float = 0.25,
        announced: str | None = None,
    ) -> None:
        """`announced` is the address the replica set tells its clients, when that is not loopback."""
        super().__init__("mongod", data_dir)
        self.port = port or free_port()
        self._announced = announced
        self.auth = auth
        self.services = tuple(services)
        self.cache_gb = cache_gb

    @property
    def users_file(self) -> Path:
        """Passwords by user name, readable to its owner alone."""
        return self.data_dir / "users.json"

    @property
    def admin_uri(self) -> str:
        """The address with the rights of the administrator (`root`)."""
        return self._uri(ADMIN)

    def uri(self, service: str) -> str:
        """The address for one service's own user; without `auth` the same for all."""
        return self._uri(f"svc-{service}")

    def argv(self) -> list[str]:
        """The command of mongod, for a child or for a supervisor; `prepare` must have been called."""
        command = [find_mongod(), "--dbpath", str(self.data_dir / "db"), "--port", str(self.port)]
        command += [
            "--bind_ip",
            HOST,
            "--nounixsocket",
            "--replSet",
            REPLICA_SET,
            "--oplogSize",
            "512",
            "--quiet",
        ]
        command += ["--wiredTigerCacheSizeGB", str(self.cache_gb)]
        # Uncompressed, so that a search of the raw files for what must not be readable would find it.
        command += ["--wiredTigerCollectionBlockCompressor", "none", "--wiredTigerJournalCompressor", "none"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        # The transaction of a killed process holds what it wrote until then: by default a minute.
        command += ["--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"]
        return [*command, "--keyFile", str(self._key_file)] if self.auth else command

    def prepare(self) -> None:
        """Make the folders, the key file and the passwords (before the users: a crash in between loses none)."""
        (self.data_dir / "db").mkdir(parents=True, exist_ok=True)
        if not self.auth:
            return
        if not self._key_file.exists():
            secret_files.write(self._key_file, base64.b64encode(os.urandom(96)).decode())
        names = [ADMIN, *(f"svc-{service}" for service in self.services)]
        secret_files.merge_json(self.users_file, {name: secrets.token_hex(20) for name in names})

    def answers(self) -> bool:
        """Whether it serves connections; it may not be primary yet."""
        try:
            with self._client(milliseconds=500) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def settle(self) -> None:
        """Make it primary and make its users; returns when writes are taken."""
        known = self.auth and self._knows_admin()
        with self._client(as_admin=known) as client:
            self._configure(client)
        # A client opened before the set was initiated has cached a server without sessions.
        with self._client(as_admin=known) as client:
            self._await_primary(client)
            if self.auth and not known:
                client.admin.command({"createUser": ADMIN, "pwd": self._password(ADMIN), "roles": ["root"]})
        if self.services and self.auth:
            with self._client(as_admin=True) as client:
                self._make_users(client)

    def _configure(self, client: Client) -> None:
        member = {"_id": 0, "host": self._announced or f"{HOST}:{self.port}"}
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as refusal:
            if refusal.code not in (_NOT_YET_INITIALIZED, _UNAUTHORIZED):
                raise
            self._initiate(client, {"_id": REPLICA_SET, "members": [member]})
            return
        if config["members"][0]["host"] != member["host"]:
            config["members"][0]["host"] = member["host"]
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def _initiate(self, client: Client, config: dict[str, object]) -> None:
        try:
            client.admin.command("replSetInitiate", config)
        except OperationFailure as refusal:
            # Initiated by a start that was killed before it had made the administrator.
            if refusal.code != _ALREADY_INITIALIZED:
                raise

    def _await_primary(self, client: Client, timeout: float = 30) -> None:
        deadline = time.monotonic() + timeout
        while not client.admin.command("hello").get("isWritablePrimary"):
            if time.monotonic() > deadline:
                raise StartError(f"mongod on port {self.port} did not become primary in {timeout:.0f} s")
            time.sleep(0.02)

    def _make_users(self, client: Client) -> None:
        known = {row["user"] for row in client.admin.command("usersInfo", 1)["users"]}
        for service in self.services:
            if f"svc-{service}" not in known:
                roles = [{"role": "readWrite", "db": database} for database in (service, f"{service}_keys")]
                name = f"svc-{service}"
                client.admin.command({"createUser": name, "pwd": self._password(name), "roles": roles})

    def _knows_admin(self) -> bool:
        try:
            with self._client(as_admin=True) as client:
                client.admin.command("ping")
        except OperationFailure as refusal:
            if refusal.code != _AUTHENTICATION_FAILED:
                raise
            return False
        return True

    def _client(self, *, as_admin: bool = False, milliseconds: int = 10_000) -> Client:
        login = f"{ADMIN}:{self._password(ADMIN)}@" if as_admin else ""
        return MongoClient(
            f"mongodb://{login}{HOST}:{self.port}/",
            directConnection=True,
            serverSelectionTimeoutMS=milliseconds,
            maxPoolSize=2,
        )

    def _uri(self, user: str) -> str:
        if not self.auth:
            return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}"
        login = f"{user}:{self._password(user)}"
        return f"mongodb://{login}@{HOST}:{self.port}/?replicaSet={REPLICA_SET}&authSource=admin"

    def _password(self, user: str) -> str:
        passwords: dict[str, str] = json.loads(self.users_file.read_text())
        return passwords[user]

    @property
    def _key_file(self) -> Path:
        return self.data_dir / "keyfile"
