"""What people write to and in the pretend city: kinds of mail with their subjects and texts.

Stories that run over several messages are told in a neighbour; here every message stands alone.
"""

from __future__ import annotations

from msgspec import Struct

OFFICES: dict[str, tuple[str, str]] = {
    "mayor": ("Dana Whitfield", "user"),
    "council": ("City Council", "shared"),
    "clerk": ("Ruth Okafor", "user"),
    "records": ("Pat Ortiz", "user"),
    "attorney": ("Kim Lee", "user"),
    "relations": ("Marcus Bell", "user"),
    "works.director": ("Joan Petrie", "user"),
    "works": ("Public Works", "shared"),
    "chief": ("Luis Andrade", "user"),
    "finance": ("Helen Zhao", "user"),
    "permits": ("Building Permits", "shared"),
    "library": ("Tom Abara", "user"),
    "chambers": ("Council Chambers", "room"),
}
WITHOUT_MAILBOX = {"intern": ("Summer Intern", "user")}
USERS: dict[str, tuple[str, str, str]] = {
    "mayor": ("City Council", "Mayor", "1001"),
    "clerk": ("City Clerk", "City Clerk", "1004"),
    "records": ("City Clerk", "Records Manager", "1017"),
    "attorney": ("Legal", "City Attorney", "1009"),
    "relations": ("Human Resources", "Employee Relations Officer", "1023"),
    "works.director": ("Public Works", "Director of Public Works", "1012"),
    "chief": ("Police", "Chief of Police", "1006"),
    "finance": ("Finance", "Finance Director", "1015"),
    "library": ("Library", "Library Director", "1020"),
    "intern": ("Public Works", "Summer Intern", "1088"),
}
"""The department, job title and employee number of those who are people."""

