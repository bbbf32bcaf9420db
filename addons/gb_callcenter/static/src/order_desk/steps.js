import { Component, onMounted, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

const EMPTY_ADDRESS = {
    name: "",
    phone: "",
    state_id: false,
    city: "",
    street: "",
    street2: "",
    zip: "",
};

/** First field of a step, a chosen one before others. */
function focusFirst(root) {
    (
        root.querySelector("input[type=radio]:checked:not(:disabled)") ||
        root.querySelector("input:not(:disabled), select, textarea, button")
    )?.focus();
}

/** A digit chooses the row that has it as its number. Returns whether it did. */
function chooseByDigit(root, ev) {
    const isText = "input:not([type=radio], [type=checkbox]), select, textarea";
    if (
        !/^[1-9]$/.test(ev.key) ||
        ev.ctrlKey ||
        ev.altKey ||
        ev.metaKey ||
        ev.target.matches(isText)
    ) {
        return false;
    }
    const input = root.querySelectorAll("input[type=radio]")[Number(ev.key) - 1];
    if (!input || input.disabled) {
        return false;
    }
    ev.preventDefault();
    ev.stopPropagation();
    input.focus();
    input.click();
    return true;
}

/**
 * A step of the order: its first field has the focus, digits choose.
 *
 * @param {(root: HTMLElement) => void} [focus]
 */
function useStep({ model }, focus = focusFirst) {
    const rootRef = useRef("root");
    onMounted(() => focus(rootRef.el));
    return {
        model: useState(model),
        rootRef,
        onDigit: (ev) => chooseByDigit(rootRef.el, ev),
    };
}

/** Where the parcel goes: an address that is known, or a new one. */
export class AddressStep extends Component {
    static template = "gb_callcenter.AddressStep";
    static props = { model: Object };

    setup() {
        Object.assign(
            this,
            useStep(this.props, () => {})
        );
        this.state = useState({ isEditing: false, addressId: false, values: { ...EMPTY_ADDRESS } });
        if (!this.order.addresses.some((address) => !address.problems.length)) {
            this.edit(this.order.address || false);
        }
        useEffect(
            (isEditing) => (isEditing ? this.focusForm() : focusFirst(this.rootRef.el)),
            () => [this.state.isEditing, this.state.addressId]
        );
    }

    get order() {
        return this.model.order;
    }

    get fields() {
        return [
            { name: "name", label: _t("Recipient"), required: true },
            { name: "phone", label: _t("Telephone"), required: true, type: "tel" },
            { name: "state_id", label: _t("Province"), required: true },
            { name: "city", label: _t("City"), required: true },
            { name: "street", label: _t("District, street, house"), required: true, wide: true },
            { name: "street2", label: _t("Building, room"), wide: true },
            { name: "zip", label: _t("Postcode") },
        ];
    }

    problemText(address) {
        return _t("Missing: %(missing)s", { missing: address.problems.join(", ") });
    }

    async choose(address) {
        if (address.problems.length) {
            this.edit(address);
            return;
        }
        await this.model.change("set_address", address.id);
    }

    /** Write a new address, or put right one that is not complete. */
    edit(address) {
        const { partner } = this.model;
        this.state.addressId = address && address.id !== partner.id ? address.id : false;
        this.state.values = address
            ? Object.fromEntries(Object.keys(EMPTY_ADDRESS).map((name) => [name, address[name]]))
            : { ...EMPTY_ADDRESS, name: partner.name, phone: partner.phone };
        this.state.isEditing = true;
    }

    focusForm() {
        const inputs = [...this.rootRef.el.querySelectorAll(".o_gb_address_form .form-control")];
        (inputs.find((input) => !input.value) || inputs[0])?.focus();
    }

    onInput(name, ev) {
        const { value } = ev.target;
        this.state.values[name] = name === "state_id" ? Number(value) || false : value;
    }

    async save() {
        const saved = await this.model.change("set_address", this.state.addressId, {
            ...this.state.values,
        });
        if (saved) {
            this.state.isEditing = false;
            this.model.next();
        }
    }

    onKeydown(ev) {
        if (!this.state.isEditing && this.onDigit(ev)) {
            return;
        }
        if (
            ev.key === "Enter" &&
            !ev.isComposing &&
            ev.target.matches("input.form-control, select")
        ) {
            ev.preventDefault();
            ev.stopPropagation();
            this.save();
        } else if (ev.key === "Escape" && this.state.isEditing) {
            ev.stopPropagation();
            this.state.isEditing = false;
        }
    }
}

/** One carrier for the order, and when the customer wants it. */
export class CarrierStep extends Component {
    static template = "gb_callcenter.CarrierStep";
    static props = { model: Object };

    setup() {
        Object.assign(this, useStep(this.props));
        onMounted(() => {
            if (!this.order.carrier_id && this.order.carriers.length === 1) {
                this.choose(this.order.carriers[0]);
            }
        });
    }

    get order() {
        return this.model.order;
    }

    choose(carrier) {
        return this.model.change("set_carrier", carrier.id);
    }

    setDetails(values) {
        return this.model.change("set_details", values);
    }
}

/** How it is paid, the invoice with the parcel, a note. */
export class PaymentStep extends Component {
    static template = "gb_callcenter.PaymentStep";
    static props = { model: Object };

    setup() {
        Object.assign(this, useStep(this.props));
    }

    get order() {
        return this.model.order;
    }

    setDetails(values) {
        return this.model.change("set_details", values);
    }
}

/** What the agent reads out before he confirms. */
export class ConfirmStep extends Component {
    static template = "gb_callcenter.ConfirmStep";
    static props = { model: Object };

    setup() {
        Object.assign(
            this,
            useStep(this.props, (root) => root.focus())
        );
    }

    get order() {
        return this.model.order;
    }

    get carrier() {
        return this.order.carriers.find(({ id }) => id === this.order.carrier_id);
    }

    get means() {
        return this.order.means.find(({ key }) => key === this.order.payment_means);
    }

    get window() {
        return this.model.windows.find(({ key }) => key === this.order.delivery_window);
    }
}
