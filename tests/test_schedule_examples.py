"""The three schedulers' files in examples/schedule are well-formed, and what they type is what the program takes."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from retention.errors import Interrupted, PartlyDone
from tests.conftest import ROOT
from tests.readme import commands

FOLDER = ROOT / "examples" / "schedule"
XML = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""What each of the five fields of a line of a crontab may be (crontab(5))."""


def typed(command: str) -> list[str]:
    """The words of every call of ours in this shell command."""
    return re.findall(r"(?:retention|\"\$RETENTION\")((?: --config \S+)?(?: [a-z]+)+)", command)


def assert_known(words: str) -> None:
    words = re.sub(r"--config \S+", "", words).strip()
    assert f"retention {words} " in commands(), words


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]


# cron


def cron_lines() -> list[str]:
    return [line for line in lines(FOLDER / "crontab") if not re.match(r"\w+=", line)]


def fits(field: str, low: int, high: int) -> bool:
    """Whether a field is ``*``, numbers, ranges of them or a list of these, each perhaps with a step."""
    for part in field.split(","):
        found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
        if not found or any(number and not low <= int(number) <= high for number in found.group(1, 2)):
            return False
    return True


@pytest.mark.parametrize("line", cron_lines())
def test_a_line_of_the_crontab_has_five_fields_and_a_command_that_exists(line: str) -> None:
    *fields, command = line.split(None, 5)
    assert len(fields) == 5
    assert all(fits(field, *bounds) for field, bounds in zip(fields, RANGES, strict=True)), fields
    assert "%" not in command, "cron takes it for the end of a line"
    assert subprocess.run(["/bin/sh", "-n", "-c", command], check=False).returncode == 0
    for words in typed(command):
        assert_known(words)
    assert typed(command)


def test_a_field_that_cannot_be_is_found() -> None:
    assert not fits("60", 0, 59) and not fits("1-", 0, 59) and not fits("x", 0, 59) and fits("*/5,7-9", 0, 59)


