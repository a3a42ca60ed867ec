"""Language names and codes as data sets write them, to BCP 47 tags."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = (
    "af Afrikaans;afr|am Amharic;amh|ar Arabic;ara;arabe|az Azerbaijani;aze|be Belarusian;bel|bg Bulgarian;bul|bn Bengali;Bangla;ben|"
    "bs Bosnian;bos|ca Catalan;cat|cs Czech;ces;cze|cy Welsh;cym;wel|da Danish;dan|de German;deu;ger;Deutsch;allemand|el Greek;ell;gre|"
    "en English;eng;anglais|eo Esperanto;epo|es Spanish;spa;espagnol;Castilian|et Estonian;est|eu Basque;eus;baq|"
    "fa Farsi (Persian);Persian;Farsi;fas;per|fi Finnish;fin|fr French;fra;fre;français;francais|ga Irish;gle|gl Galician;glg|gu Gujarati;guj|"
    "he Hebrew;heb;iw|hi Hindi;hin|hr Croatian;hrv|ht Haitian;Haitian Creole;hat|hu Hungarian;hun|hy Armenian;hye;arm|"
    "id Indonesian;ind;in|is Icelandic;isl;ice|it Italian;ita;italien|ja Japanese;jpn|ka Georgian;kat;geo|kk Kazakh;kaz|km Khmer;khm|"
    "kn Kannada;kan|ko Korean;kor|ku Kurdish;kur|ky Kyrgyz;kir|la Latin;lat|lb Luxembourgish;ltz|lo Lao;lao|lt Lithuanian;lit|lv Latvian;lav|"
    "mk Macedonian;mkd;mac|ml Malayalam;mal|mn Mongolian;mon|mr Marathi;mar|ms Malay;msa;may|my Burmese;mya;bur|nb Norwegian Bokmal;nob|"
    "ne Nepali;nep|nl Dutch;nld;dut;néerlandais|nn Norwegian Nynorsk;nno|no Norwegian;nor|pa Punjabi;Panjabi;pan|pl Polish;pol|ps Pushto;Pashto;pus|"
    "pt Portuguese;por;portugais|ro Romanian;ron;rum|ru Russian;rus;russe|sd Sindhi;snd|si Sinhala;sin|sk Slovak;slk;slo|sl Slovenian;slv|"
    "so Somali;som|sq Albanian;sqi;alb|sr Serbian;srp|sv Swedish;swe|sw Swahili;swa|ta Tamil;tam|te Telugu;tel|tg Tajik;tgk|th Thai;tha|"
    "tl Tagalog;Tagalog (Filipino);Filipino;tgl;fil|tr Turkish;tur|uk Ukrainian;ukr|ur Urdu;urd|uz Uzbek;uzb|vi Vietnamese;vie|yi Yiddish;yid;ji|"
    "zh Chinese;zho;chi;Simplified Chinese;Traditional Chinese;Mandarin|"
    "und Language undefined;undefined;unknown;und;zxx;mis;mul;qme;qst;qht;qam;qct;art;none;null;nan;other"
)
_TAGS = {
    name.lower(): part.partition(" ")[0]
    for part in _NAMES.split("|")
    for name in part.partition(" ")[2].split(";")
}
_TAG = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,4}")


@lru_cache(maxsize=2048)
def language_tag(written: str) -> str | None:
    """The tag of a tag (``en_us`` is ``en-US``), an ISO 639 code of two or three letters, or a name; None where it is none of these."""
    text = written.strip().replace("_", "-")
    known = _TAGS.get(text.lower())
    if known:
        return known
    if not text:
        return "und"
    if not _TAG.fullmatch(text):
        return None
    first, *rest = text.split("-")
    first = first.lower()
    shaped = [
        p.upper() if len(p) == 2 else p.title() if len(p) == 4 and p.isalpha() else p.lower()
        for p in rest
    ]
    return "-".join([_TAGS.get(first, first), *shaped])
