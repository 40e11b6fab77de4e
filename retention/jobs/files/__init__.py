"""What is done about mail that lies in files.

They are read by ``sync.py`` like any mailbox; nothing here ever changes, moves or deletes one.
"""
