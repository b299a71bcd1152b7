import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { formatCount, formatShare } from "../pyramid/pyramid_format";

// the picture in its own units
const WIDTH = 560;
const HEIGHT = 300;
const PLOT = { left: 8, right: WIDTH - 8, top: 24, bottom: HEIGHT - 28 };
const TICKS = [0, 50, 100, 150, 200];

/** Bars of the distribution of the variation, with the cuts of X and Y as lines. */
export class VariationChart extends Component {
    static template = "crm_loyalty.VariationChart";
    static props = { bars: Array, cuts: Object, onOpen: Function };

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get plot() {
        return PLOT;
    }

    /** Horizontal place of a variation in %. */
    x(percent) {
        const step = this.props.bars[0].to;
        const bars = this.props.bars.length;
        const place = Math.min(percent / step, bars);
        return PLOT.left + ((PLOT.right - PLOT.left) * place) / bars;
    }

    get bars() {
        const { bars } = this.props;
        const most = Math.max(1, ...bars.map((bar) => bar.count));
        const width = (PLOT.right - PLOT.left) / bars.length;
        return bars.map((bar, index) => {
            const height = ((PLOT.bottom - PLOT.top) * bar.count) / most;
            return {
                bar,
                index,
                x: PLOT.left + index * width + 0.5,
                width: width - 1,
                // a single customer is seen, too
                y: PLOT.bottom - (bar.count ? Math.max(height, 2) : 0),
                height: bar.count ? Math.max(height, 2) : 0,
                label: this.formatLabel(bar),
            };
        });
    }

    formatLabel(bar) {
        const values = {
            from: formatShare(bar.from),
            to: formatShare(bar.to),
            count: formatCount(bar.count),
        };
        return bar.to === null
            ? _t("Variation above %(from)s: %(count)s", values)
            : _t("Variation %(from)s to %(to)s: %(count)s", values);
    }

    get ticks() {
        return TICKS.map((percent, index) => ({
            percent,
            x: this.x(percent),
            anchor: ["start", ...Array(TICKS.length - 2).fill("middle"), "end"][index],
        }));
    }

    /** The classes between the cuts, each with its number. */
    get classes() {
        const { x, y } = this.props.cuts;
        const bounds = [0, x, y, Infinity];
        return ["X", "Y", "Z"].map((name, index) => {
            const [from, to] = [this.x(bounds[index]), this.x(bounds[index + 1])];
            return { name, from, to, middle: (from + Math.min(to, PLOT.right)) / 2 };
        });
    }

    get lines() {
        const { x, y } = this.props.cuts;
        return [x, y].map((cut, index) => ({
            cut: `${formatFloat(cut, { digits: [16, 2], trailingZeros: false })} %`,
            // side by side, on either side of their lines
            anchor: index ? "start" : "end",
            x: this.x(cut),
            textX: this.x(cut) + (index ? 3 : -3),
        }));
    }

    onKeydown(ev, item) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.props.onOpen(item.bar, item.label);
        }
    }
}
