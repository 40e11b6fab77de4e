"""Words of a city's mail: topics, papers and small talk, and the phrases and patterns a schedule has for them.

Nothing is measured here. The same seed always gives the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

TOPICS = """
    accident account ambulance annexation arbitration assessment auction audit background ballot bank basin benefit
    billing bond boundary bridge budget building burial bus business cable cemetery census channel charter circulation
    claim clinic code complaint compost condemnation conservation construction consultant contract crossing culvert
    curb dam daycare debt deed demolition design detention disability discipline dispatch drainage driveway easement
    election electrical elevator emergency encroachment energy engineering ethics eviction excavation facility fence
    festival fire fleet flood food forestry franchise fuel garbage gas grant grading graffiti harbor hazard health
    heating heritage highway housing hydrant immunization improvement incident infrastructure inspection insurance
    intersection inventory investment irrigation jail job labor landfill landscape lease levy liability library license
    lien lighting loan lot maintenance market mediation memorial meter mosquito museum noise nuisance ordinance
    outreach overtime parade park parking parcel patrol pavement payroll pension permit personnel pesticide pipeline
    planning plat playground plumbing police pool precinct procurement property prosecution purchasing quarry radio
    railroad rebate recall recreation recycling refund registration rehabilitation relocation rental reservoir
    retirement revenue rezoning road roof royalty salary sales sanitation school seal security septic settlement sewer
    shelter sidewalk sign signal siren snow soil speed sprinkler stormwater street subdivision subpoena subsidy
    surveillance survey tax telephone theft ticket title tobacco tornado tourism towing traffic training transit
    trash treasury tree trench trespass utility vaccination valuation variance vehicle vendor veteran volunteer voter
    wage warrant waste water weapon weed welfare well wetland wiring workforce zoning
""".split()
PAPERS = """
    agreement amendment analysis application appraisal approval award bid certificate change-order correspondence
    decision estimate exhibit file finding hearing invoice ledger log minutes notice order petition plan policy
    proposal questionnaire receipt record recommendation report request requisition resolution roster schedule
    statement study summary transcript waiver
""".split()
SMALL_TALK = """
    please find attached the latest and let me know if you have any questions before friday thanks for your help with
    this we should talk about it next week when everyone is back in office i will send over what we discussed at lunch
    yesterday could you take another look as soon as possible there are still some things to sort out on our end sorry
    late reply has been busy here hope all well see below more details happy walk through them at your convenience
    just checking whether anyone had time go over numbers that came from downtown looks good to me but would like
    second opinion maybe tomorrow afternoon works better than morning give call or stop by my desk copying dana who
    knows history of matter also weather is supposed be nice weekend so enjoy long one kind regards best
""".split()
OPENINGS = ("RE: ", "FW: ", "Re: ", "", "", "", "Fwd: ")
CAPITALS = (str.lower, str.lower, str.title, str.capitalize, str.upper)
NUMBERED = (
    r"re:\b{topic}\s+(no\.?\s*)?\d{{2}}-\d{{3,5}}\b",
    r"re:^\s*{topic} {paper}\b.{{0,40}}\b20\d\d\b",
    r"re:\b{topic}\b[^.]{{0,30}}\b{paper}s?\b",
    r"re:^((re|fw|fwd):\s*)*{topic} {paper}:",
)


def phrases(count: int, seed: int = 1) -> list[str]:
    """What schedules look for: three in four are phrases, one in ten ends in ``*``, the others are patterns."""
    random = Random(seed)
    pairs = list(product(TOPICS, PAPERS))
    chosen = []
    for topic, paper in random.sample(pairs, count):
        kind = random.random()
        if kind < 0.1:
            chosen.append(f"{topic} {paper[:5]}*")
        elif kind < 0.25:
            chosen.append(random.choice(NUMBERED).format(topic=topic, paper=paper))
        else:
            chosen.append(f"{topic} {paper}")
    return chosen


def planted(phrase: str, random: Random) -> str:
    """A text in which the phrase or pattern is found."""
    if not phrase.startswith("re:"):
        return phrase.replace("*", "ing").replace("-", random.choice("- "))
    topic, _, _ = phrase.removeprefix(r"re:\b").removeprefix(r"re:^\s*").partition("\\")
    topic = topic.rpartition("*")[2].strip(":")
    paper = next((one for one in PAPERS if one in phrase), "report")
    return f"{topic} 26-0{random.randrange(100, 999)} {paper}: 2026".replace(f"{paper} {paper}", paper)


def texts(count: int, length: int, known: list[str], share: float, seed: int = 2) -> Iterator[str]:
    """Lines of mail of this length; about so large a share of them holds one of the phrases that are known."""
    random = Random(seed)
    for _ in range(count):
        parts = random.choices(SMALL_TALK, k=length // 4)
        for place in range(6, len(parts), 9):
            parts[place] = random.choice(TOPICS if place % 2 else PAPERS)
        if random.random() < share:
            parts[random.randrange(3)] = planted(random.choice(known), random)
        yield (random.choice(OPENINGS) + random.choice(CAPITALS)(" ".join(parts)))[:length]
