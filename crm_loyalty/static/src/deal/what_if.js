import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { KeepLast } from "@web/core/utils/concurrency";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const DELAY = 80;
const CLASSES = {
    vulnerable: "text-bg-danger",
    contested: "text-bg-warning",
    exposed: "text-bg-warning",
    advantage: "text-bg-success",
    hidden_strength: "text-bg-success",
};

/**
 * Criteria against competitors: drag what the customer thinks of us, or how much he
 * cares, and see how vulnerable we would be. Nothing of it is saved.
 */
export class DealWhatIf extends Component {
    static template = "crm_loyalty.DealWhatIf";
    static props = {
        ...standardWidgetProps,
        map: { type: String, optional: true },
        criteria: String,
        competitors: String,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.labels = { importance: _t("Importance"), ours: _t("We") };
        this.state = useState({ before: null, now: null, changes: {} });
        this.ask = useDebounced(() => this.compute(), DELAY, { trailing: true });
        useRecordObserver((record, props) => {
            const { map, criteria, competitors } = props;
            // lists are new after each load: what was tried was about the old ones
            record.data[criteria].records.length;
            record.data[competitors].records.length;
            this.mapId = map ? record.data[map]?.id : record.resId;
            this.state.changes = {};
            return this.compute();
        });
    }

    async compute() {
        const { changes } = this.state;
        if (!this.mapId) {
            return;
        }
        const answer = await this.keepLast.add(
            this.orm.call("crm.stakeholder.map", "get_position_if", [
                [this.mapId],
                changes,
            ])
        );
        this.state.now = answer;
        if (!this.isTried) {
            this.state.before = answer;
        }
    }

    get isTried() {
        return Boolean(Object.keys(this.state.changes).length);
    }

    /** What is set on the slider, before the server has answered. */
    getValue(criterion, name) {
        return this.state.changes[criterion.id]?.[name] ?? criterion[name];
    }

    change(criterion, name, ev) {
        const value = Number(ev.target.value);
        this.state.changes = {
            ...this.state.changes,
            [criterion.id]: { ...this.state.changes[criterion.id], [name]: value },
        };
        this.ask();
    }

    reset() {
        this.state.changes = {};
        this.compute();
    }

    getClass(criterion) {
        return CLASSES[criterion.class] || "text-bg-secondary";
    }

    formatScore(value) {
        return value ?? "?";
    }

    /** "55.2", or "55.2 → 57.0" once something was tried. */
    formatPosition(now, before) {
        const text = formatPosition(now);
        return this.isTried && formatPosition(before) !== text
            ? `${formatPosition(before)} → ${text}`
            : text;
    }

    get position() {
        const { before, now } = this.state;
        return this.formatPosition(now.position, before.position);
    }

    get movement() {
        const change = this.state.now.position - this.state.before.position;
        if (!this.isTried || Math.abs(change) < 0.05) {
            return "";
        }
        return change > 0 ? "text-success" : "text-danger";
    }

    getPosition(competitor, index) {
        const before = this.state.before.competitors[index]?.position;
        return this.formatPosition(competitor.position, before);
    }
}

function formatPosition(value) {
    return value === null || value === undefined
        ? _t("unknown")
        : formatFloat(value, { digits: [16, 1] });
}

registry.category("view_widgets").add("deal_what_if", {
    component: DealWhatIf,
    extractProps: ({ options }) => ({
        map: options.map,
        criteria: options.criteria,
        competitors: options.competitors,
    }),
    fieldDependencies: ({ options }) =>
        options.map ? [{ name: options.map, type: "many2one" }] : [],
});
