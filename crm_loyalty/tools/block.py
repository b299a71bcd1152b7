# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""A part of a paper: a heading, facts, a table, and what is said where it is empty.

Reports make lists of blocks; screen, PDF and workbook only render them.
"""

from dataclasses import dataclass, field


@dataclass
class Column:
    """A column of a table; numbers and amounts stand on the right, unbroken.

    :param whole: words that are not broken into lines either, as dates
    :param width: its share of the line, for papers whose rows must fit
    """

    title: str
    right: bool = False
    whole: bool = False
    width: int = 10


@dataclass
class Block:
    """One part of a paper.

    :param name: what it is called in code, for those who add to it
    :param facts: pairs of a label and a text
    :param rows: lists of texts, one per column
    :param empty: who must fill it, or what it means that nothing is there
    :param more: number of rows that were left out
    """

    name: str
    title: str
    facts: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    empty: str = ""
    note: str = ""
    more: int = 0

    @property
    def is_empty(self):
        return not self.facts and not self.rows

    @property
    def is_silent(self):
        """Whether the text for an empty part is told: facts beside a table that has
        no rows do not replace it."""
        return not self.rows if self.columns else self.is_empty

    def cut(self, limit):
        """At most so many rows; the rest becomes a number.

        >>> Block("a", "A", rows=[["1"], ["2"], ["3"]]).cut(2).more
        1
        """
        self.more += max(len(self.rows) - limit, 0)
        self.rows = self.rows[:limit]
        return self
