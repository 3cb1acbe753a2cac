"""What to do about each error of the Graph API when a message is sent."""

from __future__ import annotations

from enum import Enum

from ....errors import GraphError


class Treatment(Enum):
    """What becomes of a message that was answered with an error."""

    RETRY_BACKOFF = "try again, more and more slowly"
    RETRY_ONCE_OR_TWICE = "try again once or twice"
    DO_NOT_RESEND = "it was sent although the answer is an error"
    THROTTLED = "the whole page has to wait"
    ABUSIVE = "send nothing to this person until they write again, as Meta finds it abusive"
    WINDOW_CLOSED = "keep it until the person writes again"
    PERSON_GONE = "this person cannot be reached"
    STOP_PAGE = "send nothing for this page until it is mended"
    AUTHOR_ERROR = "the message itself is wrong"
    SETUP_ERROR = "the app lacks a permission"
    WAIT = "another app talks with this person now"


_BY_SUBCODE = {
    (1, 1357046): Treatment.DO_NOT_RESEND,
    (613, 2018338): Treatment.ABUSIVE,
    (10, 2018278): Treatment.WINDOW_CLOSED,
    (10, 2018065): Treatment.WINDOW_CLOSED,
    (10, 2018108): Treatment.PERSON_GONE,
    (200, 1545041): Treatment.PERSON_GONE,
    (100, 2018001): Treatment.PERSON_GONE,
    (10, 1893063): Treatment.STOP_PAGE,
}

_BY_CODE = {
    1: Treatment.RETRY_BACKOFF,
    2: Treatment.RETRY_BACKOFF,
    3: Treatment.SETUP_ERROR,
    4: Treatment.THROTTLED,
    10: Treatment.SETUP_ERROR,
    17: Treatment.THROTTLED,
    32: Treatment.THROTTLED,
    100: Treatment.AUTHOR_ERROR,
    190: Treatment.STOP_PAGE,
    230: Treatment.SETUP_ERROR,
    551: Treatment.PERSON_GONE,
    613: Treatment.THROTTLED,
    1200: Treatment.RETRY_ONCE_OR_TWICE,
    80006: Treatment.THROTTLED,
}

NOT_REVIEWED = 2018028
"""The subcode for an app that may write to some people, but not to this one."""

_ANOTHER_APP = 2018300
"""Meta gives it as a code or as a subcode."""


def treatment_of(error: GraphError) -> Treatment:
    """Return what to do about an error. The HTTP status says nothing, unless there is no code either."""
    if _ANOTHER_APP in (error.code, error.subcode):
        return Treatment.WAIT
    known = _BY_SUBCODE.get((error.code, error.subcode)) or _BY_CODE.get(error.code)
    if known is not None:
        return known
    if 200 <= error.code <= 299:
        return Treatment.SETUP_ERROR  # all permissions
    if error.transient or error.status >= 500 or error.code == 0:
        return Treatment.RETRY_BACKOFF
    return Treatment.AUTHOR_ERROR


_WITHDRAWN = 190
_RENEW = "make a new page token, and start again with --force-page-token or PARLEYRUN_PAGE_TOKEN"

_ADVICE = {
    (100, 2018008): "Meta could not fetch the attachment: see that its url can be opened by anybody, within 10 s",
    (100, 2018047): "Meta does not take this type of attachment",
    (100, 2018074): "the attachment_id is not of this page, or has expired: upload the attachment again",
    (100, 2018109): "the attachment is too large: 8 MB for an image by url, 25 MB for anything else",
    (200, NOT_REVIEWED): "the app is not reviewed yet, so it may only write to people who have a role in it",
}


def advice_on(error: GraphError) -> str:
    """Return what an operator should know about an error, in a few words: ours if we know it, Meta's if not."""
    advice = _ADVICE.get((error.code, error.subcode)) or error.message or "no message"
    number = f"{error.code} ({error.subcode})" if error.subcode else f"{error.code}"
    mend = f": {_RENEW}" if error.code == _WITHDRAWN else ""
    return f"{advice} [error {number}]{mend}"
