"""Posting a hundred invoices, with our add-ons and without."""

from odoo import Command

from .ledger import END
from .rounds import Measure

INVOICES, LINES = 100, 5
#: postings per round
TIMES = 6


def measures(ours, plain):
    return [
        Measure("post_plain", plain, post, make_drafts),
        Measure("post_ours", ours, post, make_drafts),
    ]


def make_drafts(env):
    """A hundred drafts for a hundred customers, large and small."""
    env.cr.execute(
        "SELECT id FROM res_partner WHERE name ~ '^Customer \\d+$'"
        " AND (id + 7) %% 997 = 0 ORDER BY id LIMIT %s",
        [INVOICES],
    )
    partners = [partner_id for [partner_id] in env.cr.fetchall()]
    products = env["product.product"].search(
        [("default_code", "=like", "B%")], order="default_code", limit=50
    )
    drafts = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner_id,
                "invoice_date": END,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": products[(index + line) % 50].id,
                            "quantity": line + 1,
                            "price_unit": 10 + line,
                        }
                    )
                    for line in range(LINES)
                ],
            }
            for index, partner_id in enumerate(partners)
        ]
    )
    if len(drafts) != INVOICES:
        raise ValueError(f"{len(drafts)} drafts instead of {INVOICES}")
    return drafts


def post(_env, drafts):
    drafts.action_post()
