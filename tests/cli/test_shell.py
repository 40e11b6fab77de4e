"""What a shell and ``man`` are given: completion, the manual page, and one name for whatever it names."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from retention.cli.commands import NOUNS, build
from retention.cli.completion import WORDS
from retention.cli.man import page
from retention.cli.roff import Roff
from retention.errors import exit_codes
from retention.simulator.serve import Simulator
from tests.cli.desk import ATTORNEY, HOSTILE, OPERATOR, RECORDS, Desk, town
from tests.readme import commands

SCRIPTS = {
    "bash": "complete -o default -F _retention_completion retention",
    "zsh": "#compdef retention",
    "fish": "complete --command retention",
    "powershell": "Register-ArgumentCompleter -Native -CommandName retention",
}


def offered(desk: Desk, line: str) -> list[str]:
    """The words that bash is offered after this line."""
    typed = f"retention --config {desk.toml} {line}"
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1), "_RETENTION_COMPLETE": "complete_bash"}
    ran = subprocess.run(
        [sys.executable, "-m", "retention"],
        env={**os.environ, **asked},
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_shell_is_given_its_script(desk: Desk, shell: str) -> None:
    assert SCRIPTS[shell] in desk.done("completion", shell).out


def test_another_shell_is_wrong_usage(desk: Desk) -> None:
    desk.refused("completion", "tcsh", code=2)


def test_the_script_for_bash_is_one_that_bash_reads(desk: Desk) -> None:
    script = desk.done("completion", "bash").out
    subprocess.run([shutil.which("bash") or "bash", "-n"], input=script, text=True, check=True)


def test_commands_options_and_holds_are_offered_and_nothing_is_written(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm Street", "--reason", "a claim", "--words", "lunch", by=ATTORNEY)
    before = desk.state()
    assert offered(desk, "ho") == ["hold"]
    assert "prove" in offered(desk, "hold ")
    assert offered(desk, "hold place --matt") == ["--matter"]
    assert offered(desk, "hold show ") == ["elm-street"]
    assert offered(desk, "hold release elm") == ["elm-street"]
    assert offered(desk, "hold show oak") == []
    assert desk.state() == before


def test_plans_mailboxes_people_and_schedules_are_offered(desk: Desk) -> None:
    assert "plan.json" in offered(desk, "apply ")
    assert offered(desk, "sync a") == ["ann@city.example"]
    assert offered(desk, "schedule adopt ") == ["city"]
    assert offered(desk, "completion f") == ["fish"]
    assert offered(desk, "init --city q") == ["quincy"]


def test_where_nothing_can_be_read_nothing_is_offered_and_nobody_is_bothered(desk: Desk) -> None:
    desk.ledger.write_bytes(b"not a ledger\n")
    assert offered(desk, "hold show ") == []
    desk.toml.write_text("[city", "utf-8")
    assert offered(desk, "hold show ") == [] == offered(desk, "sync ")
    assert offered(desk, "ho") == ["hold"]


def test_every_parameter_that_is_completed_is_there() -> None:
    there = set(parameters(typer.main.get_command(build()), ()))
    names = {name for _, name in there}
    assert {asked for asked in WORDS if asked[0] and asked not in there} == set()
    assert {name for command, name in WORDS if not command} <= names


def parameters(command: object, path: tuple[str, ...]) -> list[tuple[str, str]]:
    own = [(" ".join(path) or "retention", one.name) for one in command.params]  # type: ignore[attr-defined]
    inner = getattr(command, "commands", {})
    return own + [found for name, below in inner.items() for found in parameters(below, (*path, name))]


# --- the manual page --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manual() -> str:
    return page(typer.main.get_command(build()))


def test_the_manual_has_every_command_every_exit_code_and_no_empty_word(manual: str) -> None:
    plain = manual.replace("\\-", "-")
    for name in re.findall(r"^(retention(?: [a-z]+)+)", commands(), re.MULTILINE):
        assert f'.SS "{name} [OPTIONS]' in plain, name
    for code, _ in exit_codes():
        assert f"\\fB{code}\\fR" in plain
    assert "<str>" not in manual and "\n\n" not in manual


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff on this machine")
def test_the_manual_is_roff_without_a_warning_and_fits_80_columns(manual: str, desk: Desk) -> None:
    assert desk.done("man").out == f"{manual}\n"
    typed = ["groff", "-ww", "-man", "-Tascii", "-P-cbou", "-rLL=80n"]
    ran = subprocess.run(typed, input=manual, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert "hold release" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_what_roff_would_read_as_its_own_is_written_out() -> None:
    roff = Roff("x", "1", "about")
    roff.paragraph(".so /etc/passwd")
    roff.paragraph("'quoted' and \\n(.t and `typed --it` – “so” é")
    assert "\n\\&.so /etc/passwd\n" in roff.text
    said = roff.text.splitlines()[-1]
    assert said.startswith("\\&'quoted'") and "\\en(.t" in said and "\\fBtyped \\-\\-it\\fR" in said
    assert said.isascii()


# --- show -------------------------------------------------------------------------------------------------------------


def test_a_plan_a_hold_a_message_and_a_record_are_shown_by_their_names(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "lunch", by=ATTORNEY)
    desk.done("plan", "-o", desk.plan, by=OPERATOR)
    desk.done("approve", desk.plan, by=RECORDS)
    plan = desk.done("show", desk.plan, "--json").json[0]
    assert plan["kind"] == "plan"
    for name in (desk.plan, plan["shown"]["digest"][:12]):
        assert desk.done("show", name).out.startswith(f"Plan {plan['shown']['digest'][:12]}, made by {OPERATOR} on ")
    desk.done("apply", desk.plan, by=OPERATOR)
    assert desk.done("show", "elm").out.startswith("elm: Elm (legal), in force")
    record = desk.done("record", "list", "--json").json["shown"][0]
    both = desk.done("show", str(record["n"]))
    assert "Record 1: kept" in both.out and "Message 1:" in both.out
    assert "`retention show record 1` shows one of them" in both.err
    assert "Message" not in desk.done("show", "record", "1").out.split("captured")[0]
    assert desk.done("show", "message", "1").out.startswith("Message 1:")
    assert desk.done("show", record["place"]).out.startswith("Record 1:")
    kinds = [one["kind"] for one in desk.done("show", "1", "--json").json]
    assert kinds == ["record", "message"]


def test_a_plan_that_is_finished_is_told_of_from_the_ledger_and_cannot_be_applied_again(desk: Desk) -> None:
    plan = desk.done("show", desk.plan, "--json").json[0]["shown"]["digest"]
    assert "`retention status` says what it waits for" in desk.done("show", desk.plan).out
    desk.done("apply", desk.plan, by=OPERATOR)
    of_file = desk.done("show", desk.plan).out
    assert "was finished on 20" in of_file and "waits for" not in of_file
    told = desk.done("show", plan[:12])
    assert told.out.startswith(f"Plan {plan[:12]} was applied on 20") and f"approved by {RECORDS} on 20" in told.out
    (shown,) = desk.done("show", plan[:12], "--json").json
    assert (shown["kind"], shown["shown"]["plan"], shown["shown"]["by"]) == ("finished plan", plan, OPERATOR)
    counts = shown["shown"]["counts"].values()
    assert sum(one["purged"] for one in counts) > 0
    assert all(one["seen"] == sum(one.values()) - one["seen"] for one in counts)
    for command, by in (("approve", RECORDS), ("apply", OPERATOR)):
        refused = desk.refused(command, plan[:12], by=by, code=23)
        assert f"Plan {plan[:12]} is finished: it was applied on 20" in refused.error


def test_a_plan_that_was_approved_in_advance_says_by_whose_standing_approval(
    simulator: Simulator, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, simulator, town())
    desk.found()
    desk.read()
    until = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    standing = ("--series", "city-notices", "--largest", "50", "--until", until)
    desk.done("approve", "--standing", *standing, by=RECORDS)
    entry = desk.ledger.read_bytes().count(b"\n") - 1
    desk.run("run", by=OPERATOR)
    bodies = [json.loads(line)["said"]["body"] for line in desk.ledger.read_bytes().splitlines()]
    (plan,) = {body["plan"] for body in bodies if body["kind"] == "approved in advance"}
    told = desk.done("show", plan[:12]).out
    assert f"  approved by {RECORDS} in advance, by the standing approval of entry {entry}\n" in told


def test_a_hold_takes_its_last_day_as_a_report_does(desk: Desk) -> None:
    both = [desk.done("hold", "preview", "--words", "lunch", word, "2026-03").out for word in ("--until", "--to")]
    assert both[0] == both[1] and "until 2026-03-31" in both[0]


AT_ONCE = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from retention.cli import main
main(["status"])
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
@pytest.mark.parametrize(
    "module", ["retention.private", "retention.cli.commands", "typer.main", "retention.cli.status"]
)
def test_an_interruption_while_the_command_is_loaded_is_one_quiet_line(module: str) -> None:
    typed = [sys.executable, "-c", AT_ONCE, module]
    ran = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout) == (130, "")
    assert ran.stderr == "Error: Interrupted before anything was begun.\n"


@pytest.mark.parametrize("name", ["nothing", "hold nothing", "record 999", "plan elm", "000000000000", HOSTILE])
def test_what_nothing_is_called_is_said_in_one_sentence(desk: Desk, name: str) -> None:
    told = desk.run("show", *(name.split() if name != HOSTILE else [name]))
    assert (told.code, told.out) == (2, "") and "Next:" in told.err and "\x1b" not in told.err


# --- a schedule that does not check yet -------------------------------------------------------------------------------


def test_a_message_can_be_tried_on_a_schedule_whose_examples_fail(desk: Desk) -> None:
    path = Path(desk.folder / "city.toml")
    text = path.read_text("utf-8")
    path.write_text(
        text.replace('{ subject = "notice", belongs = true }', '{ subject = "x", belongs = true }'), "utf-8"
    )
    assert path.read_text("utf-8") != text
    desk.refused("schedule", "check", str(path), code=20)
    told = desk.done("schedule", "test", str(path), "--subject", "Requisition 4")
    assert "1 problem" in told.err and "schedule check" in told.err and told.out
    desk.refused("schedule", "test", str(path), code=20)


@pytest.mark.parametrize("noun", [(), *((noun,) for noun in NOUNS)])
def test_what_a_command_does_is_listed_in_a_whole_sentence(desk: Desk, noun: tuple[str, ...]) -> None:
    listed = desk.done(*noun, "--help").out
    _, _, described = listed.partition("Commands:")
    assert described.count(".\n") >= 1 and "..." not in described
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_look_alike_that_is_told_to_end_leaves_no_key_behind(tmp_path: Path, how: signal.Signals) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "simulator"
    kept.mkdir()
    typed = [sys.executable, "-m", "retention", "simulator", "serve", "--port", "0", "--folder", str(folder)]
    with subprocess.Popen(typed, env={**os.environ, "TMPDIR": str(kept)}, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not (folder / "simulator.json").is_file() and time.monotonic() < until:
            time.sleep(0.02)
        assert len(list(kept.iterdir())) == 1
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and "The simulator has stopped." in err and not list(kept.iterdir())
