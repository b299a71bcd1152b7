# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, formatLang

from ..tools.brief import Facts, choose_action

#: rows of each list: what a phone shows in two turns of the thumb, and paper on a page
PRODUCTS, ORDERS, PEOPLE, CHANGES = 6, 5, 4, 5
#: what is expected within so many days is due
DUE_DAYS = 3
#: a change of tier is news for so long
NEWS_DAYS = 92


class BriefPage:
    """The brief of one customer, as superuser; each method fills one part of it."""

    def __init__(self, model, customer, profile):
        self.env = model.env
        self._ = model.env._
        self.customer = customer
        self.profile = profile
        self.company = model.env.company.root_id
        self.entities = profile.entity_ids or customer
        self.today = fields.Date.context_today(model)
        self.family = model.env["res.partner"].search(
            [("commercial_partner_id", "in", self.entities.ids)]
        )
        found = model.env["crm.loyalty.strategy"]._get_in_force(customer, self.company)
        self.strategy = found.get(customer.id, model.env["crm.loyalty.strategy"])
        last = profile.last_order_date
        self.last_order = last and fields.Datetime.context_timestamp(model, last).date()
        # the state of the relation is judged by invoices; an order tells it earlier
        invoiced = profile.last_purchase_date
        self.ordered_since = bool(
            self.last_order and invoiced and self.last_order > invoiced
        )
        silent = profile.relation_state in ("declining", "lost")
        self.is_silent = silent and not self.ordered_since

    def get_values(self, promises):
        self.usual = self._get_usual()
        self.orders = self._get_open_orders()
        self.promises = [self._tell_promise(activity) for activity in promises]
        self.debt = self._get_debt()
        profile = self.profile
        return {
            "profile_id": profile.id,
            "tier": profile.tier_id.name or "",
            "color": profile.tier_id.color,
            "standing": self._tell_standing(),
            "idea": profile.tier_id.strategy or "",
            "text": self.strategy.order_text or "",
            "group": profile.group_id.name or "",
            "place": ", ".join(
                filter(None, (self.customer.city, self.customer.country_id.name))
            ),
            "salesperson": self.customer.user_id.name or "",
            "phone": self.customer.phone or "",
            "email": self.customer.email or "",
            "day": format_date(self.env, self.today),
            "period": profile.period_label if profile else "",
            "tiles": self._get_tiles(),
            "months": self._get_months(),
            "action": self._get_action(),
            "changes": self._get_changes()[:CHANGES],
            "usual": [self._tell_usual(row) for row in self.usual[:PRODUCTS]],
            "orders": self.orders[:ORDERS],
            "more_orders": self._tell_more_orders(),
            "people": self._get_people(),
            "promises": self.promises,
        }

    # ------------------------------------------------------------------
    # Formats
    # ------------------------------------------------------------------

    def _money(self, amount):
        """Whole units: nobody quotes cents on the phone."""
        currency = self.company.currency_id
        text = format_amount(self.env, round(amount), currency)
        separator = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return text.replace(f"{separator.decimal_point}00", "", 1)

    def _day(self, day):
        return format_date(self.env, day) if day else ""

    def _ago(self, day):
        days = (self.today - day).days
        if days == 0:
            return self._("today")
        if days > 0:
            return self._("%s days ago", days)
        return self._("in %s days", -days)

    # ------------------------------------------------------------------
    # Head
    # ------------------------------------------------------------------

    def _tell_standing(self):
        if not self.profile:
            return self._("No purchase is known yet")
        if self.profile.tier_id:
            return self._("since %s", self._day(self.profile.tier_since))
        return dict(
            self.profile._fields["standing"]._description_selection(self.env)
        ).get(self.profile.standing, "")

    def _get_debt(self):
        """Open and overdue receivables, the oldest overdue day, and the limit."""
        receivables = self.env["crm.customer.receivable"]
        domain = Domain("partner_id", "in", self.entities.ids) & Domain(
            "company_id", "=", self.company.id
        )
        [(total,)] = receivables._read_group(domain, [], ["amount_residual:sum"])
        [(overdue, oldest)] = receivables._read_group(
            domain & Domain("date_due", "<", fields.Date.to_string(self.today)),
            [],
            ["amount_residual:sum", "date_due:min"],
        )
        limit = self.customer._get_loyalty_limit(self.company)
        by_tier = self.strategy._with_money().credit_limit
        overdue = max(overdue or 0, 0)
        return {
            "total": total or 0,
            "overdue": overdue,
            "days": (self.today - oldest).days if overdue and oldest else 0,
            "limit": limit or by_tier or 0,
        }

    def _get_tiles(self):
        """The four figures that stand on top: label, value, detail, tone."""
        return [
            self._tile_revenue(),
            self._tile_debt(),
            self._tile_last(),
            self._tile_next(),
        ]

    def _tile(self, key, label, value, detail="", tone=""):
        return {
            "key": key,
            "label": label,
            "value": value or "–",
            "detail": detail,
            "tone": tone,
        }

    def _tile_revenue(self):
        label = self._("Revenue, 12 months")
        profile = self.profile
        if not profile:
            return self._tile("revenue", label, "", self._("no purchase is known"))
        detail, tone = "", ""
        if profile.policy_id.last_run_id.window_days not in (0, 365):
            label = self._(
                "Revenue, %s days", profile.policy_id.last_run_id.window_days
            )
        if profile.revenue_previous > 0:
            trend = round(profile.trend)
            sign = "▲" if trend > 0 else "▼" if trend < 0 else ""
            detail = self._(
                "%(sign)s %(trend)s %% against the window before",
                sign=sign,
                trend=abs(trend),
            ).strip()
            tone = "good" if trend >= 10 else "bad" if trend <= -10 else ""
        return self._tile("revenue", label, self._money(profile.revenue), detail, tone)

    def _tile_debt(self):
        debt = self.debt
        if debt["overdue"]:
            value = self._money(debt["overdue"])
            detail = self._("oldest for %s days", debt["days"])
        else:
            value = self._("none")
            detail = self._("open: %s", self._money(debt["total"]))
        if debt["limit"]:
            limit = self._("limit %s", self._money(debt["limit"]))
            detail = f"{detail}, {limit}"
        bad = debt["overdue"] or self._is_over_limit()
        return self._tile(
            "debt", self._("Overdue"), value, detail, "bad" if bad else ""
        )

    def _is_over_limit(self):
        return bool(self.debt["limit"]) and self.debt["total"] > self.debt["limit"]

    def _tile_last(self):
        label, day = self._("Last order"), self.last_order
        if not day:
            return self._tile("last", label, "", self._("no order is known"))
        return self._tile("last", label, self._day(day), self._ago(day))

    def _tile_next(self):
        label, day = self._("Expected next"), self._get_expected()
        if not day:
            return self._tile("next", label, "", self._("too little data"))
        tone = "bad" if self.is_silent else "warn" if day < self.today else ""
        return self._tile("next", label, self._day(day), self._ago(day), tone)

    def _get_expected(self):
        """Day of the next order: a usual gap after the last one, invoiced or not."""
        profile = self.profile
        if profile.expected_date and self.ordered_since:
            return fields.Date.add(self.last_order, days=profile.usual_gap)
        return profile.expected_date

    def _get_months(self):
        """Revenue of 12 months as heights of bars in %; empty without any."""
        sparkline = self.profile.sparkline if self.profile else None
        values = (sparkline or {}).get("values", [])[-12:]
        top = max(values, default=0)
        if top <= 0:
            return []
        return [
            {
                "height": max(round(100 * value / top), 0),
                "title": self._money(value),
            }
            for value in values
        ]

    # ------------------------------------------------------------------
    # What changed
    # ------------------------------------------------------------------

    def _get_changes(self):
        """Sentences with a tone, the most telling first."""
        profile, changes = self.profile, []
        if not profile:
            return changes
        if self.is_silent:
            changes.append((profile.rhythm, "bad"))
        changes += self._tell_tier_change()
        changes += [
            (
                self._(
                    "%(product)s: not ordered for %(days)s days, usually every"
                    " %(interval)s",
                    product=row["name"],
                    days=row["silence"],
                    interval=round(row["interval_days"]),
                ),
                "bad",
            )
            for row in self.usual
            if row["silence"] > 2 * row["interval_days"]
        ][:2]
        changes += self._tell_discount()
        if profile.delivery_known and profile.delivery_on_time < 90:
            share = formatLang(self.env, profile.delivery_on_time, digits=0)
            changes.append(
                (self._("We delivered %s %% of the lines on time", share), "bad")
            )
        return [{"text": text, "tone": tone} for text, tone in changes]

    def _tell_tier_change(self):
        since = fields.Date.subtract(self.today, days=NEWS_DAYS)
        change = self.profile.change_ids[:1]
        if not change or change.date < since:
            return []
        text = self._(
            "%(before)s → %(after)s on %(day)s",
            before=change.from_tier_id.name or self._("no tier"),
            after=change.to_tier_id.name or self._("no tier"),
            day=self._day(change.date),
        )
        tone = {"up": "good", "in": "good", "down": "bad", "out": "bad"}
        return [(text, tone.get(change.direction, ""))]

    def _tell_discount(self):
        profile = self.profile
        now = profile.revenue + profile.discount
        before = profile.revenue_previous + profile.discount_previous
        if now <= 0 or before <= 0:
            return []
        share = 100 * profile.discount / now
        share_before = 100 * profile.discount_previous / before
        if share - share_before < 2:
            return []
        text = self._(
            "Discounts rose from %(before)s %% to %(now)s %%",
            before=formatLang(self.env, share_before, digits=0),
            now=formatLang(self.env, share, digits=0),
        )
        return [(text, "bad")]

    # ------------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------------

    def _get_usual(self):
        rows = self.env["crm.customer.basket"]._get_usual(self.entities, self.company)
        products = self.env["product.product"].browse(row["product_id"] for row in rows)
        for row, product in zip(rows, products, strict=True):
            row.update(
                name=product.display_name,
                unit=product.uom_id.name,
                silence=(self.today - row["date_last"]).days,
                due=(row["date_expected"] - self.today).days <= DUE_DAYS,
            )
        return rows

    def _tell_usual(self, row):
        short = row["free_qty"] < row["quantity"]
        return {
            "product": row["name"],
            "quantity": self._(
                "usually %(quantity)s %(unit)s",
                quantity=formatLang(self.env, row["quantity"], digits=0),
                unit=row["unit"],
            ),
            "when": self._ago(row["date_expected"])
            if row["due"]
            else self._day(row["date_expected"]),
            "due": row["due"],
            "stock": self._(
                "free: %s", formatLang(self.env, max(row["free_qty"], 0), digits=0)
            )
            if short
            else "",
        }

    def _get_open_orders(self):
        """Orders with something still to be delivered, the latest promise first due."""
        lines = self.env["crm.customer.delivery"]
        groups = lines._read_group(
            [
                ("partner_id", "in", self.entities.ids),
                ("company_id", "=", self.company.id),
                ("state", "in", ("open_late", "pending", "no_promise")),
            ],
            ["order_id"],
            ["date_promised:min", "late_days:max", "__count"],
            order="date_promised:min",
        )
        return [
            {
                "order_id": order.id,
                "name": order.name,
                "amount": format_amount(
                    self.env, order.amount_untaxed, order.currency_id
                ),
                "promised": self._day(promised),
                "late": self._("%s days late", round(late)) if late else "",
            }
            for order, promised, late, _count in groups
        ]

    def _tell_more_orders(self):
        more = len(self.orders) - ORDERS
        return self._("and %s more", more) if more > 0 else ""

    def _get_people(self):
        people = self.family.filtered(
            lambda partner: not partner.is_company and partner.type == "contact"
        )
        people = people.sorted(lambda p: (not p.function, not p.phone, p.id))
        return [
            {
                "id": person.id,
                "name": person.name or "",
                "function": person.function or "",
                "phone": person.phone or "",
                "email": person.email or "",
            }
            for person in people[:PEOPLE]
        ]

    def _tell_promise(self, activity):
        # the activity is one that the user may read; names of users are no secret
        activity = activity.sudo()
        return {
            "res_model": activity.res_model,
            "res_id": activity.res_id,
            "summary": activity.summary or activity.activity_type_id.name or "",
            "about": activity.res_name or "",
            "user": activity.user_id.name or "",
            "day": self._ago(activity.date_deadline),
            "late": activity.date_deadline < self.today,
        }

    # ------------------------------------------------------------------
    # What to do
    # ------------------------------------------------------------------

    def _get_action(self):
        """The one thing to do next: what, why, and the activity that plans it."""
        late_orders = [order for order in self.orders if order["late"]]
        late_promises = [promise for promise in self.promises if promise["late"]]
        due = [row for row in self.usual if row["due"]]
        profile = self.profile
        choice = choose_action(
            Facts(
                promise_late=bool(late_promises),
                delivery_late=bool(late_orders),
                over_limit=self._is_over_limit(),
                overdue_days=self.debt["days"],
                state=profile.relation_state if self.is_silent else "",
                due=bool(due),
                purchases=profile.occasion_count,
                new=profile.standing == "too_new",
            )
        )
        tell = getattr(self, f"_advise_{choice}")
        title, reason = tell(
            {"orders": late_orders, "promises": late_promises, "due": due}
        )
        return {"kind": choice, "title": title, "reason": reason}

    def _advise_promise(self, found):
        promise = found["promises"][0]
        return (
            self._("Keep the promise: %s", promise["summary"]),
            self._(
                "it was due %(day)s, %(user)s", day=promise["day"], user=promise["user"]
            ),
        )

    def _advise_delivery(self, found):
        order = found["orders"][0]
        return (
            self._("Call before he does: %s is late", order["name"]),
            self._(
                "promised for %(day)s, %(late)s",
                day=order["promised"],
                late=order["late"],
            ),
        )

    def _advise_debt(self, found):
        if not self.debt["overdue"]:
            return (
                self._("Agree on payments before the next order"),
                self._(
                    "%(debt)s are open, the limit is %(limit)s",
                    debt=self._money(self.debt["total"]),
                    limit=self._money(self.debt["limit"]),
                ),
            )
        return (
            self._("Ask when %s will be paid", self._money(self.debt["overdue"])),
            self._("the oldest debt is overdue for %s days", self.debt["days"]),
        )

    def _advise_win_back(self, found):
        return self._("Ask what has changed"), self.profile.rhythm

    def _advise_offer(self, found):
        names = ", ".join(row["name"] for row in found["due"][:2])
        row = found["due"][0]
        return (
            self._("Offer %s", names),
            self._(
                "last ordered %(last)s, usually every %(interval)s days",
                last=self._ago(row["date_last"]),
                interval=round(row["interval_days"]),
            ),
        )

    def _advise_first_order(self, found):
        return (
            self._("Find out what it needs, and offer a first order"),
            self._("no purchase is known"),
        )

    def _advise_second_order(self, found):
        return (
            self._("Ask how the first order went, and offer the next"),
            self._("the second order decides whether a customer stays"),
        )

    def _advise_nothing(self, found):
        day = self._get_expected()
        reason = (not self.ordered_since and self.profile.rhythm) or self._(
            "nothing is late, due or overdue"
        )
        if not day:
            return self._("Nothing is pressing"), reason
        return self._("Nothing is pressing; next order %s", self._ago(day)), reason
