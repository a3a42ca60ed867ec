"""Pairs of addresses: one story or two."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.urls import ADDRESS_RULES, canonical_url, domain

STORY = "https://www.courant.example/monde/2026/03/14/le-port-ferme-12.html"
POST = "https://x.com/harbourwatch/status/1899000111222333444"
FILM = "https://www.youtube.com/watch?v=aB3dE-f_9Z0"
THREAD = "https://www.reddit.com/r/harbour/comments/1abcd2/the_port_closes/"
SAME = [
    (STORY, "http://courant.example/monde/2026/03/14/le-port-ferme-12.html/"),
    (STORY, f"{STORY}?utm_source=x&utm_medium=social"),
    (STORY, f"{STORY}?mtm_campaign=a&pk_kwd=b"),
    (STORY, f"{STORY}?CMP=Share_iOSApp_Other"),
    (STORY, f"{STORY}?xtor=AL-32280270"),
    (STORY, f"{STORY}#xtor=RSS-3208"),
    (STORY, f"{STORY}?fbclid=IwAR0&gclid=1&msclkid=2"),
    (STORY, f"{STORY}?at_medium=custom7&at_custom1=link"),
    (STORY, f"{STORY}?mc_cid=1&mc_eid=2&mkt_tok=3"),
    (STORY, f"{STORY}?ref=twitter&source=newsletter&src=rss&share=facebook"),
    (STORY, f"{STORY}#commentaires"),
    (STORY, f"{STORY}#:~:text=le%20port"),
    (STORY, f"{STORY}?PHPSESSID=abc123"),
    (STORY, f"{STORY};jsessionid=5A8F.node1"),
    # AMP
    (STORY, STORY.replace("www.", "amp.")),
    (STORY, STORY.replace("www.", "m.")),
    (STORY, STORY.replace(".html", ".amp.html")),
    (STORY, f"{STORY}/amp/"),
    (STORY, STORY.replace("/monde/", "/amp/monde/")),
    (STORY, f"{STORY}?amp=1"),
    ("https://courant.example/story", "https://courant.example/story/amp/"),
    (STORY, f"{STORY}?crt_medium=al&crt_campaign=envoye"),
    (STORY, f"{STORY}?outputType=amp"),
    (STORY, f"https://www.google.com/amp/s/{STORY.removeprefix('https://')}"),
    (STORY, f"https://www-courant-example.cdn.ampproject.org/c/s/{STORY.removeprefix('https://')}"),
    (STORY, f"https://cdn.ampproject.org/v/s/{STORY.removeprefix('https://')}?amp_js_v=0.1&usqp=x"),
    # pages that lead on
    (STORY, "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.courant.example%2Fmonde%2F2026%2F03"
            "%2F14%2Fle-port-ferme-12.html%3Ffbclid%3DIw&h=AT0"),
    (STORY, f"https://lm.facebook.com/l.php?u={STORY}&h=AT1"),
    (STORY, f"https://www.google.com/url?q={STORY}&sa=D&usg=AOv"),
    (STORY, f"https://www.google.fr/url?sa=t&url={STORY}&ved=2"),
    (STORY, f"https://l.instagram.com/?u={STORY}&e=AT2"),
    (STORY, f"https://www.youtube.com/redirect?event=video_description&q={STORY}"),
    (STORY, f"https://vk.com/away.php?to={STORY}"),
    (STORY, f"https://out.reddit.com/t3_1abcd2?url={STORY}&token=a"),
    (STORY, f"https://eur01.safelinks.protection.outlook.com/?url={STORY}&data=05"),
    (STORY, f"https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D{STORY}"),
    # X
    (POST, POST.replace("x.com", "twitter.com")),
    (POST, POST.replace("x.com", "mobile.twitter.com") + "?s=20&t=AbC"),
    (POST, f"{POST}/photo/1"),
    (POST, POST.replace("x.com/", "twitter.com/#!/")),
    (POST, POST.replace("harbourwatch", "HarbourWatch")),
    (POST, POST.replace("harbourwatch", "i/web")),
    ("https://twitter.com/HarbourWatch", "https://x.com/harbourwatch?s=21&t=q"),
    # YouTube
    (FILM, "https://youtu.be/aB3dE-f_9Z0?si=xYz&t=42"),
    (FILM, "https://m.youtube.com/watch?app=desktop&v=aB3dE-f_9Z0&feature=youtu.be"),
    (FILM, "https://youtube.com/shorts/aB3dE-f_9Z0?feature=share"),
    (FILM, "https://www.youtube-nocookie.com/embed/aB3dE-f_9Z0"),
    (FILM, "https://www.youtube.com/live/aB3dE-f_9Z0?si=q"),
    # other platforms
    (THREAD, "https://old.reddit.com/r/harbour/comments/1abcd2/the_port_closes/?utm_name=ios"),
    (THREAD, "https://redd.it/1abcd2"),
    ("https://t.me/harbour/12", "https://telegram.me/s/harbour/12?single"),
    ("https://www.instagram.com/p/Cabc-12/", "https://instagram.com/reel/Cabc-12/?igsh=MzR"),
    ("https://www.facebook.com/harbour/posts/123",
     "https://m.facebook.com/harbour/posts/123?mibextid=Nif5oz&__tn__=R"),
    ("https://www.tiktok.com/@harbour/video/7300",
     "https://www.tiktok.com/@harbour/video/7300?is_from_webapp=1&sender_device=pc"),
    ("https://fr.wikipedia.org/wiki/Port", "https://fr.m.wikipedia.org/wiki/Port"),
    ("https://courant.example/a?a=1&b=2", "https://courant.example/a?b=2&a=1"),
    # spellings of one address
    (STORY, STORY.replace("https", "HTTPS").replace("courant", "Courant")),
    (STORY, STORY.replace(".example", ".example:443")),
    (STORY, STORY.replace("https://www.courant.example", "http://courant.example.:80")),
    (STORY, STORY.replace("/monde/", "/monde/./2025/../")),
    ("https://courant.example/a", "https://courant.example/../b/../a"),
    ("https://courant.example/été", "https://courant.example/%C3%A9t%c3%a9"),
    ("https://courant.example/a~b", "https://courant.example/a%7Eb"),
    ("https://häfen.example/a", "https://xn--hfen-loa.example/a"),
    (STORY, f"{STORY}?fb_action_ids=1&fb_source=a&sfnsn=mo&cn-reloaded=1&igsh=2&gbraid=3"),
    # pages that share
    (STORY, f"https://www.facebook.com/sharer/sharer.php?u={STORY}"),
    (STORY, f"https://www.facebook.com/sharer.php?u={STORY}&t=Le+port"),
    (STORY, f"https://www.linkedin.com/redir/redirect?url={STORY}&urlhash=1"),
    ("https://www.facebook.com/harbour/posts/123", "https://fb.com/harbour/posts/123"),
    ("https://www.facebook.com/permalink.php?story_fbid=1&id=9",
     "https://m.facebook.com/story.php?story_fbid=1&id=9&refid=52"),
    ("https://t.me/harbour/12", "https://telegram.dog/harbour/12"),
    ("https://www.threads.net/@harbour/post/C1", "https://www.threads.com/@harbour/post/C1?xmt=A"),
    (THREAD, "https://i.reddit.com/r/harbour/comments/1abcd2/"),
]  # fmt: skip
DIFFERENT = [
    ("https://courant.example/a?source=12", "https://courant.example/a?source=13"),
    ("https://courant.example/a?ref=4711", "https://courant.example/a"),
    ("https://courant.example/a?id=1", "https://courant.example/a?id=2"),
    ("https://courant.example/#/article/1", "https://courant.example/#/article/2"),
    ("https://courant.example/#!article/1", "https://courant.example/"),
    ("https://courant.example/a?page=2", "https://courant.example/a"),
    ("https://courant.example/a?s=1", "https://courant.example/a?s=2"),
    ("https://courant.example/a?t=1", "https://courant.example/a?t=2"),
    ("https://courant.example/a?v=1", "https://courant.example/a?v=2"),
    ("https://courant.example/a?p=10", "https://courant.example/a?p=11"),
    ("https://courant.example/story?src=77", "https://courant.example/story?src=78"),
    ("https://courant.example/amp/guitars", "https://courant.example/guitars"),
    ("https://courant.example/amp", "https://courant.example/"),
    ("https://courant.example/A-1", "https://courant.example/a-1"),
    ("https://fr.courant.example/a", "https://en.courant.example/a"),
    ("https://courant.example:8443/a", "https://courant.example/a"),
    (POST, POST.replace("444", "445")),
    ("https://x.com/harbourwatch", "https://x.com/portwatch"),
    ("https://x.com/search?q=port", "https://x.com/search?q=ship"),
    (FILM, FILM.replace("Z0", "z0")),
    ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/playlist?list=PL2"),
    ("https://www.facebook.com/permalink.php?story_fbid=1&id=9",
     "https://www.facebook.com/permalink.php?story_fbid=2&id=9"),
    ("https://www.facebook.com/watch/?v=1", "https://www.facebook.com/watch/?v=2"),
    (THREAD, f"{THREAD}kx9/"),
    ("https://www.google.com/search?q=port", "https://www.google.com/search?q=ship"),
    ("https://www.google.com/url?q=port", "https://www.google.com/url?q=ship"),
    ("https://l.facebook.com/l.php?h=1", STORY),
    ("https://t.co/AbC", "https://t.co/aBc"),
    ("https://x.com/i/spaces/1abC", "https://x.com/i/spaces/1abc"),
    ("https://www.youtube.com/channel/UCaB", "https://www.youtube.com/channel/UCab"),
    ("https://www.facebook.com/profile.php?id=1", "https://www.facebook.com/profile.php?id=2"),
    ("https://www.facebook.com/share/p/1aB/", "https://www.facebook.com/share/p/1ab/"),
    ("https://courant.example/a?lang=fr", "https://courant.example/a?lang=en"),
    ("https://courant.example/...", "https://courant.example/"),
    ("https://courant.example/.well-known/a", "https://courant.example/a"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_story_has_one_address(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert domain(one) == domain(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_names_content_keeps_two_stories_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize("url", [url for pair in SAME + DIFFERENT for url in pair])
def test_the_canonical_address_is_its_own_and_has_its_domain(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    assert canonical.removeprefix("https://").partition("/")[0].partition(":")[0] == domain(url)


def test_other_forms_need_another_number_of_the_rules() -> None:
    """An index that stores canonical forms is renewed where `ADDRESS_RULES` says so."""
    forms = "\n".join(canonical_url(url) for pair in [*SAME, *DIFFERENT] for url in pair)
    assert (ADDRESS_RULES, hashlib.sha256(forms.encode()).hexdigest()[:16]) == (
        2,
        "df4bc277c7523388",
    )


PARTS = ("/./", "/../",
         "https://", "www.", "google.com", "l.facebook.com", "twitter.com", "youtu.be", "t.me",
         "a-b.cdn.ampproject.org", "redd.it", "/url", "/l.php", "?", "q=", "u=", "https%3A%2F%2F",
         "/amp", "/c/s/", ".amp", ".html", "/s/", "/status/1", "/a-1", "#/", "#!", "&", "amp=1",
         "/", ";jsessionid=1", "%2Famp", "a.b", "%23/x", " ")  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join))
def test_no_made_up_address_has_two_canonical_forms(text: str) -> None:
    assert canonical_url(canonical_url(text)) == canonical_url(text)
    domain(text)
