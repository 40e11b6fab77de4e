"""``python -m tests.benchmarks [NAME…]``: runs all benchmarks, or those named, and prints a table of each.

What each one does is said in its own file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tests.benchmarks import (
    auditing,
    capturing,
    classifying,
    exchanging,
    holding,
    importing,
    matching,
    outlooking,
    planning,
    remembering,
    reporting,
    sharing,
    soaking,
    starting,
    syncing,
    verifying,
    watching,
)
from tests.benchmarks.table import Figure, printed

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "sync": syncing.benchmark,
    "memory": remembering.benchmark,
    "capture": capturing.benchmark,
    "matching": matching.benchmark,
    "classifying": classifying.benchmark,
    "holds": holding.benchmark,
    "exchange": exchanging.benchmark,
    "import": importing.benchmark,
    "outlook": outlooking.benchmark,
    "ledger": auditing.benchmark,
    "report": reporting.benchmark,
    "startup": starting.benchmark,
    "shares": sharing.benchmark,
    "soak": soaking.benchmark,
    "verify": verifying.benchmark,
    "planning": planning.benchmark,
    "status": watching.benchmark,
}


def main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
    for name in names or BENCHMARKS:
        print(printed(name, BENCHMARKS[name]()), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
