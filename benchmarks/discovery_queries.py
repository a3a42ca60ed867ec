"""What a person would type to find posts of a subject: written before any title was looked at.

Subjects are subreddits of the given data, in the two halves of `benchmarks.topics_data`, which are
two collections of posts. To decide on one and report another, subjects of both are dealt into
thirds: what is built is tried on the first, checked on the second, and reported on the third. A
fourth part are subreddits that no session had a query for before, most of them close to another one
of the same collection (linux and archlinux): it is reported, and nothing is decided on it. A fifth
part are other sets: topics of the Reuters news that at least 100 of them have, and the events of
CrisisLex T26. It was run once, when all was decided.
"""

import random

PARTS = (1, 2, 3, 4, 5)

FIRST_HALF = {
    "Bitcoin": "bitcoin OR bitcoins OR btc",
    "CCW": "concealed OR carry OR holster",
    "Dogtraining": "puppy OR leash OR training",
    "Feminism": "feminism OR feminist",
    "Guildwars2": "guild OR gw2 OR mesmer",
    "HomeImprovement": "basement OR bathroom OR drywall",
    "LearnJapanese": "japanese OR kanji",
    "MMA": "ufc OR mma",
    "Pathfinder_RPG": "pathfinder OR campaign",
    "SkincareAddiction": "skin OR acne",
    "anime": "anime",
    "atheism": "atheist OR atheism",
    "books": "book OR novel",
    "budgetfood": "cheap OR meal",
    "canada": "canada OR canadian OR harper",
    "cars": "car OR engine",
    "chess": "chess",
    "classicalmusic": "symphony OR concerto OR classical",
    "diabetes": "diabetes OR insulin OR diabetic",
    "islam": "islam OR muslim OR quran",
    "legaladvice": "legal OR sue OR landlord",
    "nfl": "nfl OR quarterback OR bowl",
    "nursing": "nurse OR nursing",
    "poker": "poker OR flop",
    "running": "marathon OR running OR 5k",
    "sewing": "sewing OR fabric",
    "starcraft": "starcraft OR zerg OR terran",
    "startrek": "trek OR picard OR tng",
    "tea": "tea OR oolong",
    "travel": "travel OR trip",
}

SECOND_HALF = {
    "AskCulinary": "sauce OR recipe",
    "AskHistorians": "century OR historical OR war",
    "Boxing": "boxing OR pacquiao",
    "Buddhism": "buddhism OR buddhist OR meditation",
    "Diablo": "diablo OR d3 OR monk",
    "Entrepreneur": "startup OR business",
    "Fantasy": "fantasy",
    "French": "french OR français",
    "GradSchool": "grad OR phd",
    "Homebrewing": "homebrew OR beer OR yeast",
    "MechanicAdvice": "brake OR engine",
    "SEO": "seo OR google",
    "Spanish": "spanish",
    "archlinux": "arch OR pacman",
    "australia": "australia OR australian",
    "boardgames": "board OR boardgame",
    "climate": "climate OR warming",
    "electronic_cigarette": "vape OR vaping OR cigarette",
    "europe": "eu OR europe OR european",
    "exmormon": "mormon OR church",
    "gardening": "garden OR tomato",
    "hockey": "nhl OR hockey OR goalie",
    "investing": "invest OR stock OR investing",
    "magicTCG": "mtg OR deck OR draft",
    "malefashionadvice": "shoes OR suit OR shirt",
    "motorcycles": "motorcycle OR bike",
    "nba": "nba OR lebron OR lakers",
    "personalfinance": "loan OR credit OR debt",
    "philosophy": "philosophy OR kant",
    "photography": "photo OR lens OR camera",
    "space": "nasa OR mars OR space",
}

NEVER_ASKED = {
    "a": {
        "solotravel": "solo OR traveling",
        "politics": "obama OR republican OR congress",
        "DebateAnAtheist": "god OR debate",
        "MensRights": "men OR rape OR feminist",
        "PhilosophyofScience": "science OR popper",
        "askscience": "physics OR light OR universe",
        "edmproduction": "ableton OR synth OR mixing",
        "marketing": "marketing OR brand",
        "medicine": "doctor OR patient OR medical",
        "crafts": "craft OR knitting OR diy",
    },
    "b": {
        "linux": "linux OR ubuntu",
        "dogs": "dog OR dogs",
        "networking": "cisco OR router OR network",
        "hiphopheads": "rap OR kanye OR hip-hop",
        "sysadmin": "server OR admin",
        "musictheory": "chord OR scale OR key",
        "Cooking": "cook OR cooking OR recipe",
        "environment": "environment OR pollution OR epa",
        "weightroom": "squat OR deadlift OR lifting",
    },
}


def queries(half: str, parts: tuple[int, ...] = PARTS) -> dict[str, str]:
    """Subject -> query, of one half of the titles or another set, and some parts of subjects."""
    if half in OTHER_SETS:
        return OTHER_SETS[half] if 5 in parts else {}
    of_half = {"a": FIRST_HALF, "b": SECOND_HALF}
    subjects = sorted((name, subject) for name, of in of_half.items() for subject in of)
    random.Random(9).shuffle(subjects)
    thirds = subjects[:20], subjects[20:40], subjects[40:]
    chosen = {
        subject: of_half[half][subject]
        for part in parts
        if part <= len(thirds)
        for name, subject in thirds[part - 1]
        if name == half
    }
    return chosen | (NEVER_ASKED[half] if 4 in parts else {})


OTHER_SETS = {
    "reuters": {
        "earn": "profit OR dividend OR earnings",
        "acq": "merger OR takeover OR acquisition",
        "money-fx": "currency OR exchange",
        "crude": "oil OR opec OR barrel",
        "grain": "grain OR harvest",
        "trade": "trade OR tariff OR exports",
        "interest": "interest OR prime",
        "wheat": "wheat",
        "ship": "ship OR vessel OR port",
        "corn": "corn OR maize",
        "dlr": "dollar",
        "oilseed": "oilseed OR rapeseed",
        "money-supply": "m1 OR m2",
        "sugar": "sugar",
        "gnp": "gnp OR growth",
        "coffee": "coffee",
        "veg-oil": "palm OR vegetable",
        "gold": "gold OR bullion",
        "nat-gas": "gas OR pipeline",
        "soybean": "soybean OR soybeans",
        "bop": "deficit OR surplus",
        "livestock": "cattle OR hog OR livestock",
        "cpi": "inflation OR cpi",
    },
    "crisislex_t26": {
        "2013_Russia_meteor": "meteor OR meteorite",
        "2012_Costa_Rica_earthquake": "costa OR terremoto",
        "2013_Australia_bushfire": "bushfire OR nsw",
        "2013_Glasgow_helicopter_crash": "helicopter OR clutha",
        "2012_Guatemala_earthquake": "guatemala OR earthquake",
        "2013_LA_airport_shootings": "lax OR airport",
        "2012_Philipinnes_floods": "philippines OR floods",
        "2012_Typhoon_Pablo": "typhoon OR pablo",
        "2013_Alberta_floods": "alberta OR calgary",
        "2013_Boston_bombings": "boston OR marathon",
        "2013_Brazil_nightclub_fire": "nightclub OR boate",
        "2013_Manila_floods": "manila OR maring",
        "2013_NY_train_crash": "train OR derailment",
        "2013_Sardinia_floods": "sardegna OR sardinia",
        "2013_Singapore_haze": "haze OR psi",
        "2013_Spain_train_crash": "tren OR santiago",
        "2013_West_Texas_explosion": "texas OR explosion",
    },
}
