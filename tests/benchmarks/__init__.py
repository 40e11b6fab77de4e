"""What the product's work costs, beside what the bare work under it costs: run by ``python -m tests.benchmarks``.

Nothing here passes or fails, and pytest does not collect it: figures depend on the machine, so people read them.
"""
