import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/** A text field that tells the other parts of the form what is being typed, before it is left. */
export class TypedCharField extends CharField {
    setup() {
        super.setup();
        useEffect(
            (input) => {
                if (!input) {
                    return;
                }
                const tell = () =>
                    this.props.record.model.bus.trigger("GB_TYPED", {
                        name: this.props.name,
                        value: input.value,
                    });
                input.addEventListener("input", tell);
                return () => input.removeEventListener("input", tell);
            },
            () => [this.input.el]
        );
    }
}

registry.category("fields").add("gb_typed_char", { ...charField, component: TypedCharField });
