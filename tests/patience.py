"""How long tests wait for what should happen: limits end what hangs, and a busy machine is slow."""

SECONDS = 600
MILLISECONDS = 1000 * SECONDS
