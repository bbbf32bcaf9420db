import { Component, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus, useService } from "@web/core/utils/hooks";

/** A visit or a fax, which no system reports. */
export class NoteContact extends Component {
    static template = "gb_callcenter.NoteContact";
    static components = { Dialog };
    static props = { close: Function, partnerId: Number, name: String, onDone: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ channel: "walk_in", subject: "", summary: "", isSaving: false });
        useAutofocus({ refName: "subject" });
        this.formRef = useRef("form");
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey || ev.target.matches("input"))) {
            ev.preventDefault();
            this.save();
        }
    }

    async save() {
        if (this.state.isSaving || !this.state.subject.trim()) {
            return;
        }
        this.state.isSaving = true;
        try {
            const { channel, subject, summary } = this.state;
            await this.orm.call("res.partner", "add_gb_contact", [
                this.props.partnerId,
                { channel, subject: subject.trim(), summary: summary.trim() },
            ]);
            this.props.close();
            this.props.onDone();
        } finally {
            this.state.isSaving = false;
        }
    }
}
