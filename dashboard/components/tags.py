"""Tags on screens: never without what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.base import ViewContext
from index.reading.tags import STAGE, worth_of_tags
from tocsin.core.documents import Document
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

ABSTAINED = "abstain"
Worth = Mapping[str, Mapping[str, Any]]


def worth(context: ViewContext) -> Worth:
    """Task -> its figures and the sentence about them."""
    return worth_of_tags(context.workspace, context.queries.index)


def facet_label(task: str) -> str:
    """A task as the heading of a facet."""
    return (task[:1].upper() + task[1:]).replace("_", " ")


def value_label(value: str, words: Words) -> str:
    """What a tag is called."""
    return words("tags.abstained") if value == ABSTAINED else value


def tags_of_post(document: Document, known: Worth, words: Words) -> list[tuple[str, str, str]]:
    """Query, label with its macro-F1, and the sentence about it, of each tag of a post.

    A task that abstains on the post is not among them.
    """
    annotation = document.annotations.get(STAGE)
    if annotation is None:
        return []
    shown = []
    for task, facts in known.items():
        value = str(annotation.values.get(task) or "")
        if not value or value == ABSTAINED:
            continue
        said = {"task": facet_label(task), "value": value}
        label = Message("tags.on_post_unmeasured", said)
        if facts["macro_f1"] is not None:
            label = Message(
                "tags.on_post", {**said, "macro_f1": facts["macro_f1"], "n": facts["n"]}
            )
        tip = words.say(facts["said"])
        carrying = (annotation.values.get(f"{task}_words") or {}).get(value)
        if carrying:
            tip = words.say(Message("tags.carried", {"words": list(carrying), "said": tip}))
        shown.append((f'{task}:"{value}"', words.say(label), tip))
    return shown
