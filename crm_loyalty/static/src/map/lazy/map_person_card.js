import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import {
    askMeeting,
    CHANNELS,
    formatDay,
    KINDS,
    ORG_STATUSES,
    RIGHTS,
} from "./map_labels";
import { MapPersonFields } from "./map_person_fields";

// whose own stage is asked for, besides points of power
const STAGE_INFLUENCE = 4;

/** What we know about a person: every tap is kept at once, there is no form. */
export class MapPersonCard extends Component {
    static template = "crm_loyalty.MapPersonCard";
    static components = { MapPersonFields };
    static props = { model: Object, person: Object, open: Function, close: Function };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ more: false, touched: false, line: "" });
        this.first = useRef("first");
        Object.assign(this, {
            askMeeting,
            rights: RIGHTS,
            channels: CHANNELS,
            orgStatuses: ORG_STATUSES,
        });
        onMounted(() => this.first.el?.focus({ preventScroll: true }));
    }

    get canWrite() {
        return this.props.model.canWrite;
    }

    get asksStage() {
        const { person } = this.props;
        return (
            person.points.includes("power") ||
            person.influence >= STAGE_INFLUENCE ||
            person.stage !== null
        );
    }

    get stageId() {
        const { model, person } = this.props;
        return model.picture.stages.find(({ idx }) => idx === person.stage)?.id || "";
    }

    get position() {
        const { title, department } = this.props.person;
        return [title, department].filter(Boolean).join(" · ");
    }

    get lastTouch() {
        const { person } = this.props;
        return person.touch_days === null
            ? _t("No contact yet")
            : _t("Last contact %s", formatDay(person.last_touch));
    }

    get managers() {
        const { model, person } = this.props;
        return model.picture.people.filter(({ id, gone }) => id !== person.id && !gone);
    }

    get relations() {
        const { model, person } = this.props;
        const names = Object.fromEntries(KINDS.map(({ code, label }) => [code, label]));
        return model.picture.relations
            .filter(({ source_id, target_id }) =>
                [source_id, target_id].includes(person.contact_id)
            )
            .map(({ id, source_id, target_id, kind, strength }) => ({
                id,
                text: [model.getName(source_id), names[kind], model.getName(target_id)].join(
                    " "
                ),
                strength: strength ? `${strength}/5` : "",
            }));
    }

    // ------------------------------------------------------------------
    // Every tap is a change
    // ------------------------------------------------------------------

    set(values) {
        return this.props.model.setPerson(this.props.person.id, values);
    }

    toggleRole(id) {
        const ids = this.props.person.role_ids;
        return this.set({
            role_ids: ids.includes(id)
                ? ids.filter((other) => other !== id)
                : [...ids, id],
        });
    }

    async touch(channel) {
        const { model, person } = this.props;
        await model.change("touch_person", [person.id, channel, this.state.line]);
        Object.assign(this.state, { touched: false, line: "" });
        this.notification.add(_t("Contact with %s is kept.", person.name), {
            type: "success",
        });
    }

    judgeMeeting(isDeeper) {
        const { model, person } = this.props;
        return model.change("judge_meeting", [person.id, isDeeper]);
    }

    stillTrue() {
        return this.props.model.change("still_true", [[this.props.person.id]]);
    }

    async remove() {
        const { model, person, close } = this.props;
        close();
        await model.change("remove_person", [person.id]);
    }

    openContact() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: this.props.person.contact_id,
            views: [[false, "form"]],
        });
    }

    async showWay() {
        await this.props.model.chooseTarget(this.props.person.contact_id);
    }
}
