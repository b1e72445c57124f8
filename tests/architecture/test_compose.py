"""The production-like stack, as far as it can be checked without Docker."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from flower import events as flower_events
from jsonschema import Draft201909Validator

from apps.common.metrics import REQUESTS
from apps.outbox.metrics import COUNTERS, GAUGES
from celery_app.queues import QUEUES
from tests.architecture.sources import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
WORKERS = {name: service for name, service in SERVICES.items() if name.startswith("worker-")}
PUBLISHED = {"web": [8000], "flower": [5555], "grafana": [3000], "neo4j": [7474, 7687]}
OBSERVABILITY = ROOT / "infra" / "observability"
DOCKERFILE = (ROOT / "infra/docker/Dockerfile").read_text("utf-8")
SCRIPTS = ["infra/docker/install_embedding.sh", "infra/postgres/10-cinemesh.sh"]


def test_it_follows_the_compose_specification() -> None:
    path = Path(__file__).parent / "data" / "compose-spec.json"
    validator = Draft201909Validator(json.loads(path.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_only_what_people_open_is_published_and_only_here() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    expected = {name: [f"127.0.0.1:{p}:{p}" for p in ports] for name, ports in PUBLISHED.items()}
    assert published == expected


def test_images_are_pinned() -> None:
    for name, service in SERVICES.items():
        if "build" not in service:
            assert re.search(r":v?\d+", service["image"]), name


def test_every_long_running_service_has_a_health_check() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {
        "migrate"
    }


def test_every_queue_has_a_worker_and_each_destination_its_own() -> None:
    served = [re.search(r"-Q (\S+)", service["command"]) for service in WORKERS.values()]
    queues = [found.group(1).split(",") for found in served if found]
    assert sorted(name for names in queues for name in names) == sorted(q.name for q in QUEUES)
    assert all(len(names) == 1 for names in queues if names[0].startswith("sync."))


def test_web_goes_through_the_pooler_and_workers_do_not() -> None:
    assert "@pgbouncer:" in SERVICES["web"]["environment"]["DATABASE_URL"]
    for name in (*WORKERS, "beat", "migrate"):
        assert "@postgres:" in SERVICES[name]["environment"]["DATABASE_URL"]


def test_what_the_pooler_ignores_is_set_for_the_role() -> None:
    assert "options" in SERVICES["pgbouncer"]["environment"]["IGNORE_STARTUP_PARAMETERS"]
    script = (ROOT / "infra/postgres/10-cinemesh.sh").read_text("utf-8")
    base = (ROOT / "platform/config/settings/base.py").read_text("utf-8")
    wanted = dict(re.findall(r"-c ([\w.]+)=(\w[\w.]*)", base))
    given = dict(re.findall(r"ALTER ROLE cinemesh SET ([\w.]+) = '?([\w.]+)'?;", script))
    assert given == wanted


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists()


def test_our_image_runs_as_nobody_in_particular() -> None:
    stages = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
    names = [re.search(r"AS (\S+)", stage).group(1) for stage in stages]  # type: ignore[union-attr]
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"app", "embedder"} <= set(names)
    assert "USER 10001:10001" in stages[names.index("runtime")]
    for stage in stages[names.index("runtime") + 1 :]:
        assert stage.startswith("runtime AS")
        assert "USER" not in stage
    assert "--require-hashes" in DOCKERFILE


def test_what_the_image_copies_is_there() -> None:
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources), line


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_one_for_any_shell(name: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / name)], check=True)


@pytest.mark.parametrize("index", ["", "https://wheels.example.org/cpu"])
def test_torch_alone_comes_from_the_index_of_cpu_builds(tmp_path: Path, index: str) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@"\nfor last; do :; done\n[ -f "$last" ] && cat "$last"\n:\n')
    uv.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "EMBEDDING_TORCH_INDEX": index}
    ran = subprocess.run(
        ["sh", SCRIPTS[0]], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    torch = re.search(r"(?m)^torch==\S+", (ROOT / "requirements/embedding.lock").read_text("utf-8"))
    assert torch is not None
    if index:
        assert not re.search(r"(?m)^(torch==|nvidia-|triton==|cuda-)", ran.stdout)
        assert f"--index-url {index} {torch.group()}" in ran.stdout
    else:
        assert torch.group() in ran.stdout
        assert "index-url" not in ran.stdout
    assert "sentence-transformers==" in ran.stdout
    assert ran.stdout.count("--require-hashes") == 1


def test_alerts_and_panels_ask_for_metrics_that_there_are() -> None:
    (family,) = REQUESTS.describe()
    ours = {f"{family.name}_{end}" for end in ("count", "sum", "bucket")}
    ours |= {f"cinemesh_outbox_{name}" for name, _ in GAUGES}
    ours |= {f"cinemesh_outbox_{name}_messages_total" for name, _ in COUNTERS}
    flowers = Path(flower_events.__file__).read_text("utf-8")
    for path in (OBSERVABILITY / "alerts.yml", *OBSERVABILITY.rglob("*.json")):
        asked = set(re.findall(r"\b(?:cinemesh|flower)_\w+", path.read_text("utf-8")))
        assert asked
        for name in asked:
            assert name in ours or f"'{name}'" in flowers, name


def test_the_dashboard_uses_the_source_that_is_provisioned() -> None:
    folder = OBSERVABILITY / "grafana"
    (source,) = yaml.safe_load((folder / "provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    dashboard = json.loads((folder / "dashboards/cinemesh.json").read_text("utf-8"))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {source["uid"]}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_prometheus_asks_services_that_there_are() -> None:
    jobs = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())["scrape_configs"]
    targets = [t for job in jobs for group in job["static_configs"] for t in group["targets"]]
    for target in targets:
        assert target.split(":")[0] in SERVICES
