"""The same figures in two other ways: a loop in the ORM, and _read_group + write()."""

from datetime import timedelta

from .ledger import END
from .rounds import Measure, transaction

SAMPLE = 1_000
SALES = ("out_invoice", "out_refund", "out_receipt")
WINDOW = 365


def measures(ours):
    return [
        Measure("loop", ours, loop, sample),
        Measure("read_group", ours, read_group),
    ]


def _domain(company, *more):
    return [
        ("parent_state", "=", "posted"),
        ("display_type", "=", "product"),
        ("move_id.move_type", "in", SALES),
        ("company_id", "child_of", company.id),
        ("date", "<=", END),
        *more,
    ]


# ----------------------------------------------------------------------
# A loop over customers
# ----------------------------------------------------------------------


def sample(env):
    """A thousand profiles, large and small customers alike."""
    env.cr.execute(
        "SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number,"
        " COUNT(*) OVER () AS total FROM crm_customer_profile) profile"
        " WHERE number %% (total / %s) = 0 LIMIT %s",
        [SAMPLE, SAMPLE],
    )
    ids = [profile_id for [profile_id] in env.cr.fetchall()]
    return env["crm.customer.profile"].browse(ids)


def loop(env, profiles):
    """Read the lines of each customer, add them up, write its figures."""
    for profile in profiles:
        lines = env["account.move.line"].search(
            _domain(
                profile.company_id,
                ("partner_id.commercial_partner_id", "=", profile.partner_id.id),
            )
        )
        profile.write(_add_up(lines))
        env.flush_all()


def _add_up(lines):
    start = END - timedelta(days=WINDOW - 1)
    before = start - timedelta(days=WINDOW)
    now = lines.filtered(lambda line: line.date >= start)
    previous = lines.filtered(lambda line: before <= line.date < start)
    purchases = lines.move_id.filtered(
        lambda move: move.move_type != "out_refund" and move.payment_state != "reversed"
    )
    days = sorted(set(purchases.mapped("invoice_date")))
    return {
        "revenue": -sum(now.mapped("balance")),
        "revenue_previous": -sum(previous.mapped("balance")),
        "discount": -sum(
            line.balance * line.discount / (100 - line.discount)
            for line in now
            if line.discount < 100
        ),
        "document_count": len(now.move_id),
        "line_count": len(now),
        "purchase_count": len([day for day in days if day >= start]),
        "first_purchase_date": days[0] if days else False,
        "last_purchase_date": days[-1] if days else False,
    }


# ----------------------------------------------------------------------
# One _read_group for each figure, one write() for each customer
# ----------------------------------------------------------------------


def read_group(env, _subject):
    """Sums by the database, results written one by one (no discounts)."""
    start = END - timedelta(days=WINDOW - 1)
    before = start - timedelta(days=WINDOW)
    profiles = env["crm.customer.profile"].search([])
    for company, own in profiles.grouped("company_id").items():
        figures = {}
        for name, domain, aggregates in (
            (
                "revenue",
                [("date", ">=", start)],
                ["balance:sum", "move_id:count_distinct", "__count"],
            ),
            (
                "revenue_previous",
                [("date", ">=", before), ("date", "<", start)],
                ["balance:sum"],
            ),
            ("days", _purchases(), ["invoice_date:min", "invoice_date:max"]),
            (
                "purchase_count",
                [*_purchases(), ("date", ">=", start)],
                ["invoice_date:count_distinct"],
            ),
        ):
            for partner, *values in env["account.move.line"]._read_group(
                _domain(company, *domain), ["partner_id"], aggregates
            ):
                figures.setdefault(partner.id, {})[name] = values
        for profile in own:
            profile.write(_to_values(figures.get(profile.partner_id.id, {})))
        env.flush_all()


def _purchases():
    return [
        ("move_id.move_type", "!=", "out_refund"),
        ("move_id.payment_state", "!=", "reversed"),
    ]


def _to_values(figures):
    revenue, documents, lines = figures.get("revenue", (0, 0, 0))
    first, last = figures.get("days", (False, False))
    return {
        "revenue": -revenue,
        "revenue_previous": -figures.get("revenue_previous", [0])[0],
        "document_count": documents,
        "line_count": lines,
        "purchase_count": figures.get("purchase_count", [0])[0],
        "first_purchase_date": first,
        "last_purchase_date": last,
    }


def count_profiles(ours):
    with transaction(ours) as env:
        return env["crm.customer.profile"].search_count([])
