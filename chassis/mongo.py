"""The database connection, and transactions that either happen once or say that they did not.

One of the few modules that may import a driver. A transaction here holds writes only: what it depends on was read
before and is checked by version in the write itself, so running its body again is always safe.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure, InvalidOperation, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Session = AsyncIOMotorClientSession
Transaction = ClientSession
T = TypeVar("T")

_MAJORITY = WriteConcern("majority", j=True)
_DEADLINE_SECONDS = 15.0
_MOST_CONNECTIONS = 32
_THREADS = ThreadPoolExecutor(_MOST_CONNECTIONS, thread_name_prefix="transaction")
_TRANSIENT = "TransientTransactionError"
_UNKNOWN_COMMIT = "UnknownTransactionCommitResult"
# What a server says that is there and cannot serve, by code: not allowed or not known yet, out of time, disk or
# sessions, shutting down, stepping down.
_CANNOT_SERVE = frozenset(
    {13, 18, 43, 50, 89, 91, 189, 202, 261, 262, 290, 10107, 11600, 11602, 13435, 13436, 14031}
)


class UnavailableError(Exception):
    """The database or the broker does not answer: nobody's fault here, and it may heal."""


def is_infrastructure(error: BaseException) -> bool:
    """Whether the database (or what leads to it) is at fault, and not what it was asked to do."""
    match error:
        case UnavailableError() | ConnectionFailure():
            return True
        case OperationFailure():
            return error.code in _CANNOT_SERVE or error.has_error_label(_TRANSIENT)
        case _:
            return False


def connect(uri: str) -> Client:
    """A client with majority writes; every answer that says "saved" survives the loss of a primary."""
    return AsyncIOMotorClient(
        uri,
        tz_aware=True,
        w="majority",
        journal=True,
        retryWrites=True,
        serverSelectionTimeoutMS=5000,
        connectTimeoutMS=5000,
        socketTimeoutMS=20000,
        maxPoolSize=_MOST_CONNECTIONS,
        appname="sob",
    )


def database(client: Client, name: str) -> Database:
    """A service's database by name; reads see only what a majority has."""
    return client.get_database(
        name,
        read_concern=ReadConcern("local"),
        write_concern=_MAJORITY,
        read_preference=ReadPreference.PRIMARY,
    )


async def in_transaction(client: Client, body: Callable[[Transaction], T]) -> T:
    """Run `body` in one transaction and commit it; both are retried while the driver says that is safe.

    All of it runs in one thread, with what Motor wraps (`delegate`): a round trip to a thread for each of its calls
    costs more than they do. Whoever stops waiting does not stop it, and does not know how it ends.
    Raises what `body` raises, and UnavailableError when the database has not answered for 15 s.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _run, client.delegate, body)


def _run(client: MongoClient[Document], body: Callable[[Transaction], T]) -> T:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    pause = 0.005
    while True:
        try:
            with client.start_session() as session:
                session.start_transaction(read_concern=ReadConcern("local"), write_concern=_MAJORITY)
                try:
                    result = body(session)
                except BaseException:
                    _abort(session)
                    raise
                _commit(session, deadline)
                return result
        except PyMongoError as error:
            transient = error.has_error_label(_TRANSIENT) or isinstance(error, ConnectionFailure)
            if not transient:
                raise
            if time.monotonic() > deadline:
                raise UnavailableError("The database does not answer; try again later.") from error
            time.sleep(pause)
            pause = min(pause * 2, 0.5)


def _abort(session: Transaction) -> None:
    try:
        session.abort_transaction()
    except (PyMongoError, InvalidOperation):
        # The server drops a transaction that nobody commits; why it failed is told by the first error.
        return


def _commit(session: Transaction, deadline: float) -> None:
    while True:
        try:
            session.commit_transaction()
            return
        except PyMongoError as error:
            if not error.has_error_label(_UNKNOWN_COMMIT) or error.has_error_label(_TRANSIENT):
                raise
            if time.monotonic() > deadline:
                raise UnavailableError(
                    "It is not known whether the change was saved; repeat the request."
                ) from error
            time.sleep(0.05)
