"""How it is asked: what was typed is carried out, and an error reaches the person who has to know.

What the commands are is in ``commands.py``; each verb has its own file, on this floor and on the floor below.
"""

from __future__ import annotations

import os
import signal
import sys

# What is loaded here is loaded before an interruption is heeded: everything else is loaded where it is used, and not
# even ``typing`` is asked whether types are being checked.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from retention.errors import RetentionError

INTERRUPTED = 130
"""The exit code of ``errors.Interrupted``, which is not loaded yet when it is needed here."""
_TO_END = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
"""By what a command is told to end, and what is done about it where nobody says otherwise: by a person with Ctrl-C, and
by systemd, a shutdown or `kill`, which is an interruption just the same."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; what it makes is for nobody else to read."""
    # Where whoever started this wants it not to be interrupted, as `nohup` does for a hang-up, it never is.
    for number, usual in _TO_END.items():
        if signal.getsignal(number) is usual:
            signal.signal(number, _leave)
    from retention.private import keep_private

    keep_private()
    sys.exit(carry_out(arguments))


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Interrupted while the command is being loaded: nothing was begun, and nothing is to be tidied up."""
    os.write(2, b"Error: Interrupted before anything was begun.\n")
    os._exit(INTERRUPTED)


def _heed_interruptions() -> None:
    """From here on an interruption is the command's own business, which writes down how far it got."""
    for number in _TO_END:
        if signal.getsignal(number) is _leave:
            signal.signal(number, signal.default_int_handler)


def carry_out(arguments: list[str] | None = None) -> int:
    """Do what was typed; print an error as one sentence and its next step, never as a traceback."""
    from retention.cli import commands
    from retention.errors import Interrupted

    if commands.COMPLETION in os.environ:
        from retention.cli.completion import answer

        return answer(commands.build())
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        app = commands.build(commands.named(typed))
        _heed_interruptions()
        code = app(args=arguments, prog_name="retention", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as ended:
        return _ended(ended)
    return _interrupted() if code == Interrupted.exit_code else code if isinstance(code, int) else 0


def _ended(ended: BaseException) -> int:
    """The exit code for what ended a command; wrong usage comes in whichever of typer's own classes."""
    from retention.errors import RetentionError

    if isinstance(ended, KeyboardInterrupt):
        return _interrupted()
    if isinstance(ended, RetentionError):
        return _told(ended)
    if hasattr(ended, "show") and hasattr(ended, "exit_code"):
        return _misused(ended)
    if isinstance(ended, BrokenPipeError) or (isinstance(ended, SystemExit) and ended.code == 1):
        return _unread()
    if isinstance(ended, Exception):
        return _saved(ended)
    raise ended


def _interrupted() -> int:
    from retention.errors import Interrupted

    return _told(Interrupted("Interrupted.", "What was begun is written down; run it again to go on."))


def _misused(ended: Any) -> int:
    """Wrong usage as typer finds it, in the voice of every other error; where nothing was typed, the help itself."""
    from retention.errors import WrongUsage

    context, found = getattr(ended, "ctx", None), str(ended.format_message())
    if context is None or found.startswith("Usage:"):
        ended.show()
        return int(ended.exit_code)
    sentence = found.partition(": Input should be a valid integer")
    wrong = f"{sentence[0]}: it has to be a whole number" if sentence[1] else found.rstrip(".")
    return _told(WrongUsage(wrong if wrong.endswith("?") else f"{wrong}.", f"See `{context.command_path} --help`."))


def _unread() -> int:
    """Whoever read the output has gone (typer and rich say so with ``SystemExit``): quiet, for it is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 0


def _told(error: RetentionError) -> int:
    """Print the error. What stands below its first line is a list, such as every problem of a file."""
    from retention.cli.screen import note

    for line in f"Error: {error.message}".split("\n"):
        note(line)
    if error.next_step:
        note(f"Next:  {error.next_step}")
    return error.exit_code


def _saved(bug: Exception) -> int:
    """A bug: keep the traceback in a file and tell the person where it is."""
    from retention.cli.bugs import saved
    from retention.errors import RetentionError

    return _told(
        RetentionError(
            f"This is a bug in retention ({type(bug).__name__}).",
            f"Nothing is deleted after it; send {saved(bug)} to those who look after retention.",
        )
    )
