import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortAmount,
} from "../pyramid/pyramid_format";
import { AnalysisPage } from "./analysis_page";

/** Customers by recency and frequency, and the eleven segments. */
export class RfmMap extends AnalysisPage {
    static template = "crm_loyalty.RfmMap";

    setup() {
        super.setup();
        Object.assign(this, { formatCount, formatShare });
    }

    getCall() {
        return { method: "get_rfm", args: [] };
    }

    get titles() {
        return { row: _t("Frequency"), column: _t("Recency") };
    }

    short(amount) {
        return formatShortAmount(amount, this.values.currency_id);
    }

    amount(amount) {
        return formatAmount(amount, this.values.currency_id);
    }

    openCell(row, column, cell) {
        const name = _t("Recency %(recency)s, frequency %(frequency)s", {
            recency: column.label,
            frequency: row.label,
        });
        return this.open(name, cell.domain);
    }

    openSegment(segment) {
        return this.open(segment.label, segment.domain);
    }

    openIdle() {
        return this.open(_t("No purchase in the window"), this.values.idle.domain);
    }
}

registry.category("actions").add("crm_loyalty.rfm", RfmMap);
