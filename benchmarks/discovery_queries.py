"""What a person would type to find posts of a subject: written before any title was looked at.

Subjects are subreddits of the given data, in the two halves of `benchmarks.topics_data`, which are
two collections of posts. To decide on one and report another, subjects of both are dealt into
thirds: what is built is tried on the first, checked on the second, and reported on the third. A
fourth part are subreddits that no session had a query for before, most of them close to another one
of the same collection (linux and archlinux): it is reported, and nothing is decided on it.
"""

import random

PARTS = (1, 2, 3, 4)

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
    """Subject -> query, of one half of the posts and some parts of the subjects."""
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
