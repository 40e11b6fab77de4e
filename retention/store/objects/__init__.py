"""Records in object storage: an S3-compatible service or Azure Blob."""

from __future__ import annotations

from retention.store.objects.bucket import ObjectSettings
from retention.store.objects.store import ObjectStore

__all__ = ["ObjectSettings", "ObjectStore"]
