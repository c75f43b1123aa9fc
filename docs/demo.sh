#!/bin/bash
# Draws docs/demo.svg anew: one run of examples/demo, about 20 seconds. The README quotes what it prints.
set -euo pipefail
cd "$(dirname "$0")/.."

mvn -q test-compile exec:exec -Dexample="-Ddemo.svg=docs/demo.svg demo.Demo"
