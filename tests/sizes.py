"""How large the tests of load and chaos are: `make soak` takes their full size."""

import os

FULL = os.environ.get("SIZE") == "full"
