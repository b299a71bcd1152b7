# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class CrmCustomerTierOverride(models.Model):
    """A tier set by a person, with a reason, until a day.

    The computed tier stays beside it and is back when the override ends; then the
    salesperson of the customer gets an activity.
    """

    _name = "crm.customer.tier.override"
    _description = "Tier Set by Hand"
    _inherit = ["crm.loyalty.company.mixin"]
    _order = "date_to desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    tier_id = fields.Many2one(
        "crm.loyalty.tier",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
    )
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        "Set by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_from = fields.Date(
        "From", required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_to = fields.Date("Until", required=True)
    active = fields.Boolean(default=True)

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        'The day in "Until" lies before the day in "From". Choose a later "Until" or an'
        ' earlier "From".',
    )

    @api.constrains("partner_id", "company_id", "date_from", "date_to", "active")
    def _check_overlap(self):
        """A customer has one tier at a time."""
        for override in self.filtered("active"):
            other = self.search(
                Domain("id", "!=", override.id)
                & Domain("partner_id", "=", override.partner_id.id)
                & Domain("company_id", "=", override.company_id.id)
                & Domain("date_from", "<=", override.date_to)
                & Domain("date_to", ">=", override.date_from),
                limit=1,
            )
            if other:
                raise ValidationError(
                    self.env._(
                        "%(customer)s already has a tier set by hand from %(start)s"
                        " to %(end)s (%(tier)s). End that one first.",
                        customer=override.partner_id.display_name,
                        start=format_date(self.env, other.date_from),
                        end=format_date(self.env, other.date_to),
                        tier=other.tier_id.name,
                    )
                )

    @api.constrains("partner_id", "company_id")
    def _check_customer(self):
        """A member of a group is judged with it: its own tier would change nothing."""
        # sudo: the rows behind are nobody's to read
        entities = self.env["crm.customer.entity"].sudo()
        grouped = entities.search([("partner_id", "in", self.partner_id.ids)])
        for override in self:
            for entity in grouped:
                if (
                    entity.partner_id == override.partner_id != entity.customer_id
                    and entity.company_id == override.company_id
                ):
                    raise ValidationError(
                        self.env._(
                            "%(entity)s is judged with the group %(group)s: set the"
                            " tier of its head, %(head)s.",
                            entity=override.partner_id.display_name,
                            group=entity.group_id.name,
                            head=entity.customer_id.display_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        overrides._apply()
        return overrides

    def write(self, vals):
        result = super().write(vals)
        if not self.env.context.get("loyalty_tiers_set"):
            self._apply()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_then_forget(self):
        """Archived first, so that the customer has its computed tier again."""
        self.active = False

    def _apply(self):
        """Let the customers take, or give back, the tier at once."""
        self.env.flush_all()
        for company in self.company_id:
            # sudo: profiles and history are written by nobody by hand
            policy = self.env["crm.loyalty.policy"]._get(company)
            if policy.decided_on:
                self.env["crm.customer.profile"].sudo()._set_tiers(
                    policy, policy._get_today()
                )

    @api.model
    def _close_ended(self, policy, day):
        """Archive what has ended before ``day`` and tell the salespeople.

        The tiers are back already: they follow the dates, not this flag.
        """
        ended = self.search(
            [("company_id", "=", policy.company_id.id), ("date_to", "<", day)]
        )
        for override in ended:
            partner = override.partner_id
            user = partner.user_id or override.user_id
            partner.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The tier set by hand has ended"),
                note=self.env._(
                    "%(tier)s, set by %(user)s: %(reason)s. The computed tier is back.",
                    tier=override.tier_id.name,
                    user=override.user_id.name,
                    reason=override.reason,
                ),
                user_id=user.id,
            )
        # the run that calls this has set the tiers already
        ended.with_context(loyalty_tiers_set=True).write({"active": False})

    def action_end(self):
        """End these overrides today; the computed tier is back at once."""
        self.active = False
