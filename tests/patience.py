"""How long tests wait for what should happen: limits end what hangs, and a busy machine is slow."""

import os

SECONDS = int(os.environ.get("TEST_PATIENCE", "600"))
MILLISECONDS = 1000 * SECONDS
