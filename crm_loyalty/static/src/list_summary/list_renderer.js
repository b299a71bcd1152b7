import { ListRenderer } from "@web/views/list/list_renderer";

/** A list whose sums are true, and whose amounts are seen on a phone. */
export class LoyaltyListRenderer extends ListRenderer {
    /** Core sums the page that is shown: no sum is better than part of one. */
    computeAggregates() {
        const { list } = this.props;
        const shown = list.isGrouped ? list.groups : list.records;
        const isPart = list.selection.length
            ? list.isDomainSelected
            : list.count > shown.length;
        return isPart ? {} : super.computeAggregates();
    }

    /** Columns with the option hide_on_phone are left out on a small screen. */
    getActiveColumns() {
        const columns = super.getActiveColumns();
        return this.env.isSmall
            ? columns.filter((column) => !column.options?.hide_on_phone)
            : columns;
    }
}
