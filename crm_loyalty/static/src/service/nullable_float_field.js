import { registry } from "@web/core/registry";
import { FloatField, floatField } from "@web/views/fields/float/float_field";

/** A number that may be unknown: empty is typed, kept and shown as empty, not as zero. */
export class NullableFloatField extends FloatField {
    parse(value) {
        return value.trim() ? super.parse(value) : false;
    }

    get formattedValue() {
        if (this.value === false || this.value === null) {
            return this.props.readonly ? "–" : "";
        }
        return super.formattedValue;
    }
}

registry.category("fields").add("loyalty_nullable_float", {
    ...floatField,
    component: NullableFloatField,
    isEmpty: () => false,
});
