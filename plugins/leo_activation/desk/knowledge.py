"""What the desk keeps in memory of each tenant, so that a key that is pressed asks the warehouse for nothing."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic

from leo_activation.desk.rewriting import Reader
from leo_activation.desk.wordbook import Wordbook
from leo_activation.errors import LeoError
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import data_as_of
from leo_activation.warehouse.connections import Warehouse

logger = logging.getLogger(__name__)

KEPT_S = 60.0
"""How long what is known of a tenant counts as fresh; after that it is read again, while the old is still used."""
_FIRST_WORDS = ("customers", "khách hàng ở")
_EVERYBODY = PlanAtHand("", Language.VIETNAMESE, plan=SegmentPlan())


@dataclass(frozen=True)
class Known:
    """A tenant's names with everything that reads texts over them."""

    reader: Reader
    book: Wordbook
    reviser: GrammarReviser
    read_at: float

    @property
    def catalogue(self) -> Catalogue:
        """The names."""
        return self.reader.catalogue

    @property
    def as_of(self) -> datetime:
        """The moment that the data goes up to."""
        return self.reader.as_of


@dataclass
class Knowledge:
    """What is known of every tenant that somebody asked about; read again in the background, one tenant at a time."""

    warehouse: Warehouse
    kept_s: float = KEPT_S
    _known: dict[str, Known] = field(default_factory=dict, repr=False)
    _reading: dict[str, Future[Known]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _reader: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-names"), repr=False
    )

    def of(self, tenant_id: str) -> Known:
        """What is known of a tenant; who asks first waits until it was read.

        Raises:
            Transient: the warehouse cannot be reached, and nothing was known before.
        """
        with self._lock:
            known = self._known.get(tenant_id)
            reading = self._reading.get(tenant_id)
            is_old = known is None or monotonic() - known.read_at >= self.kept_s
            if is_old and reading is None:
                reading = self._reading[tenant_id] = self._reader.submit(self._read_again, tenant_id, known)
        if known is not None:
            return known
        assert reading is not None  # noqa: S101 - a tenant of whom nothing is known is being read
        return reading.result()

    def kept(self, tenant_id: str) -> Known | None:
        """What is known of a tenant now; nothing is read."""
        with self._lock:
            return self._known.get(tenant_id)

    def close(self) -> None:
        """Wait until what is being read was read; nothing is read again after it."""
        self._reader.shutdown()

    def _read_again(self, tenant_id: str, before: Known | None) -> Known:
        try:
            known = self._read(tenant_id, before)
        except LeoError as error:
            if before is not None:
                logger.warning("The names of %s were not read again: %s", tenant_id, error)
            raise
        else:
            with self._lock:
                self._known[tenant_id] = known
            return known
        finally:
            with self._lock:
                self._reading.pop(tenant_id, None)

    def _read(self, tenant_id: str, before: Known | None) -> Known:
        as_of = data_as_of(self.warehouse, tenant_id)
        with self.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
        if before is not None and before.catalogue == catalogue:
            # The same object, so that nobody makes an index of it again.
            reader = Reader(before.reader.planner, before.catalogue, as_of)
            return Known(reader, before.book, before.reviser, monotonic())
        reader, book = Reader(GrammarPlanner(), catalogue, as_of), Wordbook(catalogue)
        for words in _FIRST_WORDS:
            # The indexes are made now and not at somebody's first key.
            reader.read(words)
            book.named(words, Language.VIETNAMESE)
        for language in Language:
            explain(SegmentPlan(), catalogue, language=language)
        reviser = GrammarReviser()
        reviser.revise(_EVERYBODY, _FIRST_WORDS[-1], catalogue, as_of)
        return Known(reader, book, reviser, monotonic())
