"""docs/benchmarks.md: each goal beside what was measured, met or not."""

import datetime
import statistics

WAITS = {
    "list": "list of 80 customers",
    "page": "value page of the largest customer",
    "pyramid": "pyramid",
    "explain": "*Explain* the revenue of the largest customer, by document",
    "recompute": "*Recompute now*, a thousand new invoices are waiting",
    "preview": "preview of a decision",
    "chain": "chains of people on a contact map, 300 people, 900 relations",
    "report_one": "one deal status report, from the figures to the PDF",
    "report_forty": "forty of them in one print",
    "portfolio": "portfolio of forty deals, printed",
}
STEPS = {
    "floor": "F, the floor",
    "full": "full rebuild from nothing",
    "full_facts": "of it: facts",
    "full_figures": "of it: figures, tiers, analysis",
    "incremental": "incremental run, a thousand new invoices are waiting",
    "facts": "of it: their facts",
    "nothing": "incremental run, nothing changed",
    "full_bare": "full rebuild, without the analysis",
    "incremental_bare": "incremental run, without the analysis",
    "tie_out": "tie-out with the ledger (one company)",
    "post_plain": "posting 100 invoices without our add-ons",
    "post_ours": "posting 100 invoices with them",
    "loop": "loop over a thousand customers in the ORM",
    "read_group": "`_read_group` and `write()`, all customers",
}
SERVICE = {
    "service_floor": "one pass over orders, order lines and deliveries",
    "service_two_tables": "one pass over orders and deliveries",
    "service_first": "cost to serve from nothing",
    "service": "cost to serve, a day later",
}
INTRODUCTION = """\
# Benchmarks

Written by `make bench` on {date}; not by hand. It makes two databases of each size
with the same documents, one with our add-ons and one without, keeps them in `.run`
for the next time, and measures in rounds ({rounds} of the sizes): each thing once, then
all again, every second round backwards; postings, which are short, six times as often.
The tables hold medians, in seconds where nothing else is said. Every measured
transaction is rolled back, so each one finds the same state; parallel workers are off
everywhere. Costs of goods stand ready, as posting leaves them.

**F**, the floor, is one `GROUP BY commercial_partner_id` over the posted sales lines
of the last twelve months joined to their moves, under the settings of a run: about the
least that any report on customers costs. Goals are multiples of F, because seconds
depend on the machine. Two goals are of older date than the analysis (ABC, XYZ, RFM,
rhythm, money at risk). It is read and written by the same statements as figures and
tiers; to compare with these goals, the benchmark takes its parts out of them.
"""
EXPLANATION = """\
Where the time goes:

- *full rebuild*: two thirds are the facts. The floor reads the lines of one year, a
  rebuild those of all years, with discounts, costs of goods and credit notes, and
  writes a million rows into two indexes. It is measured as after the installation:
  companies without figures go through the lines together. A company that is read
  again alone goes through the lines of the others, too. It runs once, or when somebody
  asks.
- *incremental run*: most of it does not depend on the documents that changed. Every
  customer is ranked again, an eighth of the profiles change with the day, and those
  that have fallen silent or buy less are looked for among everybody. That is why it
  takes more than two thirds of the time when nothing changed.

The products of these data have no category. Where they have, a full rebuild goes
through the lines once more, for categories that customers have dropped.
"""


class Result:
    """What was measured on one size."""

    def __init__(self, values):
        self.values = values
        self.sizes, self.rows = values["sizes"], values["rows"]
        self.median = {
            name: statistics.median(seconds)
            for name, seconds in values["seconds"].items()
        }

    def times(self, name):
        """A median in multiples of the floor."""
        return self.median[name] / self.median["floor"]

    def loop_of_all(self):
        """The loop over a thousand customers, scaled to all of them."""
        return self.median["loop"] * self.sizes["profiles"] / 1000

    def faster(self, seconds, than):
        return seconds / self.median[than]

    def posting(self):
        """The median of the ratios within the rounds: noise of both cancels out."""
        pairs = zip(
            self.values["seconds"]["post_ours"],
            self.values["seconds"]["post_plain"],
            strict=True,
        )
        return statistics.median(ours / plain for ours, plain in pairs)

    def added_queries(self, screen):
        """{number of contacts: queries that our fields add}."""
        queries = self.values["queries"][screen]
        return {
            size: count - queries["plain"][size]
            for size, count in queries["ours"].items()
        }


def render(results, service):
    """The whole page.

    :param results: {number of lines: what ``bench.worker`` measured}
    :param service: {measure of the cost to serve: seconds}
    """
    served = {name: statistics.median(seconds) for name, seconds in service.items()}
    sizes = {lines: Result(values) for lines, values in sorted(results.items())}
    largest = sizes[max(sizes)]
    return "\n".join(
        [
            INTRODUCTION.format(
                date=datetime.date.today(),
                rounds=" and ".join(
                    str(len(size.values["seconds"]["floor"])) for size in sizes.values()
                ),
            ),
            "## Goals",
            "",
            f"On {max(sizes):,} lines.",
            "",
            *_table(
                ["Measure", "Goal", "Measured", "Met"],
                [*_goals(sizes), *_service_goals(served)],
            ),
            "",
            EXPLANATION,
            "## Waits of a person, in seconds",
            "",
            *_seconds(sizes, WAITS, with_ratio=False),
            "",
            "## All medians",
            "",
            *_seconds(sizes, STEPS, with_ratio=True),
            "",
            "## Cost to serve, in seconds",
            "",
            "A million orders, with a line and a delivery each, all in the window. One"
            " pass is one `GROUP BY` over each table, lines by the customer of their"
            " order. We count ten drivers, price them, and write what differs.",
            "",
            *_table(
                ["", "seconds"],
                [[label, f"{served[name]:.3f}"] for name, label in SERVICE.items()],
            ),
            "",
            "## Data",
            "",
            *_data(sizes),
            "",
            "## Machine",
            "",
            *_machine(largest.values["machine"]),
            "",
        ]
    )


