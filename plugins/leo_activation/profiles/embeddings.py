"""Which texts and topics have no vector yet, and storing those that the encoder makes.

A text is known by its SHA-256: equal texts are embedded once, an unchanged text never again. Vectors are stored batch
by batch, so a run that was killed goes on where it stopped.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pgvector.psycopg import register_vector

from leo_activation.embedding import Encoder
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

logger = logging.getLogger(__name__)

BATCH = 2048
"""Texts between two commits: some seconds of work on two cores."""


@dataclass(frozen=True)
class EmbeddingCounts:
    """Distinct texts and topics that were embedded, and vectors removed because no text has them any more."""

    texts: int
    topics: int
    removed: int


def embed_due(warehouse: Warehouse, tenant_id: str, encoder: Encoder) -> EmbeddingCounts:
    """Embed the texts and topics that have no vector of the encoder's model and precision.

    Vectors of other models stay beside them, so that going back to a model costs nothing.

    Raises:
        Transient: the warehouse cannot be reached; what was stored stays.
    """
    values = {"tenant_id": tenant_id, "model": encoder.model, "precision": encoder.precision}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        register_vector(connection)
        removed = connection.execute(statement("profiles/delete_unused_embeddings"), values).rowcount
        topics = _embed_topics(connection, encoder, values)
        texts = _embed_texts(connection, encoder, values)
    return EmbeddingCounts(texts=texts, topics=topics, removed=removed)


def _embed_topics(connection: Connection, encoder: Encoder, values: Mapping[str, str]) -> int:
    due = connection.execute(statement("profiles/list_due_topics"), values).fetchall()
    if due:
        # "socks" may be a product, a category and a keyword: one vector serves all three.
        names = sorted({str(topic) for _, topic in due})
        progress = Progress(logger, f"Embedding names of topics of {values['tenant_id']}", len(names), "names")
        vectors: dict[str, npt.NDArray[np.float32]] = {}
        for first in range(0, len(names), BATCH):
            batch = names[first : first + BATCH]
            vectors.update(zip(batch, encoder.encode(batch), strict=True))
            progress.done(len(vectors))
        connection.execute(statement("profiles/create_new_topic_embedding"))
        with connection.cursor().copy("COPY new_topic_embedding FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "text", "vector"])
            for topic_type, topic in due:
                copy.write_row((topic_type, topic, vectors[topic]))
        connection.execute(statement("profiles/insert_topic_embeddings"), values)
    connection.commit()
    return len(due)


def _embed_texts(connection: Connection, encoder: Encoder, values: Mapping[str, str]) -> int:
    [(due,)] = connection.execute(statement("profiles/count_due_texts"), values)
    if not due:
        return 0
    connection.execute(statement("profiles/create_new_embedding"))
    progress = Progress(logger, f"Embedding texts of {values['tenant_id']}", int(due), "texts")
    done = 0
    # The cursor outlives the commits, so memory holds one batch however many texts are due.
    with connection.cursor("due_texts", withhold=True) as texts:
        texts.execute(statement("profiles/list_due_texts"), values)
        while batch := texts.fetchmany(BATCH):
            vectors = encoder.encode([str(body) for _, body in batch])
            with connection.cursor().copy("COPY new_embedding FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["bytea", "vector"])
                for (input_hash, _), vector in zip(batch, vectors, strict=True):
                    copy.write_row((input_hash, vector))
            connection.execute(statement("profiles/insert_embeddings"), values)
            connection.commit()
            done += len(batch)
            progress.done(done)
    return done
