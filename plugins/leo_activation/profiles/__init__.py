"""What is computed about customers: interests, a text without contact data, and which vectors are due."""

from leo_activation.profiles.embeddings import EmbeddingCounts, embed_due
from leo_activation.profiles.interests import InterestCounts, compute_interests
from leo_activation.profiles.texts import TextCounts, write_texts

__all__ = [
    "EmbeddingCounts",
    "InterestCounts",
    "TextCounts",
    "compute_interests",
    "embed_due",
    "write_texts",
]
