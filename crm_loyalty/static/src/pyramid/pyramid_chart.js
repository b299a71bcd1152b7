import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { tierColorClass } from "../tier/tier_colors";
import { tooltipLines } from "../tooltip/tooltip_lines";
import { formatCount, formatShare, sum } from "./pyramid_format";

// the picture in its own units: customers left, pyramid, revenue right
const WIDTH = 520;
const HEIGHT = 330;
const HEADER = 28;
const PYRAMID = { left: 92, width: 250, top: HEADER, height: HEIGHT - HEADER };
const REVENUE = { left: 372, width: 142 };
// a layer thinner than its two lines of text could not be read
const MIN_LAYER = 44;
const GAP = 3;
// letters of a tier's name that fit over its bar; letters are larger on a phone
const MAX_NAME = { large: 14, small: 10 };

/**
 * Heights of the layers of a triangle, from the apex: the area of each is its share,
 * but none is thinner than the minimum.
 *
 * @param {number[]} shares
 * @param {number} height of the triangle
 * @param {number} minimum height of a layer
 * @returns {number[]}
 */
export function computeLayerHeights(shares, height, minimum) {
    const total = sum(shares) || 1;
    let above = 0;
    const natural = shares.map((share) => {
        const top = Math.sqrt(above / total);
        above += share;
        return height * (Math.sqrt(above / total) - top);
    });
    const thin = new Set();
    const scale = () => {
        const free = sum(natural.filter((_layer, index) => !thin.has(index)));
        return free ? (height - thin.size * minimum) / free : 1;
    };
    // thickening one layer thins the others, which may then be too thin in turn
    for (let round = 0; round < shares.length; round++) {
        natural.forEach((layer, index) => {
            if (layer * scale() < minimum) {
                thin.add(index);
            }
        });
    }
    return natural.map((layer, index) => (thin.has(index) ? minimum : layer * scale()));
}

/** The pyramid itself: layers by share of customers, bars by share of revenue. */
export class PyramidChart extends Component {
    static template = "crm_loyalty.PyramidChart";
    static props = {
        tiers: Array,
        revenueHelp: String,
        onOpen: Function,
    };

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get label() {
        return _t("Customers and revenue by tier");
    }

    get heads() {
        return {
            y: HEADER - 14,
            customers: PYRAMID.left - 12,
            revenue: REVENUE.left,
        };
    }

    get layers() {
        const { tiers } = this.props;
        const heights = computeLayerHeights(
            tiers.map((tier) => tier.customers),
            PYRAMID.height,
            Math.min(MIN_LAYER, PYRAMID.height / tiers.length)
        );
        let top = 0;
        return tiers.map((tier, index) => {
            const layer = this.prepareLayer(tier, index, top, top + heights[index]);
            top += heights[index];
            return layer;
        });
    }

    prepareLayer(tier, index, top, bottom) {
        const middle = PYRAMID.left + PYRAMID.width / 2;
        const halfWidth = (y) => (PYRAMID.width / 2) * (y / PYRAMID.height);
        const corner = (side, y) =>
            `${middle + side * halfWidth(y)},${PYRAMID.top + y}`;
        const upper = index ? top + GAP / 2 : top;
        const lower = bottom - GAP / 2;
        // the number sits low in the apex, where there is room for it
        const center = index ? (top + bottom) / 2 : top + (bottom - top) * 0.68;
        const y = PYRAMID.top + (top + bottom) / 2;
        return {
            id: tier.id,
            tier,
            number: index + 1,
            colorClass: tierColorClass(tier.color),
            points: [
                corner(-1, upper),
                corner(1, upper),
                corner(1, lower),
                corner(-1, lower),
            ].join(" "),
            hit: {
                x: 1,
                y: PYRAMID.top + upper,
                width: WIDTH - 2,
                height: lower - upper,
            },
            y,
            numberX: middle,
            numberY: PYRAMID.top + center,
            leftX: PYRAMID.left - 12,
            leftLine: {
                from: PYRAMID.left - 6,
                to: middle - halfWidth((top + bottom) / 2) - 4,
            },
            rightLine: {
                from: middle + halfWidth((top + bottom) / 2) + 4,
                to: REVENUE.left - 8,
            },
            bar: {
                x: REVENUE.left,
                width: REVENUE.width,
                filled:
                    (REVENUE.width * Math.max(0, Math.min(100, tier.revenue_share))) /
                    100,
            },
            rightX: REVENUE.left + REVENUE.width,
            name: this.shorten(tier.name),
            customers: formatCount(tier.customers),
            customerShare: formatShare(tier.customer_share),
            revenueShare: formatShare(tier.revenue_share),
            label: this.formatLabel(tier),
            tooltip: tooltipLines(
                this.formatLabel(tier),
                tier.strategy,
                this.props.revenueHelp
            ),
        };
    }

    shorten(name) {
        const length = this.env.isSmall ? MAX_NAME.small : MAX_NAME.large;
        return name.length > length ? `${name.slice(0, length - 1)}…` : name;
    }

    formatLabel(tier) {
        return _t(
            "%(tier)s: customers %(count)s (%(customers)s), %(revenue)s of revenue",
            {
                tier: tier.name,
                count: formatCount(tier.customers),
                customers: formatShare(tier.customer_share),
                revenue: formatShare(tier.revenue_share),
            }
        );
    }

    onKeydown(ev, tier) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.props.onOpen(tier);
        }
    }
}
