import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { askMeeting, formatChance, formatMore, getAttitude, POINTS } from "./map_labels";

// a point with more people than this shows the most influential
const MOST_HOLDERS = 4;
const MOST_MEETINGS = 3;
const MOST_CHAINS = 4;
const MOST_CHAINS_SMALL = 2;
// below this a chain is no way any more
const LEAST_CHANCE = 0.1;

/** What must be known first - the three points - and the ways to the decision. */
export class MapWays extends Component {
    static template = "crm_loyalty.MapWays";
    static props = { model: Object, open: Function };

    setup() {
        this.getAttitude = getAttitude;
        this.formatChance = formatChance;
    }

    get slots() {
        return POINTS.map((point) => {
            const holders = this.props.model.getHolders(point.code);
            return {
                ...point,
                holders: holders.slice(0, MOST_HOLDERS),
                more: formatMore(holders.length - MOST_HOLDERS),
            };
        });
    }

    /** Roles that nobody plays yet, as far as they are asked for. */
    get missingRoles() {
        const { model } = this.props;
        return model.picture.people.length
            ? model.roles.filter(({ code }) => model.picture.gaps.includes(code))
            : [];
    }

    /** People met since their depth of contact was judged: it waits for an answer. */
    get meetings() {
        const { model } = this.props;
        const people = model.canWrite
            ? model.picture.people.filter(({ access_proposed }) => access_proposed)
            : [];
        return people
            .slice(0, MOST_MEETINGS)
            .map((person) => ({ id: person.id, question: askMeeting(person) }));
    }

    judge(id, isDeeper) {
        return this.props.model.change("judge_meeting", [id, isDeeper]);
    }

    get hasPower() {
        return this.props.model.getHolders("power").length > 0;
    }

    get chains() {
        const { model } = this.props;
        const most = this.env.isSmall ? MOST_CHAINS_SMALL : MOST_CHAINS;
        return model.graph.chains.slice(0, most).map((chain) => ({
            ...chain,
            steps: chain.people.map((id) => model.getName(id)).join(" → "),
            note: chain.modes.includes("strategic")
                ? _t("meets all three points")
                : _t("leaves out a point"),
            chosen: chain.key === model.chain.key,
        }));
    }

    /** Relations nobody said the strength of: they are no way, and no dead end either. */
    get openLinks() {
        const count = this.props.model.picture.relations.filter(
            ({ kind, strength }) => kind !== "conflicts" && !strength
        ).length;
        return count && _t("Relations without “How well”, left out of the ways: %s", count);
    }

    get isWeak() {
        const { chain } = this.props.model;
        return chain && chain.chance < LEAST_CHANCE;
    }

    /** Why there is no way that meets all three points. */
    get noStrategic() {
        const { picture, chain } = this.props.model;
        return Boolean(chain) && !picture.chains.strategic.length;
    }

    get targetPerson() {
        const { picture } = this.props.model;
        return picture.people.find((p) => p.contact_id === picture.target_id);
    }

    get title() {
        const { model } = this.props;
        const name = model.getName(model.picture.target_id);
        return name ? _t("Ways to %s", name) : _t("Ways to the decision");
    }
}
