"""Whether taking away a file's name takes away its bytes, and no others: asked before anything of a record goes.

Nothing is taken away here.
"""

from __future__ import annotations

import stat
from pathlib import Path


def flaw(root: Path, file: Path) -> str:
    """Why the bytes would not go with this name, or others would, as the end of a sentence; empty where all is well.

    A file that is not there has no flaw. Raises OSError where that cannot be seen.
    """
    for folder in file.relative_to(root).parents:
        if (root / folder).is_symlink() and folder != Path():
            return f"its folder {folder.as_posix()} is a link to another place"
    try:
        seen = file.lstat()
    except FileNotFoundError:
        return ""
    if stat.S_ISLNK(seen.st_mode):
        return "it is a link: its bytes lie elsewhere"
    if not stat.S_ISREG(seen.st_mode):
        return "it is no file"
    return "its bytes have another name as well (a hard link)" if seen.st_nlink > 1 else ""
