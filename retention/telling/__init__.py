"""Telling: how those outside hear of a run, through files, logs and notices.

What is wrong is found elsewhere; nothing here opens a mail system, the catalog or the ledger.
"""