def test_the_crontab_runs_every_night_and_tells_only_of_what_is_wrong() -> None:
    assert sum(line.endswith('"$RETENTION" run') for line in cron_lines()) == 1
    assert all("|| echo" in line for line in cron_lines() if not line.endswith(" run"))


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_the_line_of_the_morning_is_silent_where_all_is_well_and_speaks_where_it_is_not(tmp_path: Path) -> None:
    """What cron mails is what is printed."""
    command = next(line for line in cron_lines() if " status " in line).split(None, 5)[5]
    for code, said in ((0, ""), (19, "all is not well\n")):
        program = tmp_path / f"ends-{code}"
        program.write_text(f"#!/bin/sh\necho all is not well\nexit {code}\n")
        program.chmod(0o755)
        ran = subprocess.run(
            ["/bin/sh", "-c", command], env={"RETENTION": str(program)}, capture_output=True, text=True, check=False
        )
        assert ran.stdout == said


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_every_line_has_the_secrets_and_does_its_work_also_where_there_is_no_file_of_them(tmp_path: Path) -> None:
    """``.`` of a file that is not there ends the shell (POSIX, 2.8.1), and the run would never begin."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$1 $SAID" >> "$HEARD"\n')
    program.chmod(0o755)
    heard, secrets = tmp_path / "heard", tmp_path / "secrets.env"
    for line in cron_lines():
        for said in ("", "a-secret"):
            secrets.write_text(f"SAID={said}\n") if said else secrets.unlink(missing_ok=True)
            heard.write_text("")
            env = {"RETENTION": str(program), "SECRETS": str(secrets), "HEARD": str(heard)}
            subprocess.run(["/bin/sh", "-c", line.split(None, 5)[5]], env=env, check=False)
            assert heard.read_text().splitlines(), line
            assert all(one.partition(" ")[2] == said for one in heard.read_text().splitlines()), line


# systemd


def unit(name: str) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((FOLDER / name).read_text("utf-8"))
    return read


def test_the_unit_runs_what_the_program_takes_and_knows_its_exit_codes() -> None:
    service = unit("retention-run.service")["Service"]
    words = shlex.split(service["ExecStart"])
    assert Path(words[0]).name == "retention" and words[1] == "--config"
    assert_known(words[3])
    assert service["SuccessExitStatus"] == f"{PartlyDone.exit_code} {Interrupted.exit_code}"
    assert service["KillSignal"] == "SIGTERM" and service["Type"] == "oneshot"


def test_the_unit_leaves_the_user_who_he_is() -> None:
    """Inside a user namespace nobody is known, and the run could do nothing."""
    assert "PrivateUsers" not in unit("retention-run.service")["Service"]
    assert "DynamicUser" not in unit("retention-run.service")["Service"]


def test_the_traceback_of_a_fault_outlives_the_run_and_is_for_nobody_else_to_read() -> None:
    service = unit("retention-run.service")["Service"]
    assert service.get("PrivateTmp", "no") == "no", "what lies in it goes with the run"
    assert service["Environment"] == f"TMPDIR=/var/lib/{service['StateDirectory']}"
    assert service["StateDirectoryMode"] == "0700"


def test_the_settings_lie_where_the_guide_lays_them_and_the_run_cannot_write_them() -> None:
    guide = (ROOT / "examples" / "guides" / "the-machine.md").read_text("utf-8")
    settings = "/etc/retention/retention.toml"
    assert settings in guide and "groupadd retention" in guide
    service = unit("retention-run.service")["Service"]
    assert f"--config {settings} run" in service["ExecStart"] and service["User"] == service["Group"] == "retention"
    assert service["ProtectSystem"] == "strict" and "/etc" not in service["ReadWritePaths"]
    assert f"RETENTION_CONFIG={settings}" in lines(FOLDER / "crontab")


def test_the_timer_makes_up_for_a_night_that_was_missed() -> None:
    timer = unit("retention-run.timer")
    assert timer["Timer"]["Persistent"] == "yes" or timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for name in ("retention-run.service", "retention-run.timer"):
        text = (FOLDER / name).read_text("utf-8")
        # It looks for the program, which is not installed there on the machine of a test.
        (tmp_path / name).write_text(text.replace("/opt/retention/bin/retention", shutil.which("true") or ""))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    said = [line for line in ran.stderr.splitlines() if str(tmp_path) in line or "retention-run" in line]
    assert not said and ran.returncode == 0, ran.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_the_hour_of_the_timer_is_one() -> None:
    hour = unit("retention-run.timer")["Timer"]["OnCalendar"]
    subprocess.run(["systemd-analyze", "calendar", hour], check=True, capture_output=True)


# Windows


def test_the_windows_task_is_as_its_schema_asks() -> None:
    """The namespace, the order of a trigger's parts, and the values are those of the Task Scheduler's own schema."""
    task = ET.parse(FOLDER / "retention-run.xml").getroot()
    assert task.tag == f"{XML}Task" and task.get("version") == "1.2"
    assert {child.tag.removeprefix(XML) for child in task} == {
        *("RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"),
    }
    trigger = task.find(f"{XML}Triggers/{XML}CalendarTrigger")
    assert trigger is not None
    order = [child.tag.removeprefix(XML) for child in trigger]
    assert order == ["StartBoundary", "Enabled", "RandomDelay", "ScheduleByDay"]
    actions, principal = task.find(f"{XML}Actions"), task.find(f"{XML}Principals/{XML}Principal")
    assert actions is not None and principal is not None and actions.get("Context") == principal.get("id")
    assert task.findtext(f"{XML}Settings/{XML}MultipleInstancesPolicy") == "IgnoreNew"
    for duration in ("RandomDelay", "ExecutionTimeLimit"):
        found = next(task.iter(f"{XML}{duration}")).text or ""
        assert re.fullmatch(r"PT\d+[HM]", found)


def test_the_windows_task_runs_what_the_program_takes() -> None:
    task = ET.parse(FOLDER / "retention-run.xml").getroot()
    program, arguments = (next(task.iter(f"{XML}{tag}")).text or "" for tag in ("Command", "Arguments"))
    assert program.endswith(r"\retention.exe")
    assert_known(re.sub(r'--config "[^"]*"', "", arguments))


def test_the_windows_task_is_read_in_whatever_encoding_it_is_handed_over() -> None:
    """A declared encoding is refused where the text is handed over as a string; plain ASCII needs none."""
    data = (FOLDER / "retention-run.xml").read_bytes()
    assert data.isascii() and data.startswith(b'<?xml version="1.0"?>')


# All of them


def test_no_secret_is_written_into_a_scheduler() -> None:
    for path in FOLDER.iterdir():
        assert not re.search(r"RETENTION_SECRET=(?!\.\.\.)\S", path.read_text("utf-8")), path


def test_the_page_names_every_file() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"({path.name})" in page for path in FOLDER.iterdir() if path.name != "README.md")
