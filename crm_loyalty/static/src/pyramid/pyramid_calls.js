import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatCount, formatShortAmount } from "./pyramid_format";

/** The line below the pyramid: what waits to be done, each opening its list. */
export class PyramidCalls extends Component {
    static template = "crm_loyalty.PyramidCalls";
    static props = { currencyId: Number, onOpen: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ values: null });
        // not awaited: the pyramid need not wait for the stock
        onWillStart(() => void this.load());
    }

    async load() {
        this.state.values = await this.orm.call("crm.loyalty.pyramid", "get_calls", []);
    }

    get calls() {
        const { risk, moved, short } = this.state.values;
        return [
            {
                name: "risk",
                icon: "fa-life-ring",
                action: "crm_loyalty.action_risk",
                title: _t("Money at Risk"),
                text: risk.customers
                    ? _t("%(amount)s, customers: %(count)s", {
                          amount: formatShortAmount(risk.amount, this.props.currencyId),
                          count: formatCount(risk.customers),
                      })
                    : _t("nobody to ask"),
                domain: risk.domain,
            },
            moved && {
                name: "moved",
                icon: "fa-exchange",
                action: "crm_loyalty.action_tier_change",
                title: _t("Moved on the last decision"),
                text: `▲ ${formatCount(moved.up)} ▼ ${formatCount(moved.down)}`,
                domain: moved.domain,
            },
            {
                name: "short",
                icon: "fa-cubes",
                action: "crm_loyalty.action_basket_short",
                title: _t("Short for Key Customers"),
                text: short.products
                    ? _t("products: %s", formatCount(short.products))
                    : _t("nothing"),
                domain: short.domain,
            },
        ].filter(Boolean);
    }
}
