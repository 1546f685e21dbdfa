"""`python -m services.messaging api|worker|all|indexes|dead`."""

from chassis.main import run
from services.messaging.app import SERVICE

run(SERVICE)
