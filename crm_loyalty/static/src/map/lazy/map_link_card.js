import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { MapChoice } from "./map_choice";
import { KINDS, STRENGTHS } from "./map_labels";

/** How two people stand to each other, ours included. */
export class MapLinkCard extends Component {
    static template = "crm_loyalty.MapLinkCard";
    static components = { MapChoice };
    static props = {
        model: Object,
        source: { type: Number, optional: true },
        target: { type: Number, optional: true },
        close: Function,
    };

    setup() {
        this.notification = useService("notification");
        this.kinds = KINDS;
        this.strengths = STRENGTHS.map((s) => ({ ...s, sign: String(s.value) }));
        this.state = useState({
            source: String(this.props.source || ""),
            target: String(this.props.target || ""),
            kind: "knows",
            strength: null,
            colleagues: [],
        });
        onWillStart(async () => {
            this.state.colleagues = await this.props.model.orm.searchRead(
                "res.users",
                [["share", "=", false]],
                ["name", "partner_id"],
                { limit: 80, order: "name" }
            );
        });
    }

    get groups() {
        const { picture } = this.props.model;
        const ours = this.state.colleagues.map(({ name, partner_id }) => ({
            id: String(partner_id[0]),
            name: partner_id[0] === user.partnerId ? _t("%s (me)", name) : name,
        }));
        const known = new Set(ours.map(({ id }) => id));
        return [
            {
                key: "people",
                label: _t("On the map"),
                people: picture.people
                    .filter(({ gone }) => !gone)
                    .map(({ contact_id, name }) => ({ id: String(contact_id), name }))
                    .sort((a, b) => a.name.localeCompare(b.name)),
            },
            { key: "ours", label: _t("We"), people: ours },
            {
                key: "others",
                label: _t("Third parties"),
                people: picture.others
                    .filter(({ contact_id }) => !known.has(String(contact_id)))
                    .map(({ contact_id, name }) => ({ id: String(contact_id), name })),
            },
        ].filter(({ people }) => people.length);
    }

    get asksStrength() {
        return this.state.kind !== "conflicts";
    }

    get isReady() {
        const { source, target } = this.state;
        return source && target && source !== target;
    }

    swap() {
        const { source, target } = this.state;
        Object.assign(this.state, { source: target, target: source });
    }

    async save() {
        const { source, target, kind, strength } = this.state;
        if (!this.isReady) {
            this.notification.add(_t("Choose two different people."), {
                type: "warning",
            });
            return;
        }
        await this.props.model.link(Number(source), Number(target), kind, {
            strength: this.asksStrength ? strength : null,
        });
        this.props.close();
    }
}
