import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { tierColorClass } from "../tier/tier_colors";
import { tooltipLines } from "../tooltip/tooltip_lines";
import {
    formatAmount,
    formatCount,
    formatDay,
    formatShare,
    formatShortAmount,
} from "./pyramid_format";

/** The figures of the pyramid, of the customers outside it, and the total. */
export class PyramidTable extends Component {
    static template = "crm_loyalty.PyramidTable";
    static props = {
        values: Object,
        revenueHelp: String,
        onOpen: Function,
        onOpenAll: Function,
        onOpenMoves: Function,
    };

    setup() {
        Object.assign(this, { formatCount, formatShare, tierColorClass });
    }

    get help() {
        return {
            customerShare: _t("Share of the customers in the pyramid"),
            revenueShare: _t("Share of the revenue in the pyramid"),
            revenue: this.props.revenueHelp,
            cost: this.props.values.service
                ? _t(
                      "Share of direct costs and cost to serve. %s",
                      this.props.values.service.text
                  )
                : _t("Not known yet"),
            profit: _t(
                "Revenue less cost of goods, direct costs and cost to serve, of customers whose cost is known"
            ),
            moves: _t(
                "Customers that came from a lower (▲) or a higher tier (▼) when the tiers were decided on %s",
                formatDay(this.props.values.decided_on)
            ),
        };
    }

    get hasMoves() {
        return Boolean(this.props.values.decided_on);
    }

    /** On a phone, shares and cost are not shown (see pyramid.scss). */
    get columnCount() {
        const service = this.props.values.service ? 1 : 0;
        return (this.env.isSmall ? 3 : 6 + service) + (this.hasMoves ? 1 : 0);
    }

    short(amount) {
        return formatShortAmount(amount, this.props.values.currency_id);
    }

    /** The cost in money, and by which rates. */
    explainCost(amount) {
        const { currency_id, service } = this.props.values;
        return tooltipLines(formatAmount(amount, currency_id), service.text);
    }

    explainProfit(amount) {
        const { currency_id } = this.props.values;
        return tooltipLines(formatAmount(amount, currency_id), this.help.profit);
    }

    /** The amount to the cent, and what it counts. */
    explain(amount) {
        const { currency_id } = this.props.values;
        return tooltipLines(formatAmount(amount, currency_id), this.props.revenueHelp);
    }
}
