"""How often races are run: `make serializable` asks for more."""

import os

ROUNDS = int(os.environ.get("REGISTRY_TEST_ROUNDS", "20"))
