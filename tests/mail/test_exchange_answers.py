"""Answers taken apart: to their last tag or not at all, and errors by their codes.

What an item says is tested in ``test_exchange_rows.py``.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.mail.exchange.answers import body_of, failure, responses
from retention.mail.exchange.asked import SOAP, M, T
from retention.mail.exchange.failures import Malformed, ServiceError

HEAD = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{T}" xmlns:m="{M}"><s:Body>'
TAIL = "</s:Body></s:Envelope>"


def told(inner: str) -> bytes:
    return f"{HEAD}{inner}{TAIL}".encode()


def changes(subject: str = "Elm Street", state: str = "H4sI") -> bytes:
    return told(
        '<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success">'
        f"<m:ResponseCode>NoError</m:ResponseCode><m:SyncState>{state}</m:SyncState>"
        "<m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes><t:Create><t:Message>"
        f'<t:ItemId Id="A" ChangeKey="K"/><t:Subject>{subject}</t:Subject></t:Message></t:Create></m:Changes>'
        "</m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>"
    )


def message(class_: str, code: str, more: str = "") -> bytes:
    return told(
        f'<m:GetItemResponse><m:ResponseMessages><m:GetItemResponseMessage ResponseClass="{class_}">'
        f"<m:MessageText>said so</m:MessageText><m:ResponseCode>{code}</m:ResponseCode>{more}<m:Items/>"
        "</m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse>"
    )


def fault(code: str, more: str = "") -> bytes:
    return told(
        f'<s:Fault><faultcode xmlns:a="{T}">a:{code}</faultcode><faultstring xml:lang="en-US">said so</faultstring>'
        f'<detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">{code}'
        '</e:ResponseCode><e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">said so'
        f"</e:Message>{more}</detail></s:Fault>"
    )


@given(st.integers(min_value=0, max_value=len(changes()) - 1))
def test_an_answer_that_was_cut_off_anywhere_is_none(end: int) -> None:
    with pytest.raises(Malformed):
        responses(changes()[:end])


def test_a_whole_answer_is_one() -> None:
    (answer,) = responses(changes())
    assert answer.is_success and answer.element.findtext(f"{{{M}}}SyncState") == "H4sI"


@pytest.mark.parametrize("reference", ["&#x1F;", "&#0;", "&#11;", "&#xFFFE;", "&#xD800;"])
def test_a_control_character_that_exchange_writes_all_the_same_costs_nothing(reference: str) -> None:
    (answer,) = responses(changes(f"Elm{reference}Street &#x41;&#10;"))
    assert answer.element.find(f".//{{{T}}}Subject").text == "Elm�Street A\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"not XML at all",
        told(""),
        told("<m:GetItemResponse><m:ResponseMessages/></m:GetItemResponse>"),
        message("", "NoError").replace(b' ResponseClass=""', b""),
        b'<!DOCTYPE a [<!ENTITY b "bbbb">]>' + changes("&b;")[38:],
    ],
)
def test_what_is_no_answer_of_exchange_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        responses(body)


def test_an_error_of_one_thing_is_told_with_its_code_and_its_words() -> None:
    (answer,) = responses(message("Error", "ErrorItemNotFound"))
    assert not answer.is_success
    assert (answer.error.code, answer.error.told) == ("ErrorItemNotFound", 'ErrorItemNotFound, "said so"')


def test_a_warning_is_no_success() -> None:
    (answer,) = responses(message("Warning", "ErrorBatchProcessingStopped"))
    assert not answer.is_success and answer.error.transient
    (answer,) = responses(message("Error", "NoError"))
    assert not answer.is_success


BACK_OFF = '<{0}:MessageXml{1}><t:Value Name="BackOffMilliseconds">{2}</t:Value></{0}:MessageXml>'


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [("1500", 1.5), ("0", 0.0), ("-5", 0.0), ("99999999", 600.0), ("nan", None), ("", None)],
)
def test_how_long_to_wait_is_read_wherever_it_stands(milliseconds: str, seconds: float | None) -> None:
    (inside,) = responses(message("Error", "ErrorServerBusy", BACK_OFF.format("m", "", milliseconds)))
    assert inside.error.busy and inside.error.wait == seconds
    outside = failure(500, fault("ErrorServerBusy", BACK_OFF.format("t", "", milliseconds)))
    assert outside.busy and (outside.status, outside.wait) == (500, seconds)


def test_a_fault_inside_of_a_200_is_an_error_too() -> None:
    with pytest.raises(ServiceError) as error:
        responses(fault("ErrorImpersonateUserDenied"))
    assert (error.value.code, error.value.words) == ("ErrorImpersonateUserDenied", "said so")


def test_what_a_proxy_says_has_a_status_and_no_code() -> None:
    for body in (b"<html/>", b"", b"\xff\xfe"):
        error = failure(503, body)
        assert (error.code, error.busy, error.transient) == ("HTTP 503", True, True)
    assert not failure(404, b"").transient
    assert body_of(changes()) is not None
