import { _t } from "@web/core/l10n/translation";
import { formatDate } from "@web/core/l10n/dates";
import { tooltipLines } from "../../tooltip/tooltip_lines";

const { DateTime } = luxon;

// shapes in a square of 16: the same on the screen and on paper (tools/map_svg.py)
export const SHAPES = {
    receptivity: "M7 2h7v12H7M1 8h8M6 4.5L9.5 8 6 11.5",
    dissatisfaction:
        "M8 1.5a6.5 6.5 0 1 0 .01 0M5.6 6v.9M10.4 6v.9M5 11.6c1.6-2.2 4.4-2.2 6 0",
    power: "M2 13V4.5l3.4 3.3L8 3l2.6 4.8L14 4.5V13z",
};

export const POINTS = [
    {
        code: "receptivity",
        shape: SHAPES.receptivity,
        label: _t("Entry point"),
        short: _t("Entry"),
        missing: _t("No entry point yet"),
        help: _t("Who listens with understanding and informs us?"),
    },
    {
        code: "dissatisfaction",
        shape: SHAPES.dissatisfaction,
        label: _t("Point of dissatisfaction"),
        short: _t("Dissatisfaction"),
        missing: _t("No point of dissatisfaction yet"),
        help: _t("Who suffers from what we can change?"),
    },
    {
        code: "power",
        shape: SHAPES.power,
        label: _t("Point of power"),
        short: _t("Power"),
        missing: _t("No point of power yet"),
        help: _t("Who decides, approves or forbids?"),
    },
];

export const ATTITUDES = [
    { value: -2, sign: "−−", name: "opponent", label: _t("Opponent") },
    { value: -1, sign: "−", name: "sceptic", label: _t("Sceptic") },
    { value: 0, sign: "0", name: "neutral", label: _t("Neutral") },
    { value: 1, sign: "+", name: "supporter", label: _t("Supporter") },
    { value: 2, sign: "++", name: "advocate", label: _t("Advocate") },
];

const UNKNOWN_ATTITUDE = {
    value: null,
    sign: "?",
    name: "unknown",
    label: _t("Attitude unknown"),
};

export const INFLUENCES = [
    { value: 1, label: _t("Executes") },
    { value: 2, label: _t("Is asked") },
    { value: 3, label: _t("Has a say") },
    { value: 4, label: _t("Strong") },
    { value: 5, label: _t("Inner circle") },
];

export const ACCESSES = [
    { value: 0, label: _t("None") },
    { value: 1, label: _t("Brief") },
    { value: 2, label: _t("Regular") },
    { value: 3, label: _t("In depth") },
];

export const RIGHTS = [
    { code: "decides", label: _t("Decides") },
    { code: "approves", label: _t("Approves") },
    { code: "vetoes", label: _t("Can forbid") },
];

export const CHANNELS = [
    { code: "meeting", label: _t("Meeting"), icon: "fa-handshake-o" },
    { code: "call", label: _t("Call"), icon: "fa-phone" },
    { code: "messenger", label: _t("Messenger"), icon: "fa-comment-o" },
    { code: "email", label: _t("E-mail"), icon: "fa-envelope-o" },
];

export const ORG_STATUSES = [
    { value: "active", label: _t("There") },
    { value: "moved", label: _t("Other position") },
    { value: "left", label: _t("Left") },
    { value: "unknown", label: _t("Unknown") },
];

export const KINDS = [
    { code: "knows", label: _t("knows"), name: _t("Knows") },
    {
        code: "introduced",
        label: _t("introduced us to"),
        name: _t("Introduced us to"),
    },
    { code: "trusts", label: _t("trusts"), name: _t("Trusts") },
    { code: "influences", label: _t("influences"), name: _t("Influences") },
    { code: "works_with", label: _t("works with"), name: _t("Works with") },
    { code: "reports_to", label: _t("reports to"), name: _t("Reports to") },
    { code: "conflicts", label: _t("conflicts with"), name: _t("Conflicts with") },
];

export const STRENGTHS = [
    { value: 1, label: _t("By sight") },
    { value: 2, label: _t("Has talked") },
    { value: 3, label: _t("Knows well") },
    { value: 4, label: _t("Trusts") },
    { value: 5, label: _t("Close") },
];

export function getAttitude(person) {
    return (
        ATTITUDES.find((attitude) => attitude.value === person.attitude) ||
        UNKNOWN_ATTITUDE
    );
}

export function formatChance(chance) {
    return _t("%s %", Math.round(chance * 100));
}

/** What a list leaves out; empty when it leaves out nothing. */
export function formatMore(count) {
    return count > 0 ? _t("and %s more", count) : "";
}

/** Days since the last contact, as short as the box is. */
export function formatTouch(person) {
    return person.touch_days === null ? _t("never") : _t("%s d", person.touch_days);
}

export function formatDay(date) {
    return date ? formatDate(DateTime.fromISO(date)) : "";
}

export function formatPoints(person) {
    return POINTS.filter((point) => person.points.includes(point.code)).map(
        (point) => point.label
    );
}

/** What a meeting may have changed, as a question. */
export function askMeeting(person) {
    return _t("Met %(name)s on %(day)s. Depth of contact now: %(access)s?", {
        name: person.name,
        day: formatDay(person.met_on),
        access: ACCESSES[person.access_proposed].label,
    });
}

/** What is known about a person, in words; a box says it in signs. */
function describe(person) {
    const influence = person.influence && INFLUENCES[person.influence - 1].label;
    const access = person.access !== null && ACCESSES[person.access].label;
    return [
        ...formatPoints(person),
        getAttitude(person).label,
        influence
            ? _t("Influence %(stars)s of 5: %(text)s", {
                  stars: person.influence,
                  text: influence,
              })
            : _t("Influence unknown"),
        access ? _t("Contact: %s", access) : _t("Depth of contact unknown"),
        person.touch_days === null
            ? _t("No contact yet")
            : _t("Last contact %(day)s, %(days)s days ago", {
                  day: formatDay(person.last_touch),
                  days: person.touch_days,
              }),
        person.gone && _t("Is not there any more"),
        person.assumed && _t("Only assumed"),
        person.stale && !person.assumed && _t("Not verified for long"),
    ].filter(Boolean);
}

const descriptions = new WeakMap();

/** A picture is drawn often and never changed: each person is put in words once. */
function getDescription(person) {
    if (!descriptions.has(person)) {
        const head = [person.name, person.title].filter(Boolean).join(", ");
        const lines = [head, ...describe(person)];
        descriptions.set(person, {
            label: lines.join(", "),
            tooltip: tooltipLines(...lines),
        });
    }
    return descriptions.get(person);
}

export function labelPerson(person) {
    return getDescription(person).label;
}

export function tooltipPerson(person) {
    return getDescription(person).tooltip;
}
