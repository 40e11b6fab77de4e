"""What is printed and signed: documents as HTML and PDF, lists as CSV.

What a certificate and a form say is decided in ``core/certificate`` and ``core/form``.
"""

from retention.paper.document import Document, Section
from retention.paper.folder import keep_folder, mark, with_manifest, write_folder
from retention.paper.html import html
from retention.paper.listing import listing
from retention.paper.pdf import pdf

__all__ = ["Document", "Section", "html", "keep_folder", "listing", "mark", "pdf", "with_manifest", "write_folder"]
