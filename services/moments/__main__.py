"""The command line of moments."""

from chassis.main import run
from services.moments.app import SERVICE

run(SERVICE)
