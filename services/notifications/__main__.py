"""`python -m services.notifications api|worker|all|conserve|...`."""

from chassis.main import run
from services.notifications.app import SERVICE

run(SERVICE)
