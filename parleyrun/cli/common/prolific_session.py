"""What the commands about Prolific have in common: the config, its record, and the API."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...app.store_choice import store_path
from ...archive.archive import Archive
from ...config.plan import load_config
from ...config.schema import MEMORY, Config
from ...study.prolific.prolific_token import prolific_token
from ...study.study_visits import StudyVisit, study_visits
from .config_argument import ConfigPath
from .page_options import can_ask
from .store_files import in_a_file

if TYPE_CHECKING:
    from ...study.prolific.prolific_api import ProlificApi
    from ...study.prolific.reconciliation import Reconciliation

_Command = TypeVar("_Command", bound=Callable[..., Any])

_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(/.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlificSession:
    """A config, what is on its record, and Prolific.

    Attributes:
        config: The config.
        store: The file of the record.
        visits: All that are on record.
        api: Asks Prolific.
        wanted: The study that was named on the command line, if one was.
    """

    config: Config
    store: Path
    visits: tuple[StudyVisit, ...]
    api: ProlificApi
    wanted: str | None

    @property
    def codes(self) -> Mapping[str, str]:
        """The outcome of each completion code."""
        return {entry.code: outcome for outcome, entry in self.config.completion.items() if entry.code}

    def studies(self) -> list[str]:
        """Return the ids of the studies that are meant. Raises `UsageError` where nobody came from one."""
        from ...study.prolific.reconciliation import STUDY, studies_of

        if self.wanted is not None:
            return [self.wanted]
        found = studies_of(self.visits)
        if not found:
            raise click.UsageError(f"nobody on record has come with a {STUDY} yet: say --study ID")
        return found

    def one_study(self) -> str:
        """Return the id of the study that is meant. Raises `UsageError` where there are several."""
        found = self.studies()
        if len(found) > 1:
            raise click.UsageError(f"people came from several studies: say --study with one of {', '.join(found)}")
        return found[0]

    def reconciled(self, study_id: str) -> Reconciliation:
        """Return a study's submissions beside the visits."""
        from ...study.prolific.reconciliation import reconcile

        return reconcile(study_id, self.api.submissions(study_id), self.visits, self.codes)


@contextmanager
def prolific_session(
    config: Path, store: str | None, study: str | None, api_url: str
) -> Iterator[ProlificSession]:
    """Read a config and its record, and yield them with the API.

    Raises:
        PanelError: There is no token.
        StoreError: There is no record.
        UsageError: The record is in memory.
    """
    from ...study.prolific.prolific_api import ProlificApi  # and with it requests
    from ...study.prolific.prolific_client import ProlificClient

    loaded = load_config(config)
    place = store_path(loaded, store)
    if place == MEMORY:
        raise click.UsageError("expected a record that lasts: the store of this config is in memory")
    token = prolific_token(os.environ, _ask if can_ask() else None)
    with Archive(Path(place)) as archive:
        visits = tuple(study_visits(archive))
    with closing(ProlificClient(token, url=api_url, sleep=time.sleep)) as client:
        yield ProlificSession(
            config=loaded, store=Path(place), visits=visits, api=ProlificApi(client), wanted=study
        )


def prolific_options(command: _Command) -> _Command:
    """Give a command CONFIG, `--study`, `--store` and `--api-url`."""
    from ...study.prolific.prolific_client import API_URL

    options = (
        click.argument("config", type=ConfigPath()),
        click.option(
            "--study", metavar="ID", help="The study at Prolific.  [default: the one that people came from]"
        ),
        click.option("--store", callback=in_a_file, metavar="PATH", help="The record, if it is not the config's."),
        click.option(
            "--api-url",
            default=API_URL,
            callback=_checked_url,
            metavar="URL",
            help="Where Prolific's API is; for rehearsals with parleyrun.testing.FakeProlific.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _checked_url(_ctx: click.Context, _parameter: click.Parameter, url: str) -> str:
    # Over http the token could be read on the way, so only this machine itself is spoken to like that.
    if url.startswith("https://") or _HERE.fullmatch(url):
        return url
    raise click.BadParameter("expected an address that begins with https://, or one of this machine")


def _ask() -> str:
    answer: str = click.prompt("token of Prolific's API (not shown)", hide_input=True, err=True)
    return answer
