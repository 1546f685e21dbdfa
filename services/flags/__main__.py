"""`python -m services.flags api|worker|all|indexes|dead`."""

from chassis.main import run
from services.flags.app import SERVICE

run(SERVICE)
