"""A process of its own that runs protoc inside it: starting protoc anew for each file would cost thirty times as much.

One JSON line in (arguments), one JSON line out (exit code and what protoc said). protoc writes its errors to the
process's stderr from C++, which can be caught for a whole process only; and where it crashes, only this process goes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile


def main() -> None:
    """Serve until stdin ends."""
    from grpc_tools import protoc  # type: ignore[import-untyped]  # ships no types

    for line in sys.stdin:
        with tempfile.TemporaryFile() as said:
            os.dup2(said.fileno(), 2)
            code = protoc.main(["protoc", *json.loads(line)])
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
        print(json.dumps([code, text]), flush=True)


if __name__ == "__main__":
    main()
