"""The broker's topics as provisioning sees and changes them, in few requests."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import confluent_kafka.admin
from confluent_kafka import KafkaError, KafkaException

from chassis.provision.wanted import ProvisionError, WantedTopic
from chassis.settings import KafkaSettings

# The client's module does not export its names to type checkers.
kafka: Any = confluent_kafka.admin

_TIMEOUT_SECONDS = 30.0
_MOST_REPLICAS = 3
# What one request carries at most, so that a person sees it move and the controller is not held up.
_TOPICS_AT_ONCE = 50
T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is."""

    partitions: int
    replicas: int


class Broker:
    """The administrator's view of a cluster. Whatever the broker refuses is a ProvisionError."""

    def __init__(
        self,
        settings: KafkaSettings,
        progress: Progress,
        *,
        patience: float = 10,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        """`patience` is how many seconds to wait for a broker at all, `timeout` for each answer."""
        self._bootstrap = settings.kafka_bootstrap
        self._patience = patience
        self._brokers = 1
        self.progress = progress
        self.timeout = timeout
        # librdkafka writes to stderr what the one-line error says better.
        silent = logging.getLogger("librdkafka")
        silent.setLevel(logging.CRITICAL)
        self.admin: Any = kafka.AdminClient(_connection(settings), logger=silent)

    def topics(self) -> dict[str, FoundTopic]:
        """Every topic of the cluster. Also the first question, so a missing broker is told here."""
        try:
            metadata = self.admin.list_topics(timeout=self._patience)
        except KafkaException as error:
            raise ProvisionError(
                f"No Kafka answers at {self._bootstrap} ({_reason(error)}): "
                "start it, or set SOB_KAFKA_BOOTSTRAP."
            ) from None
        self._brokers = len(metadata.brokers)
        return {
            name: FoundTopic(len(topic.partitions), len(topic.partitions[0].replicas))
            for name, topic in metadata.topics.items()
            if topic.partitions
        }

    def create_topics(self, wanted: Sequence[WantedTopic]) -> None:
        """Make topics that do not exist; one that somebody has just made is well."""
        replicas = min(_MOST_REPLICAS, self._brokers)
        for some in self.portions("topics", wanted, _TOPICS_AT_ONCE):
            new = [
                kafka.NewTopic(topic.name, topic.partitions, replicas, config=topic.settings(replicas))
                for topic in some
            ]
            futures = self.admin.create_topics(new, request_timeout=self.timeout)
            self.settle("create topic", futures, well=KafkaError.TOPIC_ALREADY_EXISTS)

    def raise_partitions(self, wanted: Sequence[WantedTopic]) -> None:
        """Add partitions; keys may move to other partitions from then on."""
        if wanted:
            new = [kafka.NewPartitions(topic.name, topic.partitions) for topic in wanted]
            self.settle("add partitions to", self.admin.create_partitions(new, request_timeout=self.timeout))

    def settings(self, names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """The settings of these topics."""
        if not names:
            return {}
        resources = [kafka.ConfigResource(kafka.ResourceType.TOPIC, name) for name in names]
        futures = self.admin.describe_configs(resources, request_timeout=self.timeout)
        answers = self.settle("describe", {resource.name: future for resource, future in futures.items()})
        return {
            name: {key: entry.value for key, entry in entries.items()} for name, entries in answers.items()
        }

    def set_settings(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Set these settings and leave every other."""
        if wanted:
            resources = [
                kafka.ConfigResource(kafka.ResourceType.TOPIC, name, incremental_configs=_entries(settings))
                for name, settings in wanted.items()
            ]
            futures = self.admin.incremental_alter_configs(resources, request_timeout=self.timeout)
            self.settle("set up", {resource.name: future for resource, future in futures.items()})

    def portions(self, what: str, items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
        """The items in portions; progress is told as each is done."""
        for start in range(0, len(items), size):
            yield items[start : start + size]
            self.progress(what, min(start + size, len(items)), len(items))

    def settle(
        self, what: str, futures: Mapping[Any, Future[Any]], *, well: int | None = None
    ) -> dict[Any, Any]:
        """Every answer, or the first refusal; the error code `well` is no refusal."""
        answers: dict[Any, Any] = {}
        for thing, future in futures.items():
            try:
                answers[thing] = future.result(self.timeout + 5)
            except KafkaException as error:
                if error.args[0].code() != well:
                    raise ProvisionError(f"Kafka did not {what} {thing}: {_reason(error)}.") from None
            except TimeoutError:
                raise ProvisionError(f"Kafka gave no answer to {what} {thing}: run it again.") from None
        return answers


def _connection(settings: KafkaSettings) -> dict[str, str]:
    """As whom the administrator comes: by name, or at a door where nobody is asked."""
    connection = {"bootstrap.servers": settings.kafka_bootstrap, "client.id": "sob-provision"}
    if settings.kafka_username is not None:
        connection |= {
            "security.protocol": settings.kafka_security_protocol,
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password or "",
        }
    if settings.kafka_ca_file is not None:
        connection["ssl.ca.location"] = str(settings.kafka_ca_file)
    return connection


def _entries(settings: Mapping[str, str]) -> list[Any]:
    how = kafka.AlterConfigOpType.SET
    return [kafka.ConfigEntry(key, value, incremental_operation=how) for key, value in settings.items()]


def _reason(error: KafkaException) -> str:
    fault = error.args[0]
    return f"{fault.name()}: {fault.str()}".rstrip(".")
