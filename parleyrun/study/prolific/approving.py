"""Approving submissions, and seeing whether that has happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .prolific_api import APPROVED, ProlificApi

LOOKS = 5
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 8.0


def approve_submissions(
    api: ProlificApi, study_id: str, submission_ids: Sequence[str], sleep: Callable[[float], None]
) -> list[str]:
    """Approve submissions, and return those that are not approved some time later, in the order given.

    Prolific answers before it has done it. Approving what is approved already does nothing.

    Args:
        api: Prolific.
        study_id: Of the study.
        submission_ids: Of those that are to be approved.
        sleep: Waits so many seconds.

    Raises:
        PanelError: Prolific refused, or was not reached; some may be approved.
    """
    api.approve(submission_ids)
    open_ones = list(submission_ids)
    for look in range(LOOKS):
        sleep(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**look))
        approved = {each.submission_id for each in api.submissions(study_id) if each.status == APPROVED}
        open_ones = [each for each in open_ones if each not in approved]
        if not open_ones:
            break
    return open_ones
