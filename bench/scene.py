"""The scene of `make kills`: database, broker, the local providers as processes, and a parent of dying workers."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.actors import ROOT, BenchError, Program
from bench.dying import Scene
from bench.stack import a_stack
from deploy.embedded.ports import free_port


@contextmanager
def a_scene() -> Iterator[Scene]:
    """Start everything but the service."""
    with a_stack(size=1.0, rounds=1) as stack, ExitStack() as exits:
        sms, smtp, trace, inbox, own = (free_port() for _ in range(5))
        clock = stack.folder / "clock.json"
        clock.write_text('{"shift_seconds": 0}')
        env = {
            **stack.env,
            "SOB_LOG_LEVEL": "WARNING",
            "SOB_CLOCK_FILE": str(clock),
            "SOB_SMS_URL": f"http://127.0.0.1:{sms}",
            "SOB_SMS_USERNAME": "user",
            "SOB_SMS_PASSWORD": "password",
            "SOB_SMTP_HOST": "127.0.0.1",
            "SOB_SMTP_PORT": str(smtp),
            "SOB_SMTP_TRACE_URL": f"http://127.0.0.1:{trace}/trace",
            "SOB_INBOX_URL": f"http://127.0.0.1:{inbox}/AddMessage",
            "SOB_INBOX_TRACE_URL": f"http://127.0.0.1:{inbox}/trace",
            "SOB_PUBLIC_URL": f"http://127.0.0.1:{own}",
            "SOB_PROVIDER_SECONDS": "0.5",
            "SOB_SETTLE_SECONDS": "2",
        }
        for module, arguments in {
            "deploy.embedded.sms_gateway": ("--port", str(sms), "--data", str(stack.folder / "sms")),
            "deploy.embedded.inbox": ("--port", str(inbox), "--data", str(stack.folder / "letters")),
            "deploy.embedded.smtp_sink": (
                "--port",
                str(smtp),
                "--http-port",
                str(trace),
                "--data",
                str(stack.folder / "mail"),
            ),
        }.items():
            exits.enter_context(
                Program(module, *arguments, "--clock", str(clock), env=env, log=stack.log("provider"))
            )
        for port in (sms, trace, inbox):
            _await(f"http://127.0.0.1:{port}/health")
        errors = exits.enter_context(stack.log("workers").open("w"))
        workers = subprocess.Popen(
            [sys.executable, "-m", "bench.subjects.mortal"],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        exits.callback(workers.kill)
        urls = {"sms": sms, "email": trace, "inbox": inbox}
        providers = {channel: f"http://127.0.0.1:{port}" for channel, port in urls.items()}
        scene = Scene(stack, env, providers, own, workers, exits)
        # The server frees what a killed worker's transaction holds when this is over; there is one at every step.
        stack.mongo.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
        scene.settle_in()
        yield scene


def _await(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise BenchError(f"{url} does not answer") from None
            time.sleep(0.1)
