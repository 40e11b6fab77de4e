"""What a rebuilt message lost: only a line that is known to be harmless takes nothing from its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.rebuilt import HARMLESS, PERSON_BY_NAME, PROPERTIES, SENDER, STRUCTURE, lost_content

NAMES = st.text().map(lambda text: " ".join(text.split()))


@given(st.lists(st.sampled_from(HARMLESS)), st.integers(min_value=1), NAMES)
def test_what_every_rebuilt_message_says_takes_nothing_from_its_content(
    forms: list[str], count: int, name: str
) -> None:
    assert not lost_content(form.format(count=count, who=SENDER, name=name) for form in forms)


def test_a_message_that_was_not_rebuilt_lost_nothing() -> None:
    assert not lost_content(None) and not lost_content(())


@pytest.mark.parametrize(
    "line",
    [
        "an embedded OLE object 'Budget chart'",
        "an embedded OLE object '3 Outlook properties'",
        "the attachment 'plan.xlsx', which has no content",
        "the file 'plan.xlsx', which is attached as a link only",
        "attachment 2 cannot be read (an error of the disk)",
        "in the attached message 'Inner': 3 Outlook properties",
        "the RTF body with its formatting (it is damaged)",
        "1 line among the headers that is no header",
        "many Outlook properties",
        f"{STRUCTURE} and the text",
        "something that a later version says",
        "",
    ],
)
def test_every_other_line_may_tell_of_lost_content(line: str) -> None:
    assert lost_content((STRUCTURE, line, PROPERTIES.format(count=3)))


@given(NAMES)
def test_no_name_makes_a_loss_look_harmless(name: str) -> None:
    harmless = PERSON_BY_NAME.format(who=SENDER, name=name)
    assert lost_content((f"the attachment '{harmless}', which has no content", f"an embedded OLE object '{name}'"))
