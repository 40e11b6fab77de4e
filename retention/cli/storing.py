"""Opening the record store that a city names, and refusing to where its policy forbids the place.

What a store can do is in ``store/interface.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retention.errors import BadConfiguration

if TYPE_CHECKING:
    from retention.core.city.sections import Store
    from retention.store.interface import RecordStore


def open_store(store: Store, folder: Path, *, rehearsal: bool) -> RecordStore:
    """The store as it is; raises ``BadConfiguration`` for a place that is refused, ``StoreNotAnswering``."""
    refuse_place(store, folder, rehearsal=rehearsal)
    return STORES[store.system](store, folder, False)


def create_store(store: Store, folder: Path, *, rehearsal: bool) -> None:
    """Make and mark the store; one that is there already is left as it is."""
    refuse_place(store, folder, rehearsal=rehearsal)
    STORES[store.system](store, folder, True)


def refuse_place(store: Store, folder: Path, *, rehearsal: bool) -> None:
    """Raise ``BadConfiguration`` for a place that the city refuses. In a rehearsal there are no records to protect."""
    if rehearsal or store.system != "disk" or not store.refuse:
        return
    from retention.store.refused import surroundings, why_not

    named = (folder / store.path).absolute()
    for path in (named, named.resolve()):
        refusal = why_not(path, store.refuse, surroundings(path))
        if refusal:
            kind, reason = refusal
            raise BadConfiguration(
                f"The record store must not lie at {path}: {reason}.",
                "Name a share of the city's own network in 'store.path'; "
                f"only where the city's policy allows this, take '{kind}' out of 'store.refuse'.",
            )


def shown(store: Store) -> str:
    return store.url if store.system == "object" else store.path


def _disk(store: Store, folder: Path, new: bool) -> RecordStore:
    from retention.store.disk import DiskStore

    root = folder / store.path
    return DiskStore.create(root) if new else DiskStore(root)


def _object(store: Store, folder: Path, new: bool) -> RecordStore:
    from retention.mail.asking.signin import resolve_secret
    from retention.store.objects import ObjectSettings, ObjectStore

    settings = ObjectSettings(
        url=store.url,
        endpoint=store.endpoint,
        region=store.region,
        account=store.account,
        key=resolve_secret(store.key, "store.key"),
        secret=resolve_secret(store.secret, "store.secret"),
    )
    return ObjectStore.create(settings) if new else ObjectStore(settings)


STORES: dict[str, Callable[[Store, Path, bool], RecordStore]] = {"disk": _disk, "object": _object}
