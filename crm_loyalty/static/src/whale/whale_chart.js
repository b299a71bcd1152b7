import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortAmount,
} from "../pyramid/pyramid_format";
import { tooltipLines } from "../tooltip/tooltip_lines";

// the picture in its own units
const WIDTH = 720;
const HEIGHT = 380;
const PLOT = { left: 104, right: WIDTH - 14, top: 34, bottom: HEIGHT - 36 };
// labels of the axis nearer than that would overlap
const LINE = 18;

/** Profit cumulated over the customers, best first; each step opens its customers. */
export class WhaleChart extends Component {
    static template = "crm_loyalty.WhaleChart";
    static props = {
        points: Array,
        peak: Object,
        segments: Array,
        total: Object,
        currencyId: Number,
        onOpen: Function,
    };

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get plot() {
        return PLOT;
    }

    /** Horizontal place of the end of a customer's step. */
    x(rank) {
        return PLOT.left + ((PLOT.right - PLOT.left) * rank) / this.props.total.count;
    }

    /** Vertical place of an amount. */
    y(amount) {
        const amounts = this.props.points.map((point) => point.cumulated);
        const high = Math.max(0, this.props.peak.cumulated, ...amounts);
        const low = Math.min(0, ...amounts);
        const height = PLOT.bottom - PLOT.top;
        return PLOT.bottom - (height * (amount - low)) / (high - low || 1);
    }

    /** The curve up to, or from, a customer, down to the axis. */
    area(from, to) {
        const inside = this.vertices.filter(
            (vertex) => vertex.rank >= from && vertex.rank <= to
        );
        if (inside.length < 2) {
            return "";
        }
        const corners = inside.map((vertex) => `${vertex.x},${vertex.y}`);
        const zero = this.y(0);
        return `${inside[0].x},${zero} ${corners.join(" ")} ${inside.at(-1).x},${zero}`;
    }

    get vertices() {
        const { points, peak } = this.props;
        const steps = [
            { rank: 0, amount: 0 },
            ...points.map((point) => ({ rank: point.to, amount: point.cumulated })),
        ];
        // the peak may lie inside a step of several customers
        if (!steps.some((step) => step.rank === peak.rank)) {
            steps.push({ rank: peak.rank, amount: peak.cumulated });
            steps.sort((one, other) => one.rank - other.rank);
        }
        return steps.map(({ rank, amount }) => ({
            rank,
            x: this.x(rank),
            y: this.y(amount),
        }));
    }

    get line() {
        return this.vertices.map((vertex) => `${vertex.x},${vertex.y}`).join(" ");
    }

    get areas() {
        const { peak, total } = this.props;
        return {
            rise: this.area(0, peak.rank),
            fall: this.area(peak.rank, total.count),
        };
    }

    get top() {
        const { peak } = this.props;
        const x = this.x(peak.rank);
        const values = { rank: formatCount(peak.rank), value: this.value(peak) };
        return {
            x,
            y: this.y(peak.cumulated),
            // as wide as on a phone, where letters are large
            textX: Math.min(Math.max(x, PLOT.left + 100), PLOT.right - 180),
            label: _t("%(value)s after %(rank)s customers", values),
        };
    }

    /** Zero, the whole profit and the peak, without those that would overlap. */
    get ticks() {
        const { peak, total } = this.props;
        const ticks = [
            { name: "total", amount: total.profit, text: this.tick(total.profit) },
            { name: "zero", amount: 0, text: this.tick(0) },
            { name: "peak", amount: peak.cumulated, text: this.tick(peak.cumulated) },
        ].map((tick) => ({ ...tick, y: this.y(tick.amount) }));
        return ticks.filter((tick, index) =>
            ticks.slice(0, index).every((other) => Math.abs(other.y - tick.y) >= LINE)
        );
    }

    tick(amount) {
        const { total, currencyId } = this.props;
        return total.profit > 0
            ? formatShare((100 * amount) / total.profit)
            : formatShortAmount(amount, currencyId);
    }

    /** In percent of the profit, or in money where there is none. */
    value(point) {
        return point.share === null
            ? formatAmount(point.cumulated, this.props.currencyId)
            : formatShare(point.share);
    }

    get steps() {
        return this.props.points.map((point, index) => ({
            point,
            index,
            x: this.x(point.from - 1),
            width: Math.max(this.x(point.to) - this.x(point.from - 1), 0.5),
            tooltip: tooltipLines(
                this.name(point),
                formatAmount(point.profit, this.props.currencyId),
                _t("Cumulated: %s", this.value(point))
            ),
        }));
    }

    name(point) {
        return point.from === point.to
            ? _t("Customer %s", formatCount(point.from))
            : _t("Customers %(from)s to %(to)s", {
                  from: formatCount(point.from),
                  to: formatCount(point.to),
              });
    }

    /** Where customers begin to break even, and to cost. */
    get borders() {
        const borders = [];
        let rank = 0;
        for (const segment of this.props.segments) {
            if (rank && segment.count) {
                borders.push({ name: segment.name, x: this.x(rank) });
            }
            rank += segment.count;
        }
        return borders;
    }

    get lastCustomer() {
        return formatCount(this.props.total.count);
    }
}
