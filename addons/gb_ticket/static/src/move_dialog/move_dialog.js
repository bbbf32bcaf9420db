import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { Record } from "@web/model/record";
import { Field } from "@web/views/fields/field";
import { CONTEXT_FIELDS, getMoveFields, isOfKind } from "./move_fields";

const NEVER_EMPTY = ["boolean", "integer", "float", "monetary"];

/** Asks for what a move needs, and moves with it in one call. */
export class MoveDialog extends Component {
    static template = "gb_ticket.MoveDialog";
    static components = { Dialog, Field, Record };
    static props = {
        move: Object,
        resId: Number,
        revision: Number,
        onMoved: Function,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.field = useService("field");
        this.name = useService("name");
        this.noteRef = useRef("note");
        this.asked = this.props.move.fields;
        this.state = useState({ note: "", error: "", missing: {}, isBusy: false });
        this.hooks = { onRootLoaded: (root) => this.onRootLoaded(root) };
        if (!this.asked.length) {
            useAutofocus({ refName: "note", mobile: true });
        }
        onWillStart(() => this.load());
    }

    async load() {
        const names = this.asked.map((field) => field.name);
        const [fields, defaults] = await Promise.all([
            this.field.loadFields("gb.ticket", {
                fieldNames: [...new Set([...names, ...CONTEXT_FIELDS])],
            }),
            this.orm.call("gb.ticket", "action_get_move_defaults", [
                [this.props.resId],
                this.props.move.code,
            ]),
        ]);
        this.fields = fields;
        this.defaults = await this.getValues(defaults);
        Object.assign(this, getMoveFields(fields, this.asked));
    }

    /** Defaults as the server gives them → as a record takes them. */
    async getValues(defaults) {
        const values = {};
        for (const [name, value] of Object.entries(defaults || {})) {
            const field = this.fields[name];
            if (!field || !this.asked.some((asked) => asked.name === name)) {
                continue;
            }
            if (field.type === "many2one" && typeof value === "number") {
                const names = await this.name.loadDisplayNames(field.relation, [value]);
                values[name] = { id: value, display_name: names[value] };
            } else {
                values[name] = value;
            }
        }
        return values;
    }

    async onRootLoaded(root) {
        this.root = root;
        if (Object.keys(this.defaults).length) {
            await root.update(root._parseServerValues(this.defaults, root.data));
        }
    }

    getShown(record) {
        return this.asked.filter((field) => isOfKind(field, record.data.kind));
    }

    getLabel(name) {
        return this.fields[name].string;
    }

    get hasNote() {
        return this.props.move.note || this.props.move.confirmed;
    }

    get confirmLabel() {
        return this.props.move.confirmed ? _t("Ask for confirmation") : this.props.move.name;
    }

    get buttonClass() {
        return this.props.move.style === "danger" ? "btn-danger" : "btn-primary";
    }

    /** Marks what is missing. :return: whether nothing is. */
    async check() {
        const missing = {};
        for (const { name, required } of this.asked) {
            const isEmpty = !this.root.data[name];
            if (required && isEmpty && NEVER_EMPTY.includes(this.fields[name].type)) {
                missing[name] = true;
            }
        }
        if (this.props.move.note && !this.state.note.trim()) {
            missing.note = true;
        }
        this.state.missing = missing;
        const isValid = !this.root || (await this.root.checkValidity());
        if (isValid && !Object.keys(missing).length) {
            return true;
        }
        this.state.error = _t("Fill in what is marked.");
        return false;
    }

    async onConfirm() {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        this.state.error = "";
        try {
            // a move may ask for nothing but the reason
            const values = this.root ? await this.root.getChanges() : {};
            if (!(await this.check())) {
                return;
            }
            const result = await this.orm.call(
                "gb.ticket",
                "action_transition",
                [[this.props.resId]],
                {
                    code: this.props.move.code,
                    values,
                    note: this.state.note.trim() || false,
                    revision: this.props.revision,
                }
            );
            this.props.close();
            await this.props.onMoved(result);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }
}
