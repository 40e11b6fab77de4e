"""Nobody signs in to files; how many of the places that were added can be read now is said instead."""

from __future__ import annotations

from pathlib import Path

from retention.core.files import file_source
from retention.mail.files.system import FilesMail


def test_only_the_places_that_are_there_now_count_as_readable(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "three")]
    for path in paths:
        path.mkdir()
    mail = FilesMail(tuple(file_source(str(path), "ann@x.example") for path in paths))
    assert mail.check_sign_in() == "Nobody signs in to files; 3 places with mail in files can be read."
    paths[0].rmdir()
    assert mail.check_sign_in() == (
        "Nobody signs in to files; 2 places with mail in files can be read. 1 more is not there now."
    )
    paths[1].rmdir()
    assert mail.check_sign_in().endswith("; 1 place with mail in files can be read. 2 more are not there now.")
