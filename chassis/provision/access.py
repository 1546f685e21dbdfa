"""Who may come to the broker, and what each may do there."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.provision.broker import Broker, kafka
from chassis.provision.wanted import Grant

_GRANTS_AT_ONCE = 500
# Kafka's own number; the passwords are random, so more would guard nothing.
_SCRAM_ITERATIONS = 4096


class Access:
    """The users and rights of a cluster."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._admin = broker.admin
        self._timeout = broker.timeout
        self._scram = kafka.ScramMechanism.SCRAM_SHA_256

    def users(self) -> set[str]:
        """Every user with a SCRAM-SHA-256 password."""
        future = self._admin.describe_user_scram_credentials(None, request_timeout=self._timeout)
        found: Mapping[str, Any] = self._broker.settle("list", {"users": future})["users"]
        return {
            user
            for user, description in found.items()
            if any(info.mechanism == self._scram for info in description.scram_credential_infos)
        }

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """Give users these passwords; a user is made by its first."""
        if passwords:
            info = kafka.ScramCredentialInfo(self._scram, _SCRAM_ITERATIONS)
            given = [
                kafka.UserScramCredentialUpsertion(user, info, password.encode())
                for user, password in passwords.items()
            ]
            futures = self._admin.alter_user_scram_credentials(given, request_timeout=self._timeout)
            self._broker.settle("give a password to", futures)

    def delete_user(self, user: str) -> None:
        """Take the password away. Connections that are open live on: take the rights away first."""
        gone = [kafka.UserScramCredentialDeletion(user, self._scram)]
        futures = self._admin.alter_user_scram_credentials(gone, request_timeout=self._timeout)
        self._broker.settle("delete", futures)

    def grants(self) -> set[Grant]:
        """Every right that is allowed to a user; what an administrator has denied is not looked at."""
        every = kafka.AclBindingFilter(
            kafka.ResourceType.ANY,
            None,
            kafka.ResourcePatternType.ANY,
            None,
            None,
            kafka.AclOperation.ANY,
            kafka.AclPermissionType.ALLOW,
        )
        future = self._admin.describe_acls(every, request_timeout=self._timeout)
        found: Sequence[Any] = self._broker.settle("list", {"rights": future})["rights"]
        return {_grant(acl) for acl in found if acl.principal.startswith("User:")}

    def allow(self, grants: Sequence[Grant]) -> None:
        """Give these rights."""
        for some in self._broker.portions("rights", grants, _GRANTS_AT_ONCE):
            bindings = [_acl(kafka.AclBinding, grant) for grant in some]
            self._broker.settle("allow", self._admin.create_acls(bindings, request_timeout=self._timeout))

    def take_back(self, grants: Sequence[Grant]) -> None:
        """Take exactly these rights away."""
        for some in self._broker.portions("rights taken back", grants, _GRANTS_AT_ONCE):
            filters = [_acl(kafka.AclBindingFilter, grant) for grant in some]
            self._broker.settle("take back", self._admin.delete_acls(filters, request_timeout=self._timeout))


def _grant(acl: Any) -> Grant:
    return Grant(
        acl.principal.removeprefix("User:"),
        acl.operation.name,
        acl.restype.name,
        acl.resource_pattern_type.name,
        acl.name,
        acl.host,
    )


def _acl(kind: Any, grant: Grant) -> Any:
    return kind(
        kafka.ResourceType[grant.resource],
        grant.name,
        kafka.ResourcePatternType[grant.pattern],
        f"User:{grant.user}",
        grant.host,
        kafka.AclOperation[grant.operation],
        kafka.AclPermissionType.ALLOW,
    )
