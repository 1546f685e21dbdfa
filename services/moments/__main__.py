"""The command line of moments."""

from services.moments.app import SERVICE

from chassis.main import run

run(SERVICE)
