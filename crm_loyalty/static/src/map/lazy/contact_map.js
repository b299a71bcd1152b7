import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { MapAddCard } from "./map_add_card";
import { useMapDrag } from "./map_drag";
import { MapLinkCard } from "./map_link_card";
import { MapList } from "./map_list";
import { MapMatrix } from "./map_matrix";
import { MapModel } from "./map_model";
import { MapPlanCard } from "./map_plan_card";
import { MapPersonCard } from "./map_person_card";
import { MapTree } from "./map_tree";
import { MapWays } from "./map_ways";

const ZOOMS = [0.35, 0.5, 0.65, 0.8, 1, 1.25];
const MARGIN = 8;

// forms beside the picture whose buttons and saving change people
const FORMS = ["crm.lead", "crm.stakeholder", "crm.stakeholder.touch"];

function isChangeElsewhere({ data, error }) {
    const { model, method = "" } = data.params || {};
    return (
        !error &&
        FORMS.includes(model) &&
        (method === "web_save" || method.startsWith("action_"))
    );
}

/** The people of a customer who decide about a deal, and how to reach them. */
export class ContactMap extends Component {
    static template = "crm_loyalty.ContactMap";
    static components = {
        Dropdown,
        DropdownItem,
        MapAddCard,
        MapLinkCard,
        MapList,
        MapMatrix,
        MapPersonCard,
        MapPlanCard,
        MapTree,
        MapWays,
    };
    static props = {
        mapId: Number,
        onChanged: { type: Function, optional: true },
        isEmbedded: { type: Boolean, optional: true },
    };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.model = useState(
            new MapModel(useService("orm"), this.props.mapId, () =>
                this.props.onChanged?.()
            )
        );
        this.state = useState({ zoom: null, fitted: 1 });
        this.root = useRef("root");
        this.stage = useRef("stage");
        this.card = useRef("card");
        useMapDrag(this.root, {
            isEnabled: () => this.model.canWrite,
            accept: (source, target) => this.accepts(source, target),
            drop: (source, target) => this.drop(source, target),
        });
        useEffect(
            () => this.placeCard(),
            () => [this.model.card, this.model.graph, this.state.zoom]
        );
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => {
            if (isChangeElsewhere(detail)) {
                // a form that was saved knows its figures already
                this.model.reload(detail.data.params.method !== "web_save");
            }
        });
        onWillStart(() => this.model.load());
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get facts() {
        const { figures, people } = this.model.picture;
        return [
            _t("%s people", people.length),
            people.length && _t("%s % known", Math.round(figures.completeness)),
        ].filter(Boolean);
    }

    get departmentNames() {
        return this.model.departments.map(({ name, count }) => ({
            key: name,
            name: name || _t("Without a department"),
            count,
            folded: this.model.folded.includes(name),
        }));
    }

    get zoom() {
        return this.state.zoom || this.state.fitted;
    }

    get zoomLabel() {
        return _t("%s %", Math.round(this.zoom * 100));
    }

    changeZoom(direction) {
        const zooms = direction > 0 ? ZOOMS : [...ZOOMS].reverse();
        const next = zooms.find((zoom) => (zoom - this.zoom) * direction > 0.01);
        this.state.zoom = next || this.zoom;
    }

    onFitted(zoom) {
        this.state.fitted = zoom;
    }

    fit() {
        this.state.zoom = null;
    }

    // ------------------------------------------------------------------
    // Cards beside the picture
    // ------------------------------------------------------------------

    get cardKey() {
        const { kind, id = "", source = "", target = "" } = this.model.card;
        return [kind, id, source, target].join();
    }

    open(card) {
        this.model.card = card;
    }

    close() {
        const { card } = this.model;
        this.model.card = null;
        // the keyboard goes back to where it came from
        const opener =
            card?.kind === "person"
                ? `[data-node='p${card.id}']`
                : `.o_contact_map_bar [data-card='${card?.kind}']`;
        this.root.el.querySelector(opener)?.focus({ preventScroll: true });
    }

    toggle(kind) {
        if (this.model.card?.kind === kind) {
            this.close();
        } else {
            this.open({ kind });
        }
    }

    /** Beside its box, wholly in sight; on a phone it is a sheet (see the styles). */
    placeCard() {
        const card = this.card.el;
        const stage = this.stage.el;
        if (!card || this.env.isSmall) {
            return;
        }
        const { kind, id } = this.model.card;
        const box = kind === "person" && stage.querySelector(`[data-node='p${id}']`);
        const area = stage.getBoundingClientRect();
        const size = card.getBoundingClientRect();
        let left = MARGIN;
        let top = MARGIN;
        if (box) {
            const rect = box.getBoundingClientRect();
            left = rect.right - area.left + MARGIN;
            if (left + size.width > area.width) {
                left = rect.left - area.left - size.width - MARGIN;
            }
            top = rect.top - area.top - MARGIN;
        }
        const clamp = (value, most) => Math.max(MARGIN, Math.min(value, most));
        card.style.left = `${clamp(left, area.width - size.width - MARGIN)}px`;
        card.style.top = `${clamp(top, area.height - size.height - MARGIN)}px`;
        // the form around the picture may have been scrolled
        card.scrollIntoView({ block: "nearest" });
    }

    onKeydown(ev) {
        if (ev.key === "Escape" && this.model.card) {
            ev.stopPropagation();
            this.close();
        }
    }

    /** A click beside the card closes it, as a popover. */
    onStageClick(ev) {
        if (
            this.model.card &&
            !ev.target.closest(".o_contact_map_card, [data-node], [data-card]")
        ) {
            this.model.card = null;
        }
    }

    // ------------------------------------------------------------------
    // Moving and linking on the picture
    // ------------------------------------------------------------------

    accepts(source, target) {
        const [what, id] = source.split(":");
        const [where, to] = target.split(":");
        if (what === "link") {
            const isPerson = ["person", "other"].includes(where);
            return isPerson && this.contactOf(target) !== Number(id);
        }
        return where === "person" ? to !== id : ["slot", "cell"].includes(where);
    }

    contactOf(target) {
        const [where, id] = target.split(":");
        return where === "person"
            ? this.model.getPerson(Number(id)).contact_id
            : Number(id);
    }

    drop(source, target) {
        const [what, id] = source.split(":");
        const [where, to, influence] = target.split(":");
        if (what === "link") {
            return this.open({
                kind: "link",
                source: Number(id),
                target: this.contactOf(target),
            });
        }
        const values = {
            slot: () => ({ [to]: true }),
            person: () => ({ manager_id: Number(to) }),
            cell: () => ({
                attitude: to ? Number(to) : null,
                influence: influence ? Number(influence) : null,
            }),
        };
        return this.model.setPerson(Number(id), values[where]());
    }

    // ------------------------------------------------------------------
    // What the buttons do
    // ------------------------------------------------------------------

    async stillTrue() {
        await this.model.change("still_true", []);
        this.notification.add(_t("The whole map is verified as of today."), {
            type: "success",
        });
    }

    openPage() {
        return this.action.doAction("crm_loyalty.action_contact_map", {
            additionalContext: { active_id: this.props.mapId },
        });
    }

    print() {
        return this.action.doAction("crm_loyalty.action_report_contact_map", {
            additionalContext: { active_ids: [this.props.mapId] },
        });
    }

    toggleAll() {
        const { folded, departments } = this.model;
        this.model.fold(folded.length ? [] : departments.map(({ name }) => name));
    }
}

registry.category("lazy_components").add("crm_loyalty.ContactMap", ContactMap);
