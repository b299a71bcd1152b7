import { Component } from "@odoo/owl";

/** A row of buttons of which one is chosen; a second tap takes it back. */
export class MapChoice extends Component {
    static template = "crm_loyalty.MapChoice";
    static props = {
        name: String,
        label: String,
        /** { value, label, sign?, className? } */
        options: Array,
        value: { type: [Number, String, { value: null }] },
        onChange: Function,
        readonly: { type: Boolean, optional: true },
        warning: { type: String, optional: true },
    };

    get chosen() {
        return this.props.options.find(({ value }) => value === this.props.value);
    }

    choose(value) {
        this.props.onChange(value === this.props.value ? null : value);
    }
}
