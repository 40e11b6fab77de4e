"""What libpff gives, made into items: with a library of our own that gives what no real sample here has.

Messages within messages, folders in a circle, counts that do not agree, parts that raise.
"""

from __future__ import annotations

import struct
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from retention.mail.files.outlook.building import mime_of
from retention.mail.files.outlook.opened import opened
from retention.mail.files.outlook.pst_items import ORPHANS, PstItems
from retention.mail.files.outlook.telling import message_of

Values = dict[int, tuple[int, bytes]]
NORMAL, SEARCH, MESSAGE = 0x02, 0x03, 0x04


def text(said: str) -> tuple[int, bytes]:
    return 0x1F, said.encode("utf-16-le")


def number(said: int) -> tuple[int, bytes]:
    return 0x03, struct.pack("<i", said)


class Records:
    """One set of properties as the library gives it; what is ``None`` raises when it is read."""

    def __init__(self, values: dict[int, Any]) -> None:
        self._values = list(values.items())
        self.number_of_entries = len(self._values)

    def get_entry(self, index: int) -> Any:
        tag, value = self._values[index]
        if value is None:
            raise OSError("pypff_record_entry_get_data: unable to retrieve data. libpff: broken.")
        return SimpleNamespace(entry_type=tag, value_type=value[0], data=value[1])

    def get_entry_by_type(self, tag: int) -> Any:
        at = next((at for at, (each, _) in enumerate(self._values) if each == tag), None)
        return None if at is None else self.get_entry(at)


class Thing:
    def __init__(self, id_: int, values: dict[int, Any]) -> None:
        self.identifier, self._values, self.number_of_record_sets = id_, values, 1

    def get_record_set(self, _: int) -> Records:
        return Records(self._values)


class Mail(Thing):
    def __init__(self, id_: int, values: Any, attachments: Any = (), to: Any = (), rtf: bytes | None = None) -> None:
        super().__init__(id_, {0x1A: text("IPM.Note"), **values})
        self._attachments, self.rtf_body = attachments, rtf
        self.number_of_attachments = len(attachments)
        self.recipients = SimpleNamespace(number_of_record_sets=len(to), get_record_set=lambda at: Records(to[at]))

    def get_attachment(self, index: int) -> Any:
        return self._attachments[index]