RESIDENTS = (
    "Alma Reyes", "Ben Carver", "Chloe Dufresne", "Dmitri Volkov", "Esther Kaplan", "Farid Haidari", "Grace Lindqvist",
    "Hector Maldonado", "Ines Castellano", "Jakob Thorsen", "Keiko Tanabe", "Leonard Pruitt", "Maya Srinivasan",
    "Nils Åkerlund", "Odette Boucher", "Paul Whitehorse", "Quentin Marsh", "Rosa Jiménez", "Samuel Adeyemi",
    "Tess Novak",
)  # fmt: skip
VENDORS = ("Northfork Paving", "Lindgren & Sons", "Harbor Office Supply", "Prairie Engineering", "Bluestem Software")
STREETS = (
    "Maple Street", "Elm Street", "Second Avenue", "Quarry Road", "Birch Lane", "Mill Street", "Depot Street",
    "Orchard Way", "River Terrace", "Chapel Hill Road",
)  # fmt: skip
THINGS = ("toner", "traffic cones", "road salt", "desk chairs", "two laptops", "fire hose fittings", "library labels")
TOPICS = ("the snow routes", "the farmers market", "the splash pad", "the tree sale", "summer hours", "the food drive")


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of mail. ``writer`` is ``resident``, ``vendor``, ``machine`` or an office.

    ``readers`` are the offices one of which gets it, ``folders`` where it lies there, ``ages`` its age in days (from,
    to). ``message_class`` is empty for the one its MIME has. ``file`` is ``pdf``, ``csv`` or nothing. ``sent`` keeps
    the writer's copy in Sent Items. ``headers`` are header lines as they are.
    """

    name: str
    count: int
    writer: str
    readers: tuple[str, ...]
    subjects: tuple[str, ...]
    texts: tuple[str, ...]
    folders: tuple[str, ...] = ("Inbox",)
    ages: tuple[int, int] = (1, 2190)
    message_class: str = ""
    categories: tuple[str, ...] = ()
    file: str = ""
    unread: float = 0.1
    sent: bool = False
    headers: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind(
        name="correspondence",
        count=26,
        writer="resident",
        readers=("mayor", "clerk", "works.director", "chief", "library"),
        subjects=(
            "Letter about parking on {street}",
            "Inquiry about the sidewalk on {street}",
            "Follow up: our talk at the open house",
            "Inquiry: who looks after the trees on {street}?",
            "RE: your letter about {street}",
        ),
        texts=(
            "Good morning,\n\nwe have lived on {street} for eleven years and would like to know what the city has in "
            "mind for the corner lot. Could somebody call me?\n\n{person}",
            "Hello,\n\nthank you for coming to the open house. You said that the plan for {street} would be sent to "
            "those who asked. I would like a copy.\n\nRegards\n{person}",
            "To whom it may concern,\n\nthe sidewalk in front of our house on {street} has lifted again. My neighbor "
            "uses a wheelchair and has to go around on the road.\n\n{person}",
        ),
    ),
    Kind(
        name="answers to residents",
        count=13,
        writer="clerk",
        readers=("resident",),
        subjects=("RE: Inquiry about {street}", "Response to your letter about {street}", "RE: Follow up"),
        texts=(
            "Dear {person},\n\nthank you for writing. The engineer will look at {street} in the week after next, and I "
            "have asked her to let you know the day before.\n\nRuth Okafor, City Clerk",
            "Dear {person},\n\nattached is what we have on {street}. If it is not what you were looking for, please "
            "call the front desk.\n\nRuth Okafor, City Clerk",
        ),
        sent=True,
    ),
    Kind(
        name="complaints",
        count=22,
        writer="resident",
        readers=("works", "works", "permits", "clerk"),
        subjects=(
            "Complaint about pothole on {street}",
            "Street light out at {street}",
            "Complaint: barking dog on {street}",
            "Snow not plowed on {street} again",
            "Complaint about noise from {street}",
            "Missed pickup on {street}",
        ),
        texts=(
            "This is the third time I write about this. Nobody has come to {street}. Please tell me when it will be "
            "done.\n\n{person}",
            "Hi, just so you know: {street}, since Monday. Two cars have had to swerve already.\n\n{person}",
            "I wish to complain. On {street} things are not as they should be, and the form on the web site does not "
            "work.\n\n{person}",
        ),
        folders=("Inbox", "Inbox/Complaints", "Inbox/Complaints/Closed"),
    ),
    Kind(
        name="agendas",
        count=9,
        writer="clerk",
        readers=("council",),
        subjects=("Agenda: regular meeting of the council, {date}", "Council agenda and packet for {date}"),
        texts=(
            "Council members,\n\nattached is the agenda for {date}, 7:00 p.m. in the chambers. Item 6 is the second "
            "reading of the ordinance on {street}.\n\nRuth Okafor, City Clerk",
        ),
        folders=("Inbox/Agendas",),
        file="pdf",
        sent=True,
    ),
    Kind(
        name="minutes",
        count=8,
        writer="clerk",
        readers=("council",),
        subjects=("Draft minutes of {date} for approval", "Minutes of the council meeting of {date}"),
        texts=(
            "Please find the minutes of {date}. Corrections by noon on Friday, please.\n\nRuth Okafor, City Clerk",
            "The minutes of {date} as approved, with the roll call on Resolution {number} on page 4.\n\nRuth Okafor",
        ),
        folders=("Inbox/Minutes",),
        file="pdf",
        sent=True,
    ),
    Kind(
        name="applications",
        count=8,
        writer="resident",
        readers=("relations",),
        subjects=("Application for {job}", "Job application: {job}"),
        texts=(
            "Dear Mr. Bell,\n\nI would like to apply for {job}. My résumé is attached; I could start in a month.\n\n"
            "{person}",
        ),
        folders=("Inbox/Applications",),
        file="pdf",
    ),
    Kind(
        name="grievances",
        count=4,
        writer="works",
        readers=("relations",),
        subjects=("Grievance {number}: overtime on {street}", "Grievance {number}: step 2 meeting"),
        texts=(
            "Marcus,\n\nthe union has filed grievance {number}. The step 2 meeting has to be held within ten working "
            "days.\n\nJoan",
        ),
        folders=("Inbox/Grievances",),
    ),
    Kind(
        name="requisitions",
        count=17,
        writer="works",
        readers=("finance",),
        subjects=("Requisition {number} for {thing}", "Purchase request: {thing}", "Requisition {number}"),
        texts=(
            "Helen,\n\nplease order {thing}, account 4210. The quote from {vendor} is good until the end of the month."
            "\n\nPublic Works",
        ),
        folders=("Inbox", "Inbox/Filed/FIN 04300 Requisitions"),
        file="csv",
    ),
    Kind(
        name="revenue reports",
        count=9,
        writer="finance",
        readers=("mayor",),
        subjects=("Monthly revenue summary, {month}", "Cash receipts for the week of {date}"),
        texts=("Dana,\n\nthe figures for {month} are attached. We are {percent} percent ahead of the plan.\n\nHelen",),
        folders=("Inbox/Finance",),
        file="csv",
        sent=True,
    ),
    Kind(
        name="permits",
        count=16,
        writer="resident",
        readers=("permits",),
        subjects=(
            "Building permit application, {street} {number}",
            "Permit {number}: inspection date",
            "Fence permit for {street}",
        ),
        texts=(
            "Hello,\n\nplease find our application for {street}. The drawings are by {vendor}.\n\n{person}",
            "When can the inspector come to {street}? The walls are open now.\n\n{person}",
        ),
        folders=("Inbox", "Inbox/Open permits", "Inbox/Open permits/Waiting for drawings"),
        file="pdf",
    ),
    Kind(
        name="records requests",
        count=10,
        writer="resident",
        readers=("records", "clerk"),
        subjects=("Data request: e-mail about {street}", "Public records request {number}", "Data practices request"),
        texts=(
            "Under the open records law I ask for all e-mail of the public works director about {street} since "
            "January.\n\n{person}",
            "I would like to inspect the police log of {date}. Please tell me the cost of copies first.\n\n{person}",
        ),
        folders=("Inbox/Requests",),
        categories=("Data request",),
    ),
    Kind(
        name="library",
        count=10,
        writer="resident",
        readers=("library",),
        subjects=(
            "Meeting room request for {date}",
            "Library room request: book club",
            "Summer reading program: ideas",
        ),
        texts=("Hello Tom,\n\ncould our book club have the small room on {date}? We are about twelve.\n\n{person}",),
    ),
    Kind(
        name="police",
        count=6,
        writer="chief",
        readers=("attorney", "mayor"),
        subjects=("Incident report {number}, {street}", "Use of force review {number}", "Overtime detail for {date}"),
        texts=("Attached is what we have on {number}. The camera footage is kept with the case.\n\nLuis Andrade",),
        folders=("Inbox/Police",),
        file="pdf",
        sent=True,
    ),
    Kind(
        name="unclear",
        count=12,
        writer="vendor",
        readers=("works.director", "finance", "permits", "clerk"),
        subjects=("{street}", "Numbers", "One more thing", "As discussed", "Two questions", "(no subject)"),
        texts=("See below. Let me know what you think.\n\n{vendor}", "As discussed on the phone.\n\n{vendor}"),
    ),
    Kind(
        name="newsletters",
        count=26,
        writer="newsletter",
        readers=("mayor", "clerk", "works.director", "finance", "records", "permits"),
        subjects=("City Managers Weekly newsletter", "Newsletter: {topic} and more", "Weekly digest: {topic}"),
        texts=(
            "This week: {topic}, five ways to spend less on paper, and a quiz.\n\nUnsubscribe at any time.",
            "Our spring issue is here. Read about {topic} and meet the team.\n\nView in browser. Unsubscribe.",
        ),
        folders=("Inbox", "Inbox", "Deleted Items", "Junk Email"),
        ages=(1, 900),
        unread=0.05,
        headers=(
            "List-Id: City Managers Weekly <weekly.citymanagers.example>",
            "List-Unsubscribe: <https://news.example/leave>",
            "Precedence: bulk",
        ),
    ),
    Kind(
        name="out of office",
        count=12,
        writer="resident",
        readers=("clerk", "permits", "works", "finance"),
        subjects=("Automatic reply: {street}", "Out of office: back on {date}"),
        texts=("I am away until {date} and will write when I am back.\n\n{person}",),
        ages=(1, 700),
        message_class="IPM.Note.Rules.OofTemplate.Microsoft",
        unread=0.0,
        headers=("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"),
    ),
    Kind(
        name="delivery notices",
        count=10,
        writer="machine",
        readers=("clerk", "permits", "finance", "library"),
        subjects=("Undeliverable: {street}", "Delivered: road closure map", "Read: opening hours"),
        texts=("Your message was handled on {date}. No action is needed.",),
        ages=(1, 700),
        message_class="REPORT.IPM.Note.DR",
        unread=0.0,
        headers=("Auto-Submitted: auto-generated",),
    ),
    Kind(
        name="voice mail notices",
        count=12,
        writer="machine",
        readers=("works.director", "chief", "permits", "attorney"),
        subjects=("Voice mail from 555-01{number:.2} (32 seconds)", "Missed call from 555-01{number:.2}"),
        texts=("You have a new voice mail. Dial *98 to listen.",),
        ages=(1, 500),
        unread=0.0,
        headers=("Auto-Submitted: auto-generated",),
    ),
    Kind(
        name="lunch",
        count=12,
        writer="library",
        readers=("mayor", "clerk", "finance", "records", "works.director"),
        subjects=("Lunch on Friday?", "Coffee tomorrow?", "Happy birthday", "Cake in the break room", "Potluck"),
        texts=("Noon at the front door?", "There is plenty, come by before it is gone.", "The taco truck is back."),
        ages=(1, 600),
        unread=0.0,
    ),
    Kind(
        name="thanks",
        count=6,
        writer="finance",
        readers=("works", "clerk", "library"),
        subjects=("Thanks!", "Thank you", "Thanks for your help"),
        texts=("Thanks, that is all I needed.\n\nHelen",),
        ages=(1, 800),
    ),
    Kind(
        name="room changes",
        count=6,
        writer="clerk",
        readers=("finance", "works.director", "records"),
        subjects=("Room change: Tuesday staff meeting in 204", "Meeting moved to 2 p.m."),
        texts=("We are moving next door, see you there.",),
        ages=(1, 400),
        unread=0.0,
    ),
)
JOBS = ("seasonal mower", "library assistant", "utility worker II", "police records clerk")
