"""The manifests are valid, every service runs as two Deployments, and scaling asks for metrics that exist."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import certifi
import kubernetes_validate
import pytest
import yaml

from chassis.masterkey import is_open_to_others
from chassis.metrics import METRICS
from chassis.service import Service
from chassis.settings import read_settings
from chassis.tenancy import Tenants
from contracts.notifications import NotifyResident
from contracts.registry import topic_of
from deploy.embedded.ports import KINDS, SERVICES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OBJECTS: list[dict[str, Any]] = [
    found for file in sorted(FOLDER.glob("*.yaml")) for found in yaml.safe_load_all(file.read_text())
]
_OF_KEDA = "keda.sh/v1alpha1"


def _named(kind: str) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in OBJECTS if found["kind"] == kind}


def _config_map() -> dict[str, str]:
    told: dict[str, str] = _named("ConfigMap")["sob"]["data"]
    return told


@pytest.mark.parametrize("found", OBJECTS, ids=lambda found: f"{found['kind']}-{found['metadata']['name']}")
def test_every_object_is_valid(found: dict[str, Any]) -> None:
    if found["apiVersion"] != _OF_KEDA:
        kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)


def test_every_service_is_an_api_and_a_worker_with_probes_and_without_rights() -> None:
    deployments = _named("Deployment")

    assert deployments.keys() == {f"{service}-{kind}" for service in SERVICES for kind in KINDS}
    for name, deployment in deployments.items():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["args"] == [name.rpartition("-")[2]]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        # Set by hand it would be one name for all replicas, of which the broker lets one live.
        assert "SOB_INSTANCE" not in {variable["name"] for variable in container["env"]}


def test_the_keys_are_mounted_as_the_services_take_them() -> None:
    for deployment in _named("Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        [keys] = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "keys"]
        # A Secret's files are root's, and the pod's group may read them.
        assert pod["securityContext"]["fsGroup"] and pod["securityContext"]["runAsUser"] != 0
        assert keys["defaultMode"] & 0o040
        assert not is_open_to_others(keys["defaultMode"], owner=os.geteuid() + 1)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_what_it_is_told_and_the_example_of_a_region(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared: Service = importlib.import_module(f"services.{service}.app").SERVICE
    (container,) = _named("Deployment")[f"{service}-worker"]["spec"]["template"]["spec"]["containers"]
    told = {
        **_config_map(),
        **{variable["name"]: variable["value"] for variable in container["env"]},
        "SOB_MONGO_URI": "mongodb://of-the-secret",
        "SOB_KAFKA_PASSWORD": "of the secret",
    }
    for name in [name for name in os.environ if name.startswith("SOB_")]:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    settings = read_settings(declared.settings)
    tenants = Tenants.load(FOLDER / "tenants", told)
    declared.demands(tenants)

    # Between machines nothing is said in clear text.
    assert settings.kafka_security_protocol == "sasl_ssl" and settings.kafka_username == f"svc-{service}"
    # Who administers is the region's to say, not the example's.
    assert not any(tenant.administrators for tenant in tenants)


def test_the_job_provisions_from_mounted_secrets_with_an_image_that_can(tmp_path: Path) -> None:
    pod = _named("Job")["provision"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (passwords,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == "passwords")
    file = tmp_path / "kafka.json"
    file.write_text("{}")
    file.chmod(0o600)
    own = {
        "SOB_KAFKA_PASSWORDS": str(file),
        "SOB_KAFKA_CA_FILE": certifi.where(),
        "SOB_TENANTS": str(FOLDER / "tenants"),
    }
    told = {variable["name"]: variable.get("value", "of the secret") for variable in container["env"]} | own

    done = subprocess.run(
        [sys.executable, *container["command"][1:], *container["args"]],
        env=told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert container["image"] == "sob-deploy"
    assert own.keys() <= {variable["name"] for variable in container["env"]}
    assert told["SOB_KAFKA_SECURITY_PROTOCOL"] == "sasl_ssl"
    # It is refused for what the file lacks, so its settings, its words and the tenant file are well.
    assert done.stderr.startswith(f"{file} has no password for svc-flags")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == [file]
    assert not is_open_to_others(passwords["defaultMode"], owner=os.geteuid() + 1)


def test_an_api_holds_no_secret_that_workers_alone_need() -> None:
    held = {
        name: [
            source["secretRef"]["name"]
            for container in deployment["spec"]["template"]["spec"]["containers"]
            for source in container["envFrom"]
            if "secretRef" in source
        ]
        for name, deployment in _named("Deployment").items()
    }

    for service in SERVICES:
        assert held[f"{service}-api"] == [service]
        assert held[f"{service}-worker"] == [service, f"{service}-worker"]


def test_services_lead_to_the_pods_of_an_api() -> None:
    deployments = _named("Deployment")

    for name, service in _named("Service").items():
        labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()


def test_an_api_is_reached_from_the_ingress_and_a_worker_by_whoever_measures_alone() -> None:
    reached = {
        name: {
            source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            for policy in _named("NetworkPolicy").values()
            if policy["spec"]["podSelector"]["matchLabels"].items()
            <= deployment["spec"]["template"]["metadata"]["labels"].items()
            for rule in policy["spec"]["ingress"]
            for source in rule["from"]
        }
        for name, deployment in _named("Deployment").items()
    }

    for service in SERVICES:
        assert reached[f"{service}-api"] == {"observability", "ingress"}
        assert reached[f"{service}-worker"] == {"observability"}


def test_there_are_no_more_notification_workers_than_can_take_in_a_regions_flood() -> None:
    (scaled,) = _named("ScaledObject").values()
    command = topic_of(NotifyResident, "moments")

    assert scaled["spec"]["maxReplicaCount"] == command.partitions


def test_notification_workers_scale_on_what_waits() -> None:
    (scaled,) = _named("ScaledObject").values()
    exposed = {f"sob_{name.replace('.', '_')}" for name in METRICS}
    target = _named("Deployment")[scaled["spec"]["scaleTargetRef"]["name"]]

    asked = re.findall(r"sob_\w+", " ".join(t["metadata"]["query"] for t in scaled["spec"]["triggers"]))

    assert asked == ["sob_notifications_unsent_oldest_age", "sob_chassis_inbox_lag"]
    assert exposed.issuperset(asked)
    # Two who decide how many there are would undo each other's work.
    assert "replicas" not in target["spec"]