class File(Thing):
    def __init__(self, values: Any, data: bytes = b"", said: int | None = None, inner: Any = None) -> None:
        super().__init__(0, values)
        self._data, self.size, self._inner = data, len(data) if said is None else said, inner
        self.number_of_sub_items = 0 if inner is None else 1

    def seek_offset(self, offset: int, _: int) -> None:
        self._at = offset

    def read_buffer(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def get_sub_item(self, _: int) -> Any:
        if isinstance(self._inner, Exception):
            raise self._inner
        return self._inner


class Box(Thing):
    def __init__(self, id_: int, name: str | None, inner: Any = (), mail: Any = (), said: int | None = None) -> None:
        super().__init__(id_, {} if said is None else {0x3602: number(said)})
        self.name, self._inner, self._mail = name, inner, mail
        self.number_of_sub_messages = len(mail)

    @property
    def number_of_sub_folders(self) -> int:
        if isinstance(self._inner, Exception):
            raise self._inner
        return len(self._inner)

    def get_sub_folder(self, index: int) -> Any:
        if isinstance(self._inner[index], Exception):
            raise self._inner[index]
        return self._inner[index]

    def get_sub_message(self, index: int) -> Any:
        return self._mail[index]


@pytest.fixture
def items_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The items of a PST with this root folder."""

    def made(root: Box, orphans: Any = (), names: Any = None) -> PstItems:
        file = SimpleNamespace(
            open=lambda _: None,
            ascii_codepage=b"cp1252",
            name_to_id_map=names,
            root_folder=root,
            number_of_orphan_items=len(orphans),
            get_orphan_item=lambda at: orphans[at],
        )
        monkeypatch.setitem(sys.modules, "pypff", SimpleNamespace(file=lambda: file))
        return PstItems("any.pst")

    return made


def the_message(items: PstItems, folder: str = "290") -> Any:
    items.folders()
    _, item = items.item(folder, 0)
    assert item is not None
    return message_of(item, "at", "")


def root(*mail: Mail) -> Box:
    return Box(290, None, mail=mail)


def test_folders_have_paths_and_each_its_own(items_of: Any) -> None:
    twins = (Box(98, "In/Out"), Box(130, "In/Out"), Box(8739, "Spam Search"))
    folders = items_of(Box(290, None, (Box(34, "Top", twins),))).folders()
    assert [each.path for each in folders] == ["Top", "Top/In∕Out", "Top/In∕Out (2)"]


def test_a_folder_that_cannot_be_read_is_listed_with_its_reason(items_of: Any) -> None:
    broken = OSError("pypff_folder_get_sub_folder: unable to retrieve sub folder: 0. libpff: more.")
    folders = items_of(Box(290, None, (broken, Box(34, "Top", OSError("f: no list. x"))))).folders()
    assert [(each.path, each.trouble) for each in folders] == [
        ("folder 1", "unable to retrieve sub folder: 0"),
        ("Top", ""),
        ("Top/folders that cannot be read", "no list"),
    ]


def test_folders_that_go_in_a_circle_come_to_an_end(items_of: Any) -> None:
    top = Box(34, "Top")
    top._inner = (Box(66, "Inner", (top,)),)
    folders = items_of(Box(290, None, (top,))).folders()
    assert [bool(each.trouble) for each in folders] == [False, False, True]


def test_a_folder_that_says_it_holds_more_than_is_found_tells_both_counts(items_of: Any) -> None:
    items = items_of(Box(290, None, (Box(34, "Top", mail=(Mail(4, {}),), said=3),)))
    items.folders()
    count = items.count("34")
    assert (count.found, count.said) == (1, 3)


def test_items_that_lie_in_no_folder_are_found_too(items_of: Any) -> None:
    lost = (Mail(36, {0x37: text("lost")}), Box(34, "no message"))
    items = items_of(Box(290, None), orphans=lost)
    (listed,) = items.folders()
    assert listed.id == ORPHANS
    assert items.count(ORPHANS).found == 2
    assert the_message(items, ORPHANS).subject == "lost"
    assert items.item(ORPHANS, 1) == ("34", None)


def test_a_message_in_a_message_is_carried_whole(items_of: Any) -> None:
    inner = Mail(0, {0x37: text("inner"), 0x1000: text("within")}, (File({0x3705: number(1)}, b"file"),))
    outer = Mail(36, {0x37: text("outer"), 0x0E07: number(0x11)}, (File({0x3705: number(5)}, inner=inner),))
    items = items_of(root(outer))
    items.folders()
    content = b"".join(mime_of(opened(items.item("290", 0)[1])))
    assert b"Subject: inner" in content and b"within" in content and b"ZmlsZQ==" in content


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (Mail(36, {0x37: None}), "1 of its properties cannot be read"),
        (Mail(36, {0x0E07: number(0x10)}), "the attachments that it says it has cannot be found"),
        (Mail(36, {}, (File({0x3705: number(1)}, b"half", said=400),)), "ends after 4 of its 400 bytes"),
        (Mail(36, {}, (File({0x3705: number(5)}, inner=OSError("f: lost. x")),)), "a message in it cannot be read"),
        (Mail(36, {}, (None,)), "attachment 1 cannot be read"),
        (Mail(36, {}, to=({0x0C15: None},)), "its recipients cannot be read (unable to retrieve data)"),
        (Mail(36, {}, (File({0x3705: number(5)}, inner=Mail(0, {0x37: None})),)), "of a message in it, 1 of its"),
    ],
)  # fmt: skip
def test_whatever_is_lost_of_an_item_is_its_trouble_and_then_it_has_no_version(
    items_of: Any, mail: Mail, words: str
) -> None:
    told = the_message(items_of(root(mail)))
    assert words in told.trouble
    assert (told.version, told.kind) == ("", "IPM.Note")


def test_an_item_of_a_class_that_the_library_does_not_know_is_trouble(items_of: Any) -> None:
    told = the_message(items_of(root(Thing(36, {0x1A: text("IPM.Of.Our.Own"), 0x37: text("a form")}))))  # type: ignore[arg-type]
    assert (told.kind, told.subject, told.version) == ("IPM.Of.Our.Own", "a form", "")
    assert "its class is not known" in told.trouble


def test_categories_are_found_by_their_name(items_of: Any) -> None:
    keywords = "Keywords".encode("utf-16-le")
    names = Thing(97, {
        2: (0x102, b""),
        3: (0x102, struct.pack("<IHHIHH", 0, 2 << 1 | 1, 0x17, 0x8233, 6, 1)),
        4: (0x102, struct.pack("<I", len(keywords)) + keywords),
    })  # fmt: skip
    red, blue = "Red".encode("utf-16-le"), "Blue".encode("utf-16-le")
    many = struct.pack("<III", 2, 12, 12 + len(red)) + red + blue
    told = the_message(items_of(root(Mail(36, {0x8017: (0x101F, many)})), names=names))
    assert told.categories == ("Red", "Blue")


def test_a_subject_without_the_two_signs_before_its_re(items_of: Any) -> None:
    assert the_message(items_of(root(Mail(36, {0x37: text("\x01\x05Re: toner")})))).subject == "Re: toner"


def test_texts_of_an_old_pst_are_read_in_their_code_page(items_of: Any) -> None:
    mail = Mail(36, {0x3FFD: number(1251), 0x37: (0x1E, "Привет".encode("cp1251"))})
    assert the_message(items_of(root(mail))).subject == "Привет"


def test_an_rtf_body_is_unpacked_by_the_library(items_of: Any) -> None:
    mail = Mail(36, {0x1009: (0x102, b"packed")}, rtf=rb"{\rtf1\ansi\fromtext Hello\par there}")
    assert the_message(items_of(root(mail))).preview == "Hello there"
