"""The stories of the pretend city: threads that run over several messages and mailboxes, and mail that is awkward.

Single messages of everyday kinds are written in a neighbour.
"""

from __future__ import annotations

from msgspec import Struct

ESC = "\x1b"
RIGHT_TO_LEFT_OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"


class Line(Struct, frozen=True):
    """One message of a thread: who writes, to whom (offices or an outside person's key), and what.

    ``day`` counts from the story's first day. ``folder`` is where the readers keep it.
    """

    day: int
    writer: str
    readers: tuple[str, ...]
    text: str
    file: str = ""


class Story(Struct, frozen=True, kw_only=True):
    """A thread. ``age`` is how many days ago it began; ``folder`` where it is kept, sent mail aside."""

    name: str
    subject: str
    age: int
    folder: str
    lines: tuple[Line, ...]
    categories: tuple[str, ...] = ()


OUTSIDERS: dict[str, tuple[str, str]] = {
    "contractor": ("Erik Lindgren", "erik@lindgren-sons.example"),
    "engineer": ("Priya Raman", "p.raman@prairie-engineering.example"),
    "claimant": ("Walter Hall", "w.hall@mail.example"),
    "their lawyer": ("Sandra Moss", "smoss@mossandhale.example"),
    "insurer": ("League Insurance Trust", "claims@league-trust.example"),
}

STORIES: tuple[Story, ...] = (
    Story(
        name="contract",
        subject="Agreement 2021-14: Mill Street bridge repair",
        age=1500,
        folder="Inbox/Projects/Bridge",
        lines=(
            Line(0, "works.director", ("attorney", "finance"), "Here is the draft agreement with Lindgren & Sons for "
                 "the bridge. Kim, please look at section 9; Helen, is the money in this year's budget?", "pdf"),
            Line(1, "attorney", ("works.director", "finance"), "Section 9 needs a date. I have marked two places."),
            Line(2, "finance", ("works.director", "attorney"), "There is 184,000 in 401-43100. It will do if the "
                 "change orders stay below five percent."),
            Line(6, "works.director", ("contractor", "attorney"), "Erik, this is the agreement with the city's "
                 "changes. Please sign and send back both copies.", "pdf"),
            Line(9, "contractor", ("works.director",), "Signed. We can begin on the Monday after the holiday.", "pdf"),
            Line(40, "engineer", ("works.director",), "The second bearing is worse than the first. I suggest change "
                 "order 1, 6,200 dollars.", "pdf"),
            Line(41, "works.director", ("finance", "attorney"), "Change order 1 is within the five percent. May I?"),
            Line(42, "finance", ("works.director",), "Approved."),
            Line(120, "contractor", ("works.director", "finance"), "The work is done. Our final invoice is attached.",
                 "pdf"),
            Line(150, "works.director", ("finance", "attorney"), "The engineer has accepted the bridge. Please close "
                 "agreement 2021-14 and release the retainage."),
        ),
    ),
    Story(
        name="privileged",
        subject="Privileged: advice on the sign ordinance",
        age=420,
        folder="Inbox/Legal",
        categories=("Privileged",),
        lines=(
            Line(0, "mayor", ("attorney",), "Kim, can we treat campaign signs differently from shop signs?"),
            Line(1, "attorney", ("mayor", "clerk"), "Privileged and confidential, attorney-client communication. In "
                 "short: no. A memorandum is attached; please do not forward it.", "pdf"),
            Line(2, "clerk", ("attorney",), "Privileged. Does that mean that the present section 11.4 has to go?"),
            Line(2, "attorney", ("clerk", "mayor"), "Yes, and before the next election. I will draft a repeal."),
            Line(9, "attorney", ("mayor",), "Privileged. The draft repeal, for your eyes first.", "pdf"),
            Line(10, "mayor", ("attorney",), "Thank you. Put it on the closed session for the 14th."),
        ),
    ),
    Story(
        name="claim",
        subject="Maple Street water main break",
        age=340,
        folder="Inbox/Maple Street",
        lines=(
            Line(0, "works", ("works.director", "chief"), "The eight-inch main at 412 Maple Street broke at 3:10 a.m. "
                 "The valve at Birch Lane did not close; two basements are under water."),
            Line(0, "chief", ("works.director", "mayor"), "Maple Street is closed between Birch and Mill. One family "
                 "is with neighbors."),
            Line(1, "claimant", ("works", "mayor"), "Our basement had four feet of water in it. The furnace is gone, "
                 "and so is my father's workshop. Who do I send the bill to?", "pdf"),
            Line(2, "works.director", ("works",), "When was the Birch Lane valve last exercised? I need the log."),
            Line(3, "works", ("works.director",), "The valve log is attached. Birch Lane: four years ago.", "csv"),
            Line(4, "mayor", ("claimant", "works.director"), "Mr. Hall, I am sorry. The clerk will send you the form "
                 "for a claim; please keep everything you have had to throw away, at least as photographs."),
            Line(15, "claimant", ("clerk",), "Notice of claim for damage, 412 Maple Street: 38,400 dollars.", "pdf"),
            Line(16, "clerk", ("attorney", "finance"), "A notice of claim came in today. It is stamped 10:42 a.m.",
                 "pdf"),
            Line(17, "attorney", ("works.director", "works", "clerk"), "Please keep everything about the Maple Street "
                 "main: mail, logs, photographs, text messages. Nothing is to be deleted until I say so."),
            Line(18, "finance", ("insurer",), "We forward a claim for damage at 412 Maple Street.", "pdf"),
            Line(30, "insurer", ("finance", "attorney"), "We have opened file LT-20117. Please send the valve log."),
            Line(75, "their lawyer", ("attorney",), "I represent Mr. and Mrs. Hall. Without an offer by the end of the "
                 "month we will file.", "pdf"),
            Line(76, "attorney", ("works.director", "mayor"), "Privileged. They will sue. Who else knew that valve?"),
            Line(80, "works.director", ("attorney",), "The old crew chief, who retired. His notes are in the shop."),
            Line(200, "their lawyer", ("attorney", "clerk"), "Summons and complaint, Hall v. City of Willow Falls.",
                 "pdf"),
            Line(330, "works", ("works.director",), "The camera run of the new main on Maple Street is clean."),
        ),
    ),
)  # fmt: skip

HOSTILE_SUBJECTS = (
    f"Invoice{ESC}[2J{ESC}[1;31m overdue{ESC}[0m",
    f"Look here {ESC}]8;;https://phish.example{ESC}\\click{ESC}]8;;{ESC}\\",
    "[red]Important[/red] [link=https://phish.example]open[/link]",
    f"Attachment {RIGHT_TO_LEFT_OVERRIDE}fdp.exe",
    "Very long: " + "we never know where to stop and so we go on and on, " * 40,
    "Two lines\r\nBcc: everyone@willowfalls.example",
    "Tab\tand bell\x07 and null\x00 in one",
    "=cmd|' /C calc'!A0",
    "\N{ZERO WIDTH JOINER}\N{COMBINING GRAVE ACCENT}" * 3 + " snowman \N{SNOWMAN} and 日本語 and العربية",
)
