"""``python -m tests.benchmarks [NAME…] [MESSAGES…]``: runs all benchmarks, or those named, and prints a table of each.

Numbers are the sizes at which planning and status are measured. What each one does is said in its own file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

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
from tests.benchmarks.apart import SIZES
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
}
OF_SIZES: dict[str, Callable[[Sequence[int]], Iterator[Figure]]] = {
    "planning": planning.benchmark,
    "status": watching.benchmark,
}


def main(typed: list[str]) -> None:
    sizes = [int(word) for word in typed if word.isdecimal()] or SIZES
    known = BENCHMARKS | {name: partial(benchmark, sizes) for name, benchmark in OF_SIZES.items()}
    names = [word for word in typed if not word.isdecimal()]
    unknown = sorted(set(names) - set(known))
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(known)}.")
    for name in names or known:
        print(printed(name, known[name]()), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
