import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { AnalysisPage } from "../analysis/analysis_page";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortAmount,
} from "../pyramid/pyramid_format";
import { WhaleChart } from "./whale_chart";

const SIGNS = { bring: "▲", even: "●", cost: "▼" };

/** Who earns the money and who eats it; crm.loyalty.whale computes the values. */
export class WhaleCurve extends AnalysisPage {
    static template = "crm_loyalty.WhaleCurve";
    static components = { ...AnalysisPage.components, WhaleChart };

    setup() {
        super.setup();
        Object.assign(this, { formatCount });
    }

    async load() {
        this.state.values = await this.orm.call("crm.loyalty.whale", "get_values", []);
    }

    get hasCurve() {
        return this.hasFigures && this.values.peak;
    }

    get title() {
        return this.values.basis === "service"
            ? _t("Profit after service")
            : _t("Margin, before cost to serve");
    }

    get sentence() {
        const { peak, total } = this.values;
        if (peak.share === null) {
            return _t("All customers together bring no profit.");
        }
        return _t(
            "The best %(rank)s of %(count)s customers bring %(share)s of the profit; the others take it down to 100 %.",
            {
                rank: formatCount(peak.rank),
                count: formatCount(total.count),
                share: formatShare(peak.share),
            }
        );
    }

    get needsRates() {
        return this.values.notice.state === "none";
    }

    sign(segment) {
        return SIGNS[segment.name];
    }

    amount(amount) {
        return formatAmount(amount, this.values.currency_id);
    }

    short(amount) {
        return formatShortAmount(amount, this.values.currency_id);
    }

    openRates() {
        return this.action.doAction("crm_loyalty.action_rate_card");
    }

    openUnknown() {
        return this.open(_t("Cost unknown"), this.values.unknown.domain);
    }
}

registry.category("actions").add("crm_loyalty.whale", WhaleCurve);
