"""`python -m tests.journeys.look_for MONGO KAFKA DATA TRACE`: where the demo's judge of residue finds a trace."""

import sys
from pathlib import Path

from deploy.demo.judges import Residue
from deploy.demo.stage import Addresses, Stage

if __name__ == "__main__":
    mongo, kafka, data, trace = sys.argv[1:]
    addresses = Addresses(
        services={},
        sms="",
        mail="",
        issuer="",
        kafka=kafka,
        kafka_subscribers="",
        mongo=mongo,
        subscriber_password="",
        raw=(Path(data) / "mongo", Path(data) / "kafka"),
    )
    print("\n".join(Residue(Stage(addresses), [trace]).places()))
