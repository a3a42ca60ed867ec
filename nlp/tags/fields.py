"""The fields that heads fill, and the values of one post."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from index.base import FieldType
from index.fields import BUILT_IN
from nlp.tags.head import ABSTAINED, Head, Probabilities
from nlp.tags.indicator_words import IndicatorWords
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import fold

_TASK = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ODD = re.compile(r"[^a-z0-9]+")


def check_task(task: str) -> None:
    """Refuse a name that cannot be a field. Raises ConfigError."""
    if not _TASK.fullmatch(task) or task in BUILT_IN:
        raise ConfigError(Message("tags.bad_task", {"task": task[:60]}))


def class_field(task: str, name: str) -> str:
    """The field that says whether a post has one of several classes: ``persuasion_slogans``."""
    return f"{task}_{_ODD.sub('_', fold(name)).strip('_')[:30]}"


def fields_of(head: Head) -> dict[str, FieldType]:
    """Name -> type: the tag, and for each of several classes whether it is told."""
    fields: dict[str, FieldType] = {head.task: "keyword"}
    if not head.single:
        fields |= {class_field(head.task, name): "bool" for name in head.classes}
    return fields


def values_of(head: Head, chances: Probabilities, texts: Sequence[str]) -> list[dict[str, Any]]:
    """The values of each post.

    ``TASK`` is the class, or ``abstain``; ``TASK_chance`` how sure the head is of it. With several
    classes ``TASK`` is the likeliest of those told, ``TASK_all`` all of them, ``TASK_words`` what
    carries each.
    """
    carrying = None if head.single else IndicatorWords(head)
    rows = []
    for row, told in enumerate(head.told(chances)):
        likeliest = told[0] if told else int(chances[row].argmax())
        values: dict[str, Any] = {
            head.task: head.classes[told[0]] if told else ABSTAINED,
            f"{head.task}_chance": round(float(chances[row, likeliest]), 3),
        }
        if carrying is not None:
            names = [head.classes[number] for number in told]
            values |= {class_field(head.task, name): name in names for name in head.classes}
            values[f"{head.task}_all"] = names
            values[f"{head.task}_words"] = {
                head.classes[number]: carrying.of(texts[row], number) for number in told
            }
        rows.append(values)
    return rows
