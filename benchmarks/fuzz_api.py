"""Fuzz the whole OpenAPI document as every role: python benchmarks/fuzz_api.py [MINUTES] [SEED].

Starts a database of its own with two made regions, marks every row with its organisation, and sends requests that
schemathesis makes up from the document (well-formed and malformed) as every role, as nobody, with service keys that
hold (one of them for the ledger alone), with one that is unknown, and as an edge node that signs. Prints each 5xx, each
answer that the document does not declare (status, type, body), and each row of an organisation outside the role's
scope, in answers, files and events; then how far each role came and which operations never answered 2xx. Ends with 1
where anything was found. The default is the 20 minutes of the issue.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    env = os.environ | {"YUFANG_FUZZ_SECONDS": str(minutes * 60), "YUFANG_FUZZ_SEED": seed}
    test = (
        "tests/server/test_fuzz.py::test_no_request_made_up_from_the_document_breaks_the_server_or_gives_anothers_row"
    )
    command = [sys.executable, "-m", "pytest", test, "-q", "-s", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
