"""Runs without the analysis: facts, figures and tiers alone.

Goals were set for these before there was an analysis. The product has no switch that
leaves it out; here its parts of the statements are taken away.
"""

import contextlib
from unittest.mock import patch

from odoo.tools import SQL

from .rounds import Measure
from .runs import forget_everything, run, run_full

#: parts of the statements that only the analysis needs, and what is left of them
PARTS = {
    "_sql_marks": "NULL::date AS last_date, date IS DISTINCT FROM LAG(date) OVER ("
    "PARTITION BY customer_id, is_purchase ORDER BY date) AS is_new",
    "_sql_period_sums": "0 AS no_period",
    "_sql_month_sums": "0 AS no_month",
    "_sql_series": "SELECT 0",
    "_sql_months": "0",
    "_sql_classes": "classified AS (SELECT * FROM tiered)",
}


def measures(ours):
    return [
        Measure("full_bare", ours, bare(run_full), forget_everything),
        Measure("incremental_bare", ours, bare(run)),
    ]


def bare(action):
    """The action, without the analysis."""

    def act(env, subject):
        with _without_analysis(env):
            action(env, subject)

    return act


@contextlib.contextmanager
def _without_analysis(env):
    from odoo.addons.crm_loyalty.models.crm_customer_profile_analysis_run import (
        CLASSES,
        RHYTHM,
    )

    profile = type(env["crm.customer.profile"])
    left_out = {*CLASSES, *RHYTHM}
    changes = {name: lambda *args, text=text: SQL(text) for name, text in PARTS.items()}
    changes["_sql_rhythm"] = _purchases
    for name in ("_FIGURES", "_BASIS", "_JUDGEMENT"):
        changes[name] = tuple(
            column for column in getattr(profile, name) if column not in left_out
        )
    with contextlib.ExitStack() as stack:
        for name, change in changes.items():
            stack.enter_context(patch.object(profile, name, change))
        risk = type(env["crm.customer.risk"])
        stack.enter_context(patch.object(risk, "_refresh", lambda model, run: 0))
        yield


def _purchases(_profiles, start):
    """What is left of the rhythm."""
    return SQL(
        """
        COUNT(*) FILTER (WHERE is_purchase AND is_new AND date >= %s)
            AS purchase_count,
        MIN(date) FILTER (WHERE is_purchase) AS first_purchase_date,
        MAX(date) FILTER (WHERE is_purchase) AS last_purchase_date
        """,
        start,
    )
