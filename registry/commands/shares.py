"""A cohort that lives its lives, in one process or divided among several.

Each process has points of its own: their streams of the log, their stock and their counters are nobody else's, so that
the processes do not wait for each other, and what is recorded does not depend on how many there are.
"""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait

import click
from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer, load_issuer
from registry.commands.batch import Batch
from registry.commands.cohort import Cohort, Point, Story
from registry.commands.lives import Lives
from registry.commands.synthetic import WEIGHTS
from registry.db import Database, expect_bulk
from registry.model import for_reading
from registry.settings import Settings

BATCH = 1_000


@dataclass(frozen=True)
class Play:
    url: str  # of the database
    settings: Settings
    campaign: Campaign
    points: Sequence[Point]
    cohort: Cohort

    def live(self, own: Sequence[Point]) -> Iterator[Counter[str]]:
        """How many people of each batch reached each stage, when it is committed.

        The rows are made while the session reads: writers wait for their writing only.
        """
        issuer = load_issuer(self.settings)
        codes = {point.place.code for point in own}
        stories = self.cohort.stories(self.campaign, self.points, at=codes)
        with (
            uncollected(),
            bulk_database(self.url) as database,
            database.open_session(writes=False) as reading,
            database.open_session(writes=True) as writing,
        ):
            for some in batched(stories, BATCH):
                batch, stages = gather(reading, self.campaign, issuer, some)
                reading.rollback()
                batch.write(writing)
                writing.commit()
                yield stages

    def live_apart(self, processes: int) -> Iterator[Counter[str]]:
        """The same by several processes. One that breaks off ends the others."""
        context = multiprocessing.get_context("fork")
        children = {}
        for own in divide(self.points, processes):
            receiving, sending = context.Pipe(duplex=False)
            child = context.Process(target=_live, args=(self, own, sending), daemon=True)
            child.start()
            sending.close()
            children[receiving] = child
        try:
            while children:
                for pipe in wait(list(children)):
                    assert isinstance(pipe, Connection)  # noqa: S101 - nothing else was waited for
                    try:
                        yield pipe.recv()
                    except EOFError:
                        child = children.pop(pipe)
                        child.join()
                        if child.exitcode:
                            raise click.ClickException("A process of the simulation broke off.") from None
        finally:
            for child in children.values():
                child.terminate()
                child.join()


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for circles: rows have none, and walking through a batch again and again costs a fifth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def bulk_database(url: str) -> Iterator[Database]:
    """A database for these lives alone: what serves people writes each of its commits to the disk."""
    database = Database(url)
    expect_bulk(database.engine)
    try:
        yield database
    finally:
        database.engine.dispose()


def _live(play: Play, own: Sequence[Point], told: Connection) -> None:
    for stages in play.live(own):
        told.send(stages)


def gather(
    session: Session, campaign: Campaign, issuer: Issuer, stories: Iterable[Story]
) -> tuple[Batch, Counter[str]]:
    """The rows of a batch of stories, and how many people reached each stage. Writes nothing."""
    batch = Batch(campaign.code)
    lives = Lives(session, for_reading(campaign), issuer, batch)
    stages = Counter(stage for story in stories for stage in lives.live(story))
    batch.prepare(session)
    return batch, stages


def divide(points: Sequence[Point], shares: int) -> list[list[Point]]:
    """The points that most pilgrims come to first, each to whoever has the fewest pilgrims so far."""
    serving = Counter(region for point in points for region in point.regions)
    crowds = {p.place.code: sum(WEIGHTS.get(r, 1.0) / serving[r] for r in p.regions) for p in points}
    divided: list[list[Point]] = [[] for _share in range(min(shares, len(points)))]
    for point in sorted(points, key=lambda point: (-crowds[point.place.code], point.place.code)):
        min(divided, key=lambda share: sum(crowds[one.place.code] for one in share)).append(point)
    return divided


def batched(stories: Iterable[Story], size: int) -> Iterator[list[Story]]:
    rest = iter(stories)
    while batch := list(islice(rest, size)):
        yield batch
