"""What every earlier version of the product wrote: its catalog, its ledger and a plan, of one small town.

Nothing is tested here; who opens them is ``tests/catalog/test_earlier_versions.py``.
"""
