"""Dated events of public knowledge, listed before any alert was looked at.

Each is (first day, last day, what posts call it). The names are folded words or beginnings of
words, joined by ``|``. Days in which people talked of it may be several; alerts are compared with
posts, so that a name which also means something else counts only on these days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Event(NamedTuple):
    """An event: when people talked of it, and how they name it."""

    since: datetime
    until: datetime
    title: str
    pattern: re.Pattern[str]


def events(listed: str) -> list[Event]:
    """The events of a list: lines of first day, days, title and names, parted by ``;``."""
    found = []
    for line in filter(None, map(str.strip, listed.splitlines())):
        day, days, title, names = (part.strip() for part in line.split(";"))
        since = datetime.fromisoformat(day).replace(tzinfo=UTC)
        pattern = re.compile(rf"\b(?:{names})")
        found.append(Event(since, since + timedelta(days=int(days)), title, pattern))
    return found


# a line is one event, however long
# ruff: noqa: E501
UNITED_STATES = r"""
2016-08-01; 4; Trump and the Khans; khan\b|gold ?star
2016-08-01; 4; Korryn Gaines is shot; korryn|gaines
2016-08-01; 5; Zika in Miami; zika|wynwood
2016-08-03; 4; four hundred million for Iran; iran\b|ransom
2016-08-03; 3; stabbing at Russell Square; russell|london
2016-08-05; 3; the Olympics open; olympic|rio ?2016|opening ceremony
2016-08-05; 4; Suicide Squad; suicide ?squad
2016-08-05; 3; video of Paul O'Neal; o'?neal
2016-08-07; 6; Phelps swims; phelps
2016-08-08; 2; Delta stands still; delta
2016-08-08; 3; the father of the Orlando shooter; mateen|orlando
2016-08-09; 4; Second Amendment people; (second|2nd) ?amendment
2016-08-09; 5; Biles and the gymnasts; biles|gymnast|gabby|simone
2016-08-10; 2; a man climbs Trump Tower; trump ?tower|climb
2016-08-10; 3; report on the police of Baltimore; baltimore
2016-08-10; 4; founder of ISIS; founder|co-?founder
2016-08-10; 4; Seth Rich; seth ?rich
2016-08-12; 6; floods of Louisiana; louisiana|flood|baton rouge
2016-08-13; 3; an imam is shot in Queens; imam\b|queens
2016-08-13; 2; Kenny Baker dies; kenny baker|r2-?d2
2016-08-13; 5; Milwaukee; milwaukee|sylville
2016-08-14; 3; Bolt wins; bolt
2016-08-15; 3; extreme vetting; vetting
2016-08-16; 3; Blue Cut fire; blue ?cut|wildfire|san bernardino
2016-08-16; 2; McLaughlin dies; mclaughlin
2016-08-17; 3; Bannon and Conway; bannon|conway|breitbart
2016-08-17; 4; Lochte's robbery; lochte
2016-08-18; 3; the boy of Aleppo; omran|aleppo
2016-08-18; 3; naked statues of Trump; statue
2016-08-18; 3; private prisons; private prison|prisons
2016-08-19; 3; Manafort leaves; manafort
2016-08-20; 3; bomb at a wedding, Gaziantep; gaziantep|turk
2016-08-24; 4; earthquake in Italy; italy|italian|earthquake|amatrice
2016-08-23; 5; price of EpiPen; epipen|mylan
2016-08-24; 3; Farage with Trump; farage
2016-08-25; 4; alt-right; alt-? ?right
2016-08-24; 3; Leslie Jones is hacked; leslie ?jones
2016-08-26; 5; Kaepernick sits; kaepernick|anthem
2016-08-26; 4; Nykea Aldridge; aldridge|wade
2016-08-28; 3; MTV awards; vma|beyonce
2016-08-28; 2; alarm at Los Angeles airport; lax\b
2016-08-28; 3; Juan Gabriel dies; juan gabriel
2016-08-29; 3; Weiner and Abedin; weiner|abedin|huma\b
2016-08-29; 3; Gene Wilder dies; wilder
2016-08-30; 3; Chris Brown; chris ?brown
2016-08-31; 3; Trump in Mexico; mexico|pena nieto|phoenix
2016-09-01; 3; Falcon 9 explodes; spacex|falcon 9|explosion
2016-09-01; 4; hurricane Hermine; hermine
2016-09-01; 4; Kaepernick kneels; kaepernick|anthem|kneel
2016-09-02; 3; Brock Turner leaves jail; brock
2016-09-02; 4; FBI notes on Clinton's e-mail; fbi|clintonemail|hillarysemail
2016-09-04; 2; Mother Teresa is made a saint; mother teresa|motherteresa
2016-09-05; 2; Labor Day; labor ?day
2016-09-05; 3; Phyllis Schlafly dies; schlafly
2016-09-07; 3; iPhone 7; iphone|apple|airpod
2016-09-07; 3; commander-in-chief forum; lauer|commander|nbcnewsforum
2016-09-08; 3; Gary Johnson asks what Aleppo is; aleppo|gary johnson
2016-09-08; 4; Wells Fargo is fined; wells fargo|wellsfargo
2016-09-09; 4; basket of deplorables; deplorable|basket
2016-09-09; 3; North Korea tests a bomb; north korea|northkorea|nuclear
2016-09-11; 4; Clinton collapses, pneumonia; pneumonia|hillarysick|sickhillary|hillaryshealth|faint|collaps|zombiehillary|hillary.{0,20}health
2016-09-10; 3; fifteen years after 11 September; neverforget|never forget|9/11|911|sept11|september ?11
2016-09-14; 3; Tyre King is shot; tyre king|tyreking|tyree king
2016-09-13; 3; Powell's e-mails; powell
2016-09-16; 4; Trump on Obama's birth; birther|born in
2016-09-16; 4; Terence Crutcher, Tulsa; crutcher|tulsa
2016-09-17; 4; bombs of Chelsea; chelsea|explosion|nyc.{0,20}bomb|bombing|manhattan|seaside
2016-09-17; 4; stabbing in Saint Cloud; minnesota|st\.? cloud|stabb
2016-09-18; 3; Emmy awards; emmy
2016-09-19; 3; Rahami is arrested; rahami
2016-09-20; 5; Keith Scott, Charlotte; charlotte|keith ?(lamont )?scott|keithlamontscott
2016-09-20; 3; Pitt and Jolie part; brangelina|jolie|brad pitt
2016-09-20; 3; Skittles; skittle
2016-09-21; 4; EpiPen before the House; mylan|epipen
2016-09-22; 3; Yahoo is broken into; yahoo
2016-09-23; 3; shooting at Cascade Mall; cascade|burlington|washington mall
2016-09-23; 3; Cruz endorses Trump; cruz
2016-09-24; 3; African American museum; african.american (history )?museum|nmaahc|smithsonian
2016-09-25; 3; Jose Fernandez dies; fernandez
2016-09-25; 3; Arnold Palmer dies; palmer
2016-09-26; 3; first debate; debate|lester|holt
2016-09-27; 4; Alicia Machado; machado|miss universe
2016-09-27; 4; Alfred Olango, El Cajon; el cajon|elcajon|olango
2016-09-28; 3; Shimon Peres dies; peres
2016-09-28; 3; veto on the 9/11 bill overridden; jasta|veto|override
2016-09-28; 3; shooting at Townville; townville|south carolina|elementary
2016-09-29; 3; Hoboken train crash; hoboken|train
2016-09-29; 11; hurricane Matthew; matthew
2016-10-01; 4; Trump's tax returns; tax
2016-10-03; 3; Kardashian is robbed; kardashian
2016-10-04; 3; vice-presidential debate; vpdebate|kaine|pence|vp debate|debate
2016-10-07; 4; Access Hollywood tape; billy bush|access hollywood|grab|locker|tape|pussy
2016-10-07; 6; Podesta's mails; podesta|wikileaks
2016-10-09; 3; second debate; debate|ken ?bone
2016-10-10; 4; Note 7; note ?7|samsung
2016-10-12; 4; women accuse Trump; accus|grop|assault
2016-10-13; 2; Nobel prize for Dylan; dylan
2016-10-16; 3; fire in a party office, Hillsborough; firebomb|hillsborough
2016-10-17; 5; battle of Mosul; mosul
2016-10-17; 4; Project Veritas; veritas|o'?keefe|creamer|foval
2016-10-19; 3; third debate; debate|nasty ?woman|hombre
2016-10-20; 3; Al Smith dinner; al smith|alsmith
2016-10-21; 3; DNS attack; ddos|dyn\b|cyber ?attack|internet
2016-10-22; 4; AT&T buys Time Warner; time warner|at&t
2016-10-24; 4; Obamacare premiums; obamacare|premium
2016-10-25; 3; Gingrich and Kelly; gingrich|newt|megyn
2016-10-25; 9; World Series; world ?series|cubs|indians
2016-10-27; 4; Bundy acquitted; bundy|oregon|malheur
2016-10-27; 6; Standing Rock; standing ?rock|dapl|nodapl|pipeline
2016-10-28; 4; Comey writes to Congress; comey|fbi|weiner
2016-10-30; 3; Halloween; halloween
2016-11-02; 3; the Cubs win; cubs|world ?series
2016-11-05; 2; alarm in Reno; reno\b|secret service|assassin
2016-11-06; 3; Comey closes again; comey|fbi
2016-11-07; 2; Janet Reno dies; janet|reno
2016-11-08; 3; election; election|vote|voting|poll|elected
2016-11-09; 6; protests against Trump; protest|notmypresident|riot
2016-11-10; 3; Leonard Cohen dies; leonard|cohen
2016-11-11; 2; Veterans Day; veteran
2016-11-13; 5; Bannon; bannon
2016-11-13; 3; supermoon; super ?moon
2016-11-14; 2; Gwen Ifill dies; ifill
2016-11-17; 4; Kanye West; kanye
2016-11-18; 4; Hamilton and Pence; hamilton
2016-11-18; 4; Sessions, Flynn, Pompeo; sessions|flynn|pompeo
2016-11-18; 3; Trump University; trump ?u
2016-11-20; 3; officers shot; san antonio|officer|ambush
2016-11-20; 4; Standing Rock, water cannon; standing ?rock|dapl|nodapl
2016-11-21; 3; bus in Chattanooga; chattanooga|school bus
2016-11-23; 6; recount; recount|jill|stein
2016-11-24; 2; Thanksgiving; thanksgiving|thankful
2016-11-25; 2; Black Friday; black ?friday
2016-11-25; 4; Castro dies; castro|fidel|cuba
2016-11-28; 3; attack at Ohio State; ohio state|osu|artan|ohio
2016-11-28; 3; Chapecoense; chapecoense|plane
2016-11-29; 3; burning flags; flag
2016-11-29; 3; Carrier stays; carrier
"""

FRANCE = r"""
2021-08-05; 3; Constitutional council on the pass; conseil constitutionnel|pass
2021-08-07; 2; Saturday marches; manif
2021-08-08; 2; Olympics; jeux ?olympiques|tokyo|medaill
2021-08-09; 3; Father Maire is killed; vendee|pere maire|olivier maire|abouhassan|laurent.sur.sevre|pretre
2021-08-09; 3; report on climate; giec|ipcc|climat
2021-08-10; 3; Messi; messi|psg
2021-08-15; 6; Kabul falls; kaboul|afghan|taliban
2021-08-16; 4; fire in the Var; var\b|incendie
2021-08-26; 3; bombs at Kabul; kaboul|attentat
2021-09-01; 4; Macron in Marseille; marseille
2021-09-02; 3; back to school; rentree
2021-09-06; 3; Belmondo dies; belmondo
2021-09-08; 4; trial of 13 November; 13 ?novembre|proces|bataclan
2021-09-09; 3; book or debate of Zemmour; zemmour
2021-09-10; 3; Buzyn; buzyn
2021-09-11; 2; twenty years after 11 September; 11 ?septembre|world trade
2021-09-12; 3; Hidalgo runs; hidalgo
2021-09-12; 3; Le Pen runs; frejus|le pen
2021-09-16; 3; al-Sahraoui is killed; sahraoui|sahel|sahara
2021-09-18; 3; primary of the greens; primaire|eelv|rousseau|jadot
2021-09-20; 3; Harkis; harki
2021-09-23; 3; Melenchon and Zemmour debate; debat|zemmour|melenchon
2021-09-25; 3; LR decides; congres|republicains|adherents|lr\b
2021-09-26; 3; elections in Germany; allemagne|spd|merkel|cdu
2021-09-30; 2; Sarkozy is sentenced; sarkozy|bygmalion
2021-09-15; 5; submarines; aukus|sous-?marins?
2021-09-28; 4; Jadot wins; jadot|rousseau|primaire
2021-10-03; 3; Tapie dies; tapie
2021-10-03; 4; Pandora Papers; pandora
2021-10-05; 4; report on the Church; ciase|sauve|pedocrim|eglise
2021-10-09; 2; forty years without death penalty; peine de mort|badinter|abolition
2021-10-12; 4; France 2030; france ?2030
2021-10-12; 12; fuel prices; carburant|essence|indemnite|inflation|gasoil
2021-10-15; 3; homage to Samuel Paty; paty
2021-10-16; 3; 17 October 1961; 17 ?octobre|1961
2021-10-29; 8; G20 and COP26; cop ?26|glasgow|g20
2021-11-09; 4; Macron speaks; macron ?(20|vingt)|allocution|reacteur|nucleaire
2021-11-10; 3; 11 November; 11 ?novembre|armistice|compagnon|germain
2021-11-13; 2; 13 November; 13 ?novembre|bataclan
2021-11-18; 10; Guadeloupe; guadeloupe|antilles|martinique
2021-11-24; 4; shipwreck in the Channel; manche|naufrage|calais|migrant
2021-11-25; 2; violence against women; violences? (faites|sexistes|sexuelles)|25 ?novembre|feminicide|noustoutes
2021-11-30; 3; Zemmour runs; zemmour
2021-11-30; 2; Josephine Baker; baker|pantheon
2021-12-04; 4; Pecresse wins; pecresse|congres|ciotti
2021-12-05; 3; Villepinte; villepinte|zemmour
2021-12-08; 4; Hidalgo wants a primary; primaire
2021-12-12; 3; New Caledonia; caledonie
2021-12-14; 4; Macron on TF1; tf1|ou va la france|ouvalafrance
2021-12-26; 5; vaccination pass; vaccinal|castex
2021-12-31; 4; flag under the arch; drapeau|arc de triomphe
2022-01-04; 4; Macron and the unvaccinated; emmerd|non.?vaccin
2022-01-05; 4; Karcher; karcher
2022-01-13; 3; teachers' strike; enseignant|prof\b|profs\b|ecole|greve|blanquer|13 ?janvier
2022-01-15; 3; Taubira runs; taubira
2022-01-16; 3; meeting in Nantes; nantes|immersi|olfacti
2022-01-17; 4; Ibiza; ibiza|blanquer
2022-01-13; 8; energy prices, EDF; edf|arenh|electricite
2022-01-19; 3; Macron in Strasbourg; strasbourg|parlement europeen|pfue|europe
2022-01-24; 8; old people's homes; ehpad|orpea|korian|fossoyeurs
2022-01-27; 2; strike for wages; 27 ?janvier|greve|salaire
2022-01-29; 4; primaire populaire; primaire ?populaire|taubira
2022-01-27; 16; sponsorships; parrainage|500 signatures|maires
2022-02-05; 3; Reims and Lille; reims|lille
2022-02-07; 4; Macron in Moscow; poutine|moscou|ukraine|russie
2022-02-10; 4; Belfort; belfort|nucleaire|reacteur|epr
2022-02-11; 4; freedom convoy; convoi|liberte
2022-02-13; 3; Pecresse at the Zenith; zenith|pecresse
"""

RUSSIA = r"""
2016-08-01; 3; Mi-8 is shot down in Syria; ми-?8|вертолет
2016-08-01; 4; anthrax in Yamal; сибирск(ая|ои) язв|ямал
2016-08-05; 3; the Olympics open; олимпиад|рио\b|олимпи
2016-08-06; 4; doping and Efimova; ефимов|допинг
2016-08-07; 3; Paralympians are banned; паралимп
2016-08-09; 3; Erdogan with Putin; эрдоган
2016-08-10; 5; saboteurs in Crimea; диверс|диверсант|крым
2016-08-12; 4; Ivanov leaves; иванов|ваино
2016-08-16; 4; bombers from Hamadan; хамадан|иран
2016-08-17; 3; attack on traffic police near Moscow; балаших|щелковск|дпс
2016-08-19; 4; Vasilyeva becomes minister; васильев|ливанов
2016-08-19; 3; Isinbayeva; исинбаев
2016-08-18; 3; the boy of Aleppo; алеппо|омран
2016-08-21; 3; the Olympics close; закрыти|олимпи
2016-08-23; 3; court of arbitration and Paralympians; паралимп|cas\b
2016-08-24; 4; earthquake in Italy; итали|землетрясени
2016-08-24; 3; Turkey enters Syria; джараблус|турци|турецк
2016-08-24; 2; independence of Ukraine; независимост|украин
2016-08-27; 3; fire in a Moscow warehouse; пожар|типографи|алтуфьев
2016-08-29; 5; Karimov dies; каримов|узбекистан
2016-08-30; 4; school 57; 57|школ
2016-09-01; 3; Falcon 9 explodes; spacex|falcon|ракет
2016-09-01; 3; Day of knowledge, Beslan; беслан|знани
2016-09-04; 3; G20 in Hangzhou; g20|ханчжоу|двадцатк
2016-09-05; 3; Levada; левада
2016-09-07; 3; iPhone 7; iphone|аифон|apple
2016-09-07; 3; Paralympics open; паралимп|белорус
2016-09-09; 3; North Korea's bomb; кндр|ядерн|коре
2016-09-09; 4; Zakharchenko's billions; захарченко|миллиард
2016-09-10; 2; Moscow's day; день города|деньгорода|днем города|москв
2016-09-10; 4; truce in Syria; перемири|керри|лавров
2016-09-11; 3; Clinton collapses; клинтон|пневмони
2016-09-13; 4; WADA is hacked; wada|вада|fancy|хакер|уильямс|баилс
2016-09-13; 3; Pornhub is blocked; pornhub|роскомнадзор|порно|youporn
2016-09-17; 4; strike at Deir ez-Zor; деир|эз.?зор|удар|коалици
2016-09-17; 3; bombs of New York; нью.?иорк|взрыв
2016-09-18; 3; election of the Duma; выбор|един(ая|ои) росси|госдум|голосова|явк
2016-09-19; 4; convoy near Aleppo; конво|гуманитарн
2016-09-20; 3; Pitt and Jolie; джоли|питт
2016-09-22; 3; Volodin; володин
2016-09-24; 4; Sturges; стерджес|выставк
2016-09-26; 3; debate; дебат|трамп
2016-09-28; 3; report on MH17; mh17|боинг|малаизи
2016-09-28; 3; Peres dies; перес
"""
