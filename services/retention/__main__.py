"""`python -m services.retention api|worker|all|purges|...`."""

from chassis.main import run
from services.retention.app import SERVICE

run(SERVICE)
