# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Turn what stands in a cell into text, a decimal number or a moment."""

import datetime
import functools
import math
import re
from decimal import Decimal, InvalidOperation

from .errors import LoadError

EMPTY = {"", "nan", "nat", "none", "null", "n/a", "#n/a"}
SPACES = re.compile(r"\s+")
NOT_NUMERIC = re.compile(r"[^\d.,+\-()]")
DATE = re.compile(
    r"^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?$"
)


def text(value):
    """A clean string; 17850.0 is '17850'; nothing, NaN and 'null' are ''."""
    if isinstance(value, str):
        value = SPACES.sub(" ", value).strip()
        return "" if value.lower() in EMPTY else value
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def code(value):
    """Like text; and '17850.0', which programs make of whole numbers, is '17850'."""
    value = text(value)
    return value[:-2] if value.endswith(".0") and value[:-2].isdigit() else value


class Formats:
    """How dates and numbers are written in this file, learned from all its cells."""

    def __init__(self, decimal="auto", date_format=None, delimiter=","):
        self.decimal = {"comma": ",", "point": "."}.get(decimal, decimal)
        self.date_format = date_format
        self.day_first = None
        self._delimiter = delimiter
        self._seen = {"comma": 0, "point": 0, "unclear": 0}
        self._first = self._second = 0
        self._dotted = False
        self.number = functools.lru_cache(maxsize=200_000)(self._number)
        self.moment = functools.lru_cache(maxsize=200_000)(self._moment)

    # -- learning -------------------------------------------------------------

    def look_at(self, numbers, date):
        """Take the cells of one line into account (only strings tell something)."""
        for value in numbers:
            if isinstance(value, str) and self.decimal == "auto":
                self._look_at_number(value)
        if isinstance(date, str) and not self.date_format:
            match = DATE.match(date.strip())
            if match and len(match[1]) <= 2:
                self._first = max(self._first, int(match[1]))
                self._second = max(self._second, int(match[3]))
                self._dotted = match[2] == "."

    def _look_at_number(self, value):
        comma, point = value.rfind(","), value.rfind(".")
        if comma >= 0 and point >= 0:
            self._seen["comma" if comma > point else "point"] += 1
        elif comma >= 0:
            decimals = len(value.strip()) - comma - 1
            clear = decimals != 3 or value.strip(" +-").startswith("0,")
            if value.count(",") > 1:
                self._seen["point"] += 1
            else:
                self._seen["comma" if clear else "unclear"] += 1
        elif point >= 0 and value.count(".") == 1:
            self._seen["point"] += 1

    def settle(self):
        """Decide after the last line; contradictions are told, not guessed."""
        if self.decimal == "auto":
            unclear_is_comma = self._seen["unclear"] and self._delimiter == ";"
            comma = self._seen["comma"] or unclear_is_comma
            if self._seen["comma"] and self._seen["point"]:
                comma = self._seen["comma"] > self._seen["point"]
            self.decimal = "," if comma else "."
        if self._first and not self.date_format:
            self._settle_dates()
        self.number.cache_clear()
        self.moment.cache_clear()
        return self

    def _settle_dates(self):
        if self._first > 12 and self._second > 12:
            raise LoadError(
                "the dates are written sometimes day first, sometimes month first: "
                "give their form, for example --date-format %d/%m/%Y"
            )
        if self._first <= 12 and self._second <= 12 and not self._dotted:
            raise LoadError(
                "day and month cannot be told apart in the dates of this file: "
                "give their form, for example --date-format %d/%m/%Y"
            )
        self.day_first = self._first > 12 or self._second <= 12

    # -- reading --------------------------------------------------------------

    def _number(self, value):
        """A Decimal exactly as written, or None; else ValueError."""
        if isinstance(value, int):
            return Decimal(value)
        if isinstance(value, float):
            return None if math.isnan(value) else Decimal(repr(value))
        if isinstance(value, Decimal) or value is None:
            return value
        if not text(value):
            return None
        cleaned = NOT_NUMERIC.sub("", value)
        if self.decimal == ",":
            cleaned = cleaned.replace(".", "").replace(",", ".")
        else:
            cleaned = cleaned.replace(",", "")
        if cleaned.startswith("(") and cleaned.endswith(")"):
            cleaned = "-" + cleaned[1:-1]
        elif cleaned.endswith("-"):
            cleaned = "-" + cleaned[:-1]
        try:
            return Decimal(cleaned)
        except InvalidOperation:
            raise ValueError(value) from None

    def _moment(self, value):
        """A datetime, or None when nothing is there; raises ValueError."""
        if isinstance(value, datetime.datetime):
            return value.replace(tzinfo=None)
        if isinstance(value, datetime.date):
            return datetime.datetime.combine(value, datetime.time())
        if not text(value):
            return None
        if self.date_format:
            return datetime.datetime.strptime(text(value), self.date_format)
        if re.fullmatch(r"\d{8}", text(value)):
            return datetime.datetime.strptime(text(value), "%Y%m%d")
        match = DATE.match(text(value))
        if not match:
            raise ValueError(value)
        return self._from_match(match)

    def _from_match(self, match):
        first, _separator, second, third, hour, minute, seconds, half = match.groups()
        if len(first) == 4:
            year, month, day = int(first), int(second), int(third)
        else:
            day, month = (first, second) if self.day_first else (second, first)
            year, month, day = int(third), int(month), int(day)
            year += 2000 if year < 70 else 1900 if year < 100 else 0
        hour = int(hour or 0)
        if half:
            hour = hour % 12 + (12 if half.lower() == "pm" else 0)
        return datetime.datetime(
            year, month, day, hour, int(minute or 0), int(seconds or 0)
        )
