"""The log: lines of JSON, added to a file and sent to a system's log."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from retention.telling import logs
from tests.telling.told import VANISHED, news


def test_a_run_its_stages_and_what_is_wrong_are_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "retention.log"
    logs.append(path, news(VANISHED))
    said = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [one["message"] for one in said] == ["stage ended", "stage ended", "wrong", "run ended"]
    assert [one["level"] for one in said] == ["INFO", "INFO", "ERROR", "ERROR"]
    assert said[0]["stage"] == "sync" and said[0]["rows"] == 9
    assert (said[2]["kind"], said[2]["count"], said[2]["code"]) == ("held mail vanished", 3, 36)
    assert {one["began_at"] for one in said} == {"2026-11-21T03:30:00+00:00"}


def test_the_next_run_adds_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "retention.log"
    logs.append(path, news())
    before = path.read_bytes()
    logs.append(path, news())
    assert path.read_bytes().startswith(before) and len(path.read_text("utf-8").splitlines()) == 6


def test_a_line_end_in_a_name_begins_no_line(tmp_path: Path) -> None:
    path = tmp_path / "retention.log"
    logs.append(path, news(city='Willow\n{"message": "forged"}\u2028\x1b[2J'))
    text = path.read_text("utf-8")
    assert len(text.splitlines()) == 3 and "\x1b" not in text
    assert all(json.loads(line)["message"] != "forged" for line in text.splitlines())


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        logs.append(tmp_path / "nowhere" / "retention.log", news())


@pytest.mark.parametrize("place", ["127.0.0.1:{port}", "[::1]:{port}"])
def test_the_system_s_log_is_sent_the_same_lines(place: str) -> None:
    family, here = (socket.AF_INET6, "::1") if "::1" in place else (socket.AF_INET, "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as listening:
        try:
            listening.bind((here, 0))
        except OSError:
            pytest.skip(f"this machine has no {here}")
        listening.settimeout(5)
        logs.send(place.format(port=listening.getsockname()[1]), news(VANISHED))
        heard = [listening.recv(65_536).decode() for _ in range(4)]
    assert all(one.startswith("<") and ">retention: {" in one for one in heard)
    assert json.loads(heard[3].partition("retention: ")[2])["exit_code"] == 36
    # 11: the facility "user", an error; 14: the same, for information
    assert [one[: one.index(">") + 1] for one in heard] == ["<14>", "<14>", "<11>", "<11>"]


@pytest.mark.usefixtures("socket_enabled")  # a local one; it goes nowhere
def test_a_local_socket_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        logs.send(str(tmp_path / "log"), news())
