# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Names of countries that exports use and Odoo does not."""

from .columns import simplify

ALIASES = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "unitedstatesofamerica": "US",
    "uk": "GB",
    "greatbritain": "GB",
    "england": "GB",
    "holland": "NL",
    "czechia": "CZ",
    "korea": "KR",
    "uae": "AE",
    "россия": "RU",
    "рф": "RU",
    "russia": "RU",
    "белоруссия": "BY",
    "сша": "US",
}


def country_finder(countries):
    """Return name -> id for (id, code, names); None where nothing fits."""
    known = {}
    for country_id, iso, names in countries:
        for name in (iso, *names):
            known.setdefault(simplify(name), country_id)
    by_code = {iso: country_id for country_id, iso, _names in countries}
    for name, iso in ALIASES.items():
        if iso in by_code:
            known.setdefault(name, by_code[iso])
    return lambda name: known.get(simplify(name)) if name else None
