"""Mail that lies in files: mbox, Maildir, folders of messages, and Outlook's own files."""