def _goals(sizes):
    """Rows of measure, goal, measured, met."""
    small, large = sizes[min(sizes)], sizes[max(sizes)]
    growth = large.median["facts"] / small.median["facts"]
    loop, grouped = large.loop_of_all(), large.median["read_group"]
    rows = [
        _at_most(
            "full rebuild of the whole profile, with the analysis",
            large.times("full"),
            9.0,
            " x F",
        ),
        _at_most(
            "the same without the analysis",
            large.times("full_bare"),
            7.0,
            " x F",
        ),
        _at_most("facts of 1,000 new invoices", large.times("facts"), 0.2, " x F"),
        _at_most(
            f"their growth from {min(sizes):,} lines"
            if len(sizes) > 1
            else "their growth (measured with two sizes only)",
            growth,
            1.5,
            " x",
        ),
        _at_most(
            "incremental run, all customers ranked again, with the analysis",
            large.times("incremental"),
            1.2,
            " x F",
        ),
        _at_most(
            "the same without the analysis",
            large.times("incremental_bare"),
            0.9,
            " x F",
        ),
        _at_most(
            "posting 100 invoices, with our add-ons against without",
            large.posting(),
            1.05,
            " x",
        ),
        _at_most("rows written by a second run", sum(large.rows.values()), 0, ""),
        _at_most("memory added by a full rebuild", large.values["memory"], 50, " MiB"),
        _at_least(
            "incremental run, against a loop over customers",
            large.faster(loop, "incremental"),
            250,
        ),
        _at_least(
            "incremental run, against `_read_group` + `write()`",
            large.faster(grouped, "incremental"),
            5,
        ),
        _at_least("full rebuild, against a loop", large.faster(loop, "full"), None),
        _at_least(
            "full rebuild, against `_read_group` + `write()`",
            large.faster(grouped, "full"),
            None,
        ),
    ]
    rows.append(
        _at_most(
            "chains of people, 300 people", large.median["chain"] * 1000, 50, " ms"
        )
    )
    for name, limit in (("report_one", 3), ("report_forty", 60)):
        rows.append(_at_most(WAITS[name], large.median[name], limit, " s"))
    for screen, label, limit in (
        ("list", "list of 80 contacts", 3),
        ("form", "contact form", 8),
    ):
        added = large.added_queries(screen)
        rows.append(_at_most(f"{label}, queries added", max(added.values()), limit, ""))
    added = set(large.added_queries("list").values())
    rows.append(
        [
            "queries added to the list for 8 and for 80 contacts",
            "equal",
            " and ".join(map(str, sorted(added))),
            _met(len(added) == 1),
        ]
    )
    return rows


def _service_goals(served):
    """Every table that is counted is in the pass; a day later is what a night does."""
    return [
        _at_most(
            f"{SERVICE[name]}, 1 M orders and 1 M deliveries",
            served[name] / served["service_floor"],
            3.0,
            " x one pass",
        )
        for name in ("service_first", "service")
    ]


def _at_most(label, value, limit, unit):
    goal = f"at most {limit:g}{unit}"
    return [label, goal, f"{value:.3g}{unit}", _met(round(value, 2) <= limit)]


def _at_least(label, value, limit):
    if limit is None:
        return [label, "–", f"{value:.0f} x faster", "–"]
    return [label, f"at least {limit} x", f"{value:.0f} x faster", _met(value >= limit)]


def _met(good):
    return "yes" if good else "**no**"


def _seconds(sizes, names, with_ratio):
    """One row a measure, one column a size."""
    rows = [
        [
            label,
            *(_seconds_of(result, name, with_ratio) for result in sizes.values()),
        ]
        for name, label in names.items()
    ]
    return _table(["", *(f"{lines:,} lines" for lines in sizes)], rows)


def _seconds_of(result, name, with_ratio):
    if name not in result.median:
        return "–"
    ratio = f" ({result.times(name):.2f} F)" if with_ratio else ""
    return f"{result.median[name]:.3f}{ratio}"


def _data(sizes):
    names = next(iter(sizes.values())).sizes
    return _table(
        ["", *(f"{lines:,} lines" for lines in sizes)],
        [
            [name, *(f"{result.sizes[name]:,.10g}" for result in sizes.values())]
            for name in names
        ],
    )


def _machine(machine):
    settings = ", ".join(
        f"`{name}` {value}" for name, value in machine["settings"].items()
    )
    return [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory']} GiB of"
        f" memory; PostgreSQL {machine['postgresql']}, Python {machine['python']}.",
        "",
        f"PostgreSQL: {settings}.",
        "",
        f"Processes that wanted to run meanwhile: {machine['load']} on average, the"
        " benchmark itself is one.",
    ]


def _table(head, rows):
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
