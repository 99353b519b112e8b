"""Words of a file, English and French, and the registry's own word for each; an unlisted word is a fault."""

import unicodedata
from collections.abc import Mapping

from services.imports.values import Fault

_UNKNOWN = (
    "?", "unknown", "not known", "not done", "not tested", "n/a", "na", "nd", "nc", "nt",
    "inconnu", "inconnue", "non connu", "non fait", "non teste", "non renseigne", "indetermine",
)  # fmt: skip


def plain_words(text: str) -> str:
    """Text in lower case without accents, words one space apart, as the tables below are written."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return " ".join(letters.replace("_", " ").split())


def _table(words: Mapping[str, str]) -> dict[str, str | None]:
    """The registry's word for every listed word, itself included, and null for the words that say unknown."""
    found: dict[str, str | None] = dict.fromkeys(_UNKNOWN)
    for value, synonyms in words.items():
        for word in (value, *synonyms.split(" / ")):
            found[plain_words(word)] = value
    return found


_POSITIVE = "pos / + / positif / positive / 1+ / reactive / reactif"
_NEGATIVE = "neg / - / négatif / négative / non reactive / non réactif"

SEX = _table({"F": "female / femme / féminin / woman", "M": "male / homme / masculin / H / man"})
ABO = _table({"A": "A", "B": "B", "AB": "AB", "O": "0 / zero"})
RHD = _table(
    {
        "+": "pos / positive / positif / D+ / Rh+ / Rh + / Rh pos / RhD+ / RhD positive / Rh positif / RH1 / RH:1",
        "-": "neg / negative / négatif / D- / Rh- / Rh - / Rh neg / RhD- / RhD negative / Rh négatif / RH-1 / RH:-1",
    }
)
SEROLOGY = _table({"positive": _POSITIVE, "negative": _NEGATIVE})
ANTIBODY_RESULT = _table(
    {
        "positive": f"{_POSITIVE} / détecté / détectée / present / présent",
        "negative": f"{_NEGATIVE} / non détecté / non détectée / absent",
        "indeterminate": "indéterminé / indéterminée / doubtful / borderline / douteux / douteuse / équivoque",
    }
)
DONATION_TYPE = _table(
    {
        "whole_blood": "whole blood / wb / whole-blood / sang total / ST / sang",
        "platelets": "platelet / plt / apheresis platelets / plateletpheresis / plaquettes / CPA"
        " / aphérèse plaquettaire / aphérèse plaquettes",
        "plasma": "plasmapheresis / plasmaphérèse / aphérèse plasmatique / aphérèse plasma",
    }
)
SELECTION = _table(
    {
        "random": "non selected / unselected / any / standard / non choisi / aleatoire / tout venant",
        "hla_selected": "hla / hla selected / hla compatible / hla matched / choisi hla",
        "hpa_selected": "hpa / hpa selected / hpa compatible / choisi hpa",
        "cd36_negative": "cd36- / cd36 neg / cd36 negative / cd36 negatif",
        "autologous": "autologue / own",
    }
)
TREATMENT = _table(
    {
        "rituximab": "rituximab®",
        "daratumumab": "daratumumab",
        "bortezomib": "bortezomib",
        "ivig": "igiv / ig iv / iv ig / immunoglobulines iv / immunoglobulines intraveineuses / immunoglobulines"
        " polyvalentes / intravenous immunoglobulins / intravenous immunoglobulin / iv immunoglobulin",
        "plasma_exchange": "plasma exchanges / pe / plasmapheresis / échange plasmatique / échanges plasmatiques / ep"
        " / plasmaphérèse",
        "imlifidase": "ides",
        "eculizumab": "éculizumab",
        "other": "other treatment / autre / autre traitement",
    }
)
CROSSMATCH_KIND = _table(
    {
        "lymphocyte": "lymphocytes / lymphocyte crossmatch / lymphocytaire / crossmatch lymphocytaire",
        "platelet": "platelets / plt / platelet crossmatch / plaquette / plaquettes / plaquettaire"
        " / crossmatch plaquettaire",
    }
)
STATUS = _table(
    {
        "active": "actif / active / available / disponible",
        "deferred": "ajourné / ajournée / temporarily deferred / contre-indication temporaire",
        "inactive": "inactif / inactive / retired / radié / radiée / exclu / exclue",
    }
)
YES_NO = _table(
    {
        "yes": "y / true / 1 / oui / o / vrai",
        "no": "n / false / 0 / non / faux",
    }
)


def parse_choice(text: str, words: Mapping[str, str | None]) -> str | Fault | None:
    """The registry's word for a text, None where it says unknown."""
    plain = plain_words(text)
    if plain in words:
        return words[plain]
    accepted = sorted({value for value in words.values() if value})
    return Fault("word_unknown", {"accepted": ", ".join(accepted)})
