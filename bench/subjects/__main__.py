"""`python -m bench.subjects moments|flags api|worker`: a benchmark's service as every service is run."""

import sys

import uvloop

from bench.subjects import counters, tallies
from chassis.main import calm_collector
from chassis.process import serve

SERVICES = {"moments": counters.SERVICE, "flags": tallies.SERVICE}

if __name__ == "__main__":
    calm_collector()
    uvloop.run(serve(SERVICES[sys.argv[1]], sys.argv[2]))
