#!/bin/bash
# Draws docs/watching-it.svg anew: a minute of examples/metrics, as its page shows it.
set -euo pipefail
cd "$(dirname "$0")/.."

mvn -q test-compile exec:exec -Dexample="metrics.Picture docs/watching-it.svg"
