# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.tools import format_date, formatLang

UNKNOWN = "–"
POINTS = ("receptivity", "dissatisfaction", "power")


class CrmDealReportWords(models.AbstractModel):
    """The frozen values of a status report in words of the reader's language."""

    _name = "crm.deal.report.words"
    _description = "Words of Status Reports"

    # ------------------------------------------------------------------
    # Formats
    # ------------------------------------------------------------------

    def _money(self, amount, values):
        """Whole units: nobody decides by cents."""
        if amount is None:
            return UNKNOWN
        currency = self.env["res.currency"].browse(values["head"]["currency_id"])
        text = formatLang(self.env, round(amount), digits=0)
        pair = (currency.symbol, text)
        return "\N{NO-BREAK SPACE}".join(
            pair if currency.position == "before" else reversed(pair)
        )

    def _day(self, text):
        return format_date(self.env, text) if text else UNKNOWN

    def _number(self, value, digits=0):
        if value is None:
            return UNKNOWN
        return formatLang(self.env, value, digits=digits)

    def _percent(self, value):
        return UNKNOWN if value is None else f"{self._number(value)} %"

    def _chance(self, chance):
        return self.env._("%s %%", round(100 * chance))

    def _tell_advice(self, values):
        """What was to be done next on the day of the report."""
        advice = values["result"]["next"]
        if not advice or isinstance(advice, str):
            # a report issued when the words themselves were frozen
            return advice or ""
        return self.env["crm.stakeholder.map"]._tell_next(advice)

    def _label(self, model, field, value):
        """Label of a value of a selection, as the reader knows it."""
        if value is None or value is False:
            return UNKNOWN
        labels = dict(self.env[model]._fields[field]._description_selection(self.env))
        return labels.get(str(value), str(value))

    def _get_point_names(self):
        return {
            "receptivity": self.env._("Entry point"),
            "dissatisfaction": self.env._("Point of dissatisfaction"),
            "power": self.env._("Point of power"),
        }

    def _get_stage_name(self, idx):
        rows = self.env["crm.decision.stage"]._get_rows()
        return next((row["name"] for row in rows if row["idx"] == idx), UNKNOWN)

    def _signed(self, value, digits=1):
        sign = "▲ +" if value > 0 else "▼ −" if value < 0 else "±"
        return f"{sign}{self._number(abs(value), digits)}"

    # ------------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------------

    @api.model
    def _tell_change(self, change, values):
        """A change, see ``tools.deal_report.find_changes``, as a sentence."""
        code, who = change["code"], change["who"]
        if code == "person_new":
            return self.env._("%s: new on the map", who)
        if code == "person_left":
            return self.env._("%s: is not there any more", who)
        if code == "person_removed":
            return self.env._("%s: taken off the map", who)
        if code in ("alert_new", "alert_closed"):
            return self._tell_alert(change)
        what, before, after = self._get_change_cells(change, values)
        if who:
            what = f"{who}, {what[:1].lower()}{what[1:]}"
        step = self._get_step(change)
        return f"{what}: {before} → {after}{step}"

    def _tell_alert(self, change):
        label = self._label("crm.deal.alert", "code", change["key"])
        if change["who"]:
            label = f"{label} ({change['who']})"
        if change["code"] == "alert_new":
            return self.env._("New alert: %s", label)
        return self.env._("Alert closed: %s", label)

    def _get_step(self, change):
        """How far a figure moved, where that can be said."""
        before, after = change["before"], change["after"]
        if change["code"] not in ("health", "completeness", "part", "probability"):
            return ""
        if before is None or after is None:
            return ""
        return f" ({self._signed(after - before)})"

    def _get_change_cells(self, change, values):
        """(what, before, after) of a change in words."""
        code = change["code"]
        if code in ("person_new", "person_left", "person_removed"):
            return self._tell_change({**change, "who": ""}, values).strip(": "), "", ""
        if code in ("alert_new", "alert_closed"):
            return self._tell_alert({**change, "who": None}), "", ""
        what = self._get_change_names().get(code, code)
        if code == "part":
            what = self._get_part_name(change["key"])
        before, after = (
            self._tell_value(code, change[side], values) for side in ("before", "after")
        )
        return what, before, after

    def _get_change_names(self):
        return {
            "health": self.env._("Health"),
            "completeness": self.env._("Map known, %"),
            "stage": self.env._("Customer's stage"),
            "pipeline_stage": self.env._("Our stage"),
            "revenue": self.env._("Expected revenue"),
            "probability": self.env._("Probability"),
            "close": self.env._("Expected closing"),
            "person_attitude": self.env._("Attitude"),
            "person_influence": self.env._("Influence"),
            "person_access": self.env._("Access"),
            "person_stage": self.env._("Personal stage"),
            "person_points": self.env._("Points"),
            "person_org_status": self.env._("Still there"),
        }

    def _get_part_label(self, part):
        return self.env["crm.deal.parameter"]._get_labels().get(f"weight_{part}", part)

    def _get_part_name(self, part):
        return self.env._("Health, %s", self._get_part_label(part))

    def _tell_value(self, code, value, values):
        """One side of a change."""
        if value is None or value == []:
            return UNKNOWN
        if code in ("health", "part", "completeness"):
            return self._number(value, 1)
        if code == "probability":
            return self._percent(value)
        if code == "revenue":
            return self._money(value, values)
        if code == "close":
            return self._day(value)
        if code in ("stage", "person_stage"):
            return self._get_stage_name(value)
        if code == "person_points":
            names = self._get_point_names()
            return ", ".join(names[point] for point in value)
        if code.startswith("person_"):
            return self._label("crm.stakeholder", code.removeprefix("person_"), value)
        return str(value)

    # ------------------------------------------------------------------
    # Result and stage
    # ------------------------------------------------------------------

    def _get_tiles(self, values):
        """The result in one line: list of (label, figure, remark)."""
        result, last = values["result"], values["previous"]
        health = self.env._("unknown")
        remark = self.env._("no contact map yet")
        if result["health"] is not None:
            digits = 0 if result["health"] == round(result["health"]) else 1
            health = self.env._("%s of 100", self._number(result["health"], digits))
            remark = self._label("crm.stakeholder.map", "health_band", result["band"])
        if last and last["health"] is not None and result["health"] is not None:
            step = result["health"] - last["health"]
            remark = f"{self._signed(step)} · {remark}" if step else remark
        moved = self.env._("not moved")
        if result["pushes"]:
            moved = self.env._(
                "put off %(times)s×, first %(day)s",
                times=result["pushes"],
                day=self._day(result["first_close"]),
            )
        return [
            (self.env._("Health"), health, remark),
            (
                self.env._("Map known"),
                self._percent(result["completeness"]),
                self._tell_cap(result),
            ),
            (
                self.env._("Forecast"),
                self._money(result["revenue"], values),
                self.env._("probability %s", self._percent(result["probability"])),
            ),
            (self.env._("Closing"), self._day(result["close"]), moved),
        ]

    def _tell_cap(self, result):
        if not result["capped_by"]:
            return ""
        label = self._label("crm.deal.alert", "code", result["capped_by"])
        return self.env._("health held down: %s", label)

    def _tell_stage(self, values):
        """Days there against won deals, and who is ahead."""
        stage, words = values["stage"], []
        if stage["stage"] is None:
            words.append(self.env._("The customer's stage is not known."))
        elif stage["days"] is not None:
            median = self.env._("too few to compare")
            if stage["median"] is not None:
                median = stage["median"]
            words.append(
                self.env._(
                    "Customer: %(days)s days in this stage (won deals: %(median)s).",
                    days=stage["days"],
                    median=median,
                )
            )
        if stage["our_days"] is not None:
            words.append(self.env._("We: %s days in this stage.", stage["our_days"]))
        if stage["lag"] > 0:
            words.append(
                self.env._("▲ We are ahead of the customer, steps: %s.", stage["lag"])
            )
        elif stage["lag"] < 0:
            words.append(
                self.env._("▼ The customer is ahead of us, steps: %s.", -stage["lag"])
            )
        return " ".join(words)
