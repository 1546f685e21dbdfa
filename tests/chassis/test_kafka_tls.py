"""Through TLS: administrator, relay and consumer come to a broker whose certificate and name they have checked."""

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.consumer import Consumer, kafka_connection
from chassis.handling import Handling
from chassis.provision import passwords
from chassis.provision.apply import provision
from chassis.provision.broker import Broker
from chassis.provision.wanted import ProvisionError
from chassis.reactions import Reactions
from chassis.relay import Producer
from chassis.settings import KafkaSettings, Settings
from chassis.testing import a_room
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import Counting
from tests.chassis.provisioning import REGISTRY
from tests.eventually import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Certified(Kafka):
    """A broker whose door for clients speaks TLS, with a certificate for 127.0.0.1 that is its own authority."""

    def settings(self) -> dict[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key).public_bytes(serialization.Encoding.PEM).decode()
        self.ca_file.write_text(certificate)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return {
            **super().settings(),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": certificate.replace("\n", "\\n"),
            "ssl.keystore.key": secret.replace("\n", "\\n"),
        }

    @property
    def ca_file(self) -> Path:
        return self.data_dir / "ca.crt"

    def door(self, user: str, password: str) -> dict[str, Any]:
        """The settings of whoever comes through TLS."""
        return {
            "kafka_bootstrap": self.sasl_bootstrap,
            "kafka_username": user,
            "kafka_password": password,
            "kafka_security_protocol": "sasl_ssl",
            "kafka_ca_file": self.ca_file,
        }


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    with Certified(tmp_path_factory.mktemp("certified"), fast=True) as broker:
        yield broker


@pytest.fixture(scope="module")
def password_file(broker: Certified) -> Path:
    """What provisioning as the administrator, by name and through TLS, has written."""
    at_first = Broker(KafkaSettings(kafka_bootstrap=broker.bootstrap), lambda *_: None)
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    made = at_first.admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion("admin", info, b"admin-pw")]
    )
    at_first.settle("make", made)
    file = broker.data_dir / "kafka.json"
    provision(Broker(_settings(broker, "admin", "admin-pw"), lambda *_: None), ("vgr",), REGISTRY, file)
    return file


async def test_a_relay_and_a_consumer_come_in_through_tls(
    broker: Certified, password_file: Path, mongo_url: str
) -> None:
    user = "svc-messaging"
    door = broker.door(user, passwords.read(password_file)[user])
    settings = Settings(mongo_uri="mongodb://x", secrets=Path(), **door)
    producer = Producer(**kafka_connection(settings))
    async with a_room(mongo_url, "messaging", "vgr") as room:
        heard = [topic for topic in REGISTRY if "messaging" in topic.consumers]
        consumer = Consumer(settings, "messaging", heard, Handling(room, Reactions(), Counting))

        await producer.start()
        await consumer.start()

        try:
            sent = await producer.current.send_and_wait("vgr.messaging.conversation.v1", b"{}")
            await eventually(lambda: consumer.assigned, timeout=20)
            assert sent.offset == 0
        finally:
            await consumer.stop()
            await producer.stop()


@pytest.mark.usefixtures("password_file")
async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_spoken_to(broker: Certified) -> None:
    door = broker.door("admin", "admin-pw") | {"kafka_ca_file": None}
    producer = Producer(**kafka_connection(Settings(mongo_uri="mongodb://x", secrets=Path(), **door)))

    with pytest.raises(KafkaConnectionError):
        await producer.start()
    with pytest.raises(ProvisionError, match="No Kafka answers"):
        Broker(KafkaSettings(**door), lambda *_: None, patience=3).topics()


def _settings(broker: Certified, user: str, password: str) -> KafkaSettings:
    return KafkaSettings(**broker.door(user, password))


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker of a test")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
