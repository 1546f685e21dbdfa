"""`python -m deploy.demo [--target embedded|compose]`: tells the story and exits 1 if anything differs from it."""

import argparse
import subprocess
import sys

import httpx

from deploy.demo.cast import Cast
from deploy.demo.report import Report
from deploy.demo.stage import Addresses, Stage, StoryError
from deploy.demo.story import Story

_NO_FIGURES = {
    "sms": 0,
    "emails": 0,
    "codes": 0,
    "lost": 0,
    "doubled": 0,
    "leaked": 0,
    "residue": 0,
    "balanced": False,
}


def main() -> int:
    """Tell the story."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--target", choices=("embedded", "compose"), default="embedded")
    target = options.parse_args().target
    try:
        stage = Stage(Addresses.of_embedded() if target == "embedded" else Addresses.of_compose())
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"demo: the stack could not be started or asked: {error}")
    report = Report()
    try:
        figures = Story(stage, Cast.gather(stage), report).tell()
    except (StoryError, httpx.HTTPError) as error:
        report.differences.append(str(error))
        figures = _NO_FIGURES
    return report.end(figures)


if __name__ == "__main__":
    sys.exit(main())
