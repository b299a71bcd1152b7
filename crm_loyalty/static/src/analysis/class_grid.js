import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortAmount,
} from "../pyramid/pyramid_format";
import { tooltipLines } from "../tooltip/tooltip_lines";

/**
 * A grid of classes, each cell with its number and money; a cell opens what it counts.
 * The more money, the darker: one hue, and the money is always written.
 */
export class ClassGrid extends Component {
    static template = "crm_loyalty.ClassGrid";
    static props = {
        rows: Array,
        columns: Array,
        cells: Array,
        currencyId: Number,
        rowTitle: String,
        columnTitle: String,
        help: { type: Object, optional: true },
        onOpen: Function,
    };
    static defaultProps = { help: {} };

    setup() {
        this.formatCount = formatCount;
    }

    getCell(row, column) {
        return this.props.cells.find(
            (cell) => cell.row === row.value && cell.column === column.value
        );
    }

    /** The letter alone; what it means stands in its tooltip. */
    shorten(label) {
        return label.split(":")[0];
    }

    heat(cell) {
        const most = Math.max(...this.props.cells.map((other) => other.share));
        const heat = most > 0 ? Math.sqrt(Math.max(cell.share, 0) / most) : 0;
        return `--loyalty-heat: ${Math.round(heat * 55)}%`;
    }

    short(amount) {
        return formatShortAmount(amount, this.props.currencyId);
    }

    name(row, column, cell) {
        return _t("%(row)s, %(column)s: %(count)s, revenue %(revenue)s", {
            row: `${this.props.rowTitle} ${row.label}`,
            column: `${this.props.columnTitle} ${column.label}`,
            count: formatCount(cell.count),
            revenue: formatAmount(cell.revenue, this.props.currencyId),
        });
    }

    tooltip(cell) {
        return tooltipLines(
            formatAmount(cell.revenue, this.props.currencyId),
            _t("%s of the revenue", formatShare(cell.share)),
            cell.note
        );
    }
}
