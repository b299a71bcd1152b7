import { registry } from "@web/core/registry";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

/** An amount that may be unknown: empty is typed, kept and shown as empty, not as zero. */
export class NullableMonetaryField extends MonetaryField {
    get inputOptions() {
        const options = super.inputOptions;
        return {
            ...options,
            parse: (value) => (value.trim() ? options.parse(value) : false),
        };
    }

    get formattedValue() {
        if (this.value === false) {
            return this.props.readonly ? "–" : "";
        }
        return super.formattedValue;
    }
}

registry.category("fields").add("loyalty_nullable_monetary", {
    ...monetaryField,
    component: NullableMonetaryField,
    isEmpty: () => false,
});
