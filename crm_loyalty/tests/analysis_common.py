# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields

from .common import AS_OF, CrmLoyaltyCommon


def days_before(*days, as_of=AS_OF):
    """Days counted back from the as-of day, oldest first where they descend."""
    return [fields.Date.subtract(as_of, days=number) for number in days]


class AnalysisCase(CrmLoyaltyCommon):
    """Customers that buy on given days."""

    @classmethod
    def _buy(cls, partner, purchases, **values):
        """Post one invoice, or credit note, per (day, amount) of ``partner``."""
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_refund" if amount < 0 else "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_line_ids": [cls._line(abs(amount))],
                    **values,
                }
                for day, amount in purchases
            ]
        )
        moves.action_post()
        return moves

    @classmethod
    def _customer(cls, name, purchases, **values):
        partner = cls._partner(name, **values)
        cls._buy(partner, purchases)
        return partner

    @classmethod
    def _regular(cls, name, *silences, amount=100, **values):
        """A customer that bought so many days before the as-of day."""
        return cls._customer(
            name, [(day, amount) for day in days_before(*silences)], **values
        )

    def _read(self, partners, *names):
        """Values of the profiles, in the order of the partners."""
        profiles = [self._profile(partner) for partner in partners]
        if len(names) == 1:
            return [profile[names[0]] for profile in profiles]
        return [tuple(profile[name] for name in names) for profile in profiles]
