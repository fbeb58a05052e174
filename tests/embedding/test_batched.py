import numpy as np
import pytest
from tokenizers import Tokenizer

from leo_activation.embedding.batched import (
    TEXTS_PER_BLOCK,
    BatchedEncoder,
    FloatArray,
    IntArray,
    cut_batches,
    read_tokenizer,
)
from leo_activation.embedding.weights import find_bundled_model


class CountingSession:
    """A session whose vectors say what it was given: the first token of the text, and how many tokens."""

    precision = "fp32"
    tokens_per_batch = 64

    def __init__(self) -> None:
        self.texts = 0

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        self.texts += len(input_ids)
        return np.stack([input_ids[:, 1], attention_mask.sum(axis=1)], axis=1).astype(np.float32)


class FailingSession(CountingSession):
    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        raise MemoryError("no room for a batch")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return read_tokenizer(find_bundled_model() / "tokenizer.json", max_tokens=256)


def counting_encoder(tokenizer: Tokenizer, session: CountingSession) -> BatchedEncoder:
    return BatchedEncoder(
        model="counting", dimensions=2, languages=None, tokenizer=tokenizer, session=session, threads=2
    )


def test_equal_texts_are_run_once_and_each_gets_the_vector(tokenizer: Tokenizer) -> None:
    session = CountingSession()
    vectors = counting_encoder(tokenizer, session).encode(["red", "blue socks", "red", "red"])
    assert session.texts == 2
    red = tokenizer.token_to_id("red")
    assert vectors.tolist() == [[red, 3], [tokenizer.token_to_id("blue"), 4], [red, 3], [red, 3]]


def test_rows_keep_the_order_of_the_texts_over_blocks_and_batches(tokenizer: Tokenizer) -> None:
    texts = [f"{number} " * (1 + number % 5) for number in range(TEXTS_PER_BLOCK + 50)]
    vectors = counting_encoder(tokenizer, CountingSession()).encode(texts)
    expected = [[encoding.ids[1], len(encoding.ids)] for encoding in tokenizer.encode_batch(texts)]
    assert vectors.tolist() == expected


def test_progress_counts_every_text_and_ends_at_all(tokenizer: Tokenizer) -> None:
    seen: list[tuple[int, int]] = []
    texts = ["red", "blue", "red", "green " * 60]
    counting_encoder(tokenizer, CountingSession()).encode(
        texts, progress=lambda done, to_do: seen.append((done, to_do))
    )
    assert seen[-1] == (4, 4)
    assert {to_do for _, to_do in seen} == {4}
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_no_texts_give_no_rows_of_full_width(tokenizer: Tokenizer) -> None:
    vectors = counting_encoder(tokenizer, CountingSession()).encode([])
    assert vectors.shape == (0, 2)
    assert vectors.dtype == np.float32


def test_an_error_in_one_batch_reaches_the_caller(tokenizer: Tokenizer) -> None:
    with pytest.raises(MemoryError, match="no room"):
        counting_encoder(tokenizer, FailingSession()).encode(["red"])


def test_batches_hold_every_text_once_padded_and_within_the_bound() -> None:
    lengths = [3, 60, 7, 7, 200, 1, 33, 8]
    token_ids = [list(range(1, length + 1)) for length in lengths]
    batches = list(cut_batches(token_ids, 64))
    assert sorted(row for batch in batches for row in batch.rows) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch.rows) == 1 or batch.input_ids.size <= 64
        for line, row in enumerate(batch.rows):
            assert batch.attention_mask[line].sum() == lengths[row]
            assert batch.input_ids[line][: lengths[row]].tolist() == token_ids[row]
            assert not batch.input_ids[line][lengths[row] :].any()


def test_the_longest_texts_are_run_first() -> None:
    widths = [batch.input_ids.shape[1] for batch in cut_batches([[1] * n for n in (2, 50, 9, 30)], 40)]
    assert widths == sorted(widths, reverse=True)
