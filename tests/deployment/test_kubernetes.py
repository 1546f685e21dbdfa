"""The manifests are valid, every service runs as two Deployments, and scaling asks for metrics that exist."""

import os
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chassis.masterkey import is_open_to_others
from chassis.metrics import METRICS
from deploy.embedded.ports import KINDS, SERVICES

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
OBJECTS: list[dict[str, Any]] = [
    found for file in sorted(FOLDER.glob("*.yaml")) for found in yaml.safe_load_all(file.read_text())
]
_OF_KEDA = "keda.sh/v1alpha1"


def _named(kind: str) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in OBJECTS if found["kind"] == kind}


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


def test_services_lead_to_the_pods_of_an_api() -> None:
    deployments = _named("Deployment")

    for name, service in _named("Service").items():
        labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()


def test_notification_workers_scale_on_what_waits() -> None:
    (scaled,) = _named("ScaledObject").values()
    exposed = {f"sob_{name.replace('.', '_')}" for name in METRICS}
    target = _named("Deployment")[scaled["spec"]["scaleTargetRef"]["name"]]

    asked = re.findall(r"sob_\w+", " ".join(t["metadata"]["query"] for t in scaled["spec"]["triggers"]))

    assert asked == ["sob_notifications_unsent_oldest_age", "sob_chassis_inbox_lag"]
    assert exposed.issuperset(asked)
    # Two who decide how many there are would undo each other's work.
    assert "replicas" not in target["spec"]
