"""A crowd that returns is not the crowd that a news event brings."""

from __future__ import annotations

from typing import Any

from graph import find_coordination


def test_what_everybody_shared_besides_does_not_excuse_a_crowd(world: Any) -> None:
    """Few of its many accounts meet on popular pages, whose crowds are smaller than itself."""
    members = [f"x:b{n:03d}" for n in range(400)]
    for page in range(10):
        at = world.moment()
        for author in members:
            if world.rng.random() < 0.45:
                link = [f"https://pushed.example/{page}"]
                world.say(author, at + world.rng.randint(0, 1_800_000), urls=link)
    for page in range(22):
        at = world.moment()
        crowd = [f"x:s{number:04d}" for number in world.rng.sample(range(4000), 260)]
        for author in (*world.rng.sample(members, 20), *crowd):
            link = [f"https://news.example/{page}"]
            world.say(author, at + world.rng.randint(0, 1_800_000), urls=link)
    result = find_coordination(world.frame())
    assert len(result.flagged & set(members)) > 0.9 * len(members)


def test_a_crowd_of_others_still_is_a_news_event(world: Any) -> None:
    """A dozen friends who share what hundreds of others share in the same hours."""
    friends = [f"x:f{n:02d}" for n in range(12)]
    for page in range(14):
        at = world.moment()
        for n in range(260):
            author = friends[n] if n < len(friends) else f"x:s{world.rng.randint(0, 4000):04d}"
            link = [f"https://news.example/{page}"]
            world.say(author, at + world.rng.randint(0, 1_800_000), urls=link)
    assert not find_coordination(world.frame()).flagged & set(friends)
