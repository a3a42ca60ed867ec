"""The old name of `nlp.copies.detection.find_copies`, for callers that are not moved yet."""

from nlp.copies.detection import find_copies as find

__all__ = ["find"]
