"""What the tests of `schedule import` and `export` share: files as cities have them, and the commands as typed."""

from __future__ import annotations

import contextlib
import io
import tomllib

from openpyxl import Workbook

from retention.cli import carry_out
from tests.cli.desk import Told, assert_one_sentence


def typed(*arguments):
    """Run it; the state is Nevada, of which no law is shipped, where the test does not say another."""
    if arguments[0] == "import" and "--jurisdiction" not in arguments:
        arguments += ("--jurisdiction", "Nevada", "--law", "none")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = carry_out(["schedule", *map(str, arguments)])
    assert "Traceback" not in out.getvalue() + err.getvalue() and "bug" not in err.getvalue()
    return Told(code, out.getvalue(), err.getvalue())


def done(*arguments):
    told = typed(*arguments)
    assert told.code == 0, told
    return told


def refused(folder, *arguments, code=20, lines=0):
    """What must fail: one sentence, the problems, the next step, and no file more than there was."""
    before = sorted(path.name for path in folder.iterdir())
    told = typed(*arguments)
    assert told.code == code, told
    assert_one_sentence(told, lines)
    assert sorted(path.name for path in folder.iterdir()) == before
    return told


def saved(folder, *lines, name="town.csv", encoding="utf-8"):
    (folder / name).write_bytes("\r\n".join(lines).encode(encoding))
    return name


def book(folder, *rows, name="town.xlsx", merged=()):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for one in merged:
        made.active.merge_cells(one)
    made.save(folder / name)
    return name


def series(folder, name="town.toml"):
    return tomllib.loads((folder / name).read_text("utf-8"))["series"]
