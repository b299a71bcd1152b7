import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatDay, formatShare } from "../pyramid/pyramid_format";
import { AnalysisPage } from "./analysis_page";
import { VariationChart } from "./variation_chart";

/** ABC x XYZ of customers or products, and how the variation is distributed. */
export class AbcXyz extends AnalysisPage {
    static template = "crm_loyalty.AbcXyz";
    static components = { ...AnalysisPage.components, VariationChart };

    setup() {
        this.subject = "customers";
        super.setup();
    }

    getCall() {
        return { method: "get_abc_xyz", args: [this.subject] };
    }

    get subjects() {
        return [
            { value: "customers", label: _t("Customers") },
            { value: "products", label: _t("Products") },
        ];
    }

    async setSubject(subject) {
        this.subject = subject;
        await this.load();
    }

    get titles() {
        return { row: _t("Revenue"), column: _t("Evenness") };
    }

    get help() {
        const { a, b, x, y } = this.values.cuts;
        return {
            a: _t("A: bring the first %s of the revenue", formatShare(a)),
            b: _t("B: up to %s", formatShare(b)),
            c: _t("C: the rest"),
            n: _t("N: revenue zero or negative"),
            x: _t("X: vary by up to %s of their mean", formatShare(x)),
            y: _t("Y: up to %s", formatShare(y)),
            z: _t("Z: more than that"),
            u: _t("Fewer than four complete periods since the first purchase"),
        };
    }

    get series() {
        const days = {
            start: formatDay(this.values.series_start),
            end: formatDay(this.values.series_end),
        };
        return this.values.period === "quarter"
            ? _t("Complete calendar quarters, %(start)s – %(end)s", days)
            : _t("Complete calendar months, %(start)s – %(end)s", days);
    }

    openCell(row, column, cell) {
        return this.open(`${row.label} / ${column.label}`, cell.domain);
    }

    openBar(bar, name) {
        return this.open(name, bar.domain);
    }
}

registry.category("actions").add("crm_loyalty.abc_xyz", AbcXyz);
