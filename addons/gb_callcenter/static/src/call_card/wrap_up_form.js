import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** Note to a call; may be written during the call already. */
export class NoteField extends Component {
    static template = "gb_callcenter.NoteField";
    static props = {
        card: Object,
        onSubmit: { type: Function, optional: true },
    };

    setup() {
        this.seat = useService("gb_callcenter.seat");
        this.draft = useState(this.seat.draft(this.props.card));
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey) && this.props.onSubmit) {
            ev.preventDefault();
            this.props.onSubmit();
        }
    }
}

/** What the call was about; ends after-call work. */
export class WrapUpForm extends Component {
    static template = "gb_callcenter.WrapUpForm";
    static components = { NoteField };
    static props = { card: Object };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.draft = useState(this.seat.draft(this.props.card));
        this.state = useState({ isMissing: false });
        this.rootRef = useRef("root");
        onMounted(() => {
            // Digits work at once, unless the agent is writing somewhere.
            const { activeElement } = document;
            if (!activeElement || activeElement === document.body) {
                this.rootRef.el.focus({ preventScroll: true });
            }
        });
    }

    /** Whether saving can also end after-call work. */
    get endsWork() {
        return this.seat.isSignedIn && ["wrap_up", "paused"].includes(this.seat.seat.state);
    }

    /** What may be chosen for a call of this direction; those of internal calls are unlimited. */
    get dispositions() {
        const { direction } = this.props.card;
        return this.seat.panel.dispositions.filter(
            (row) => !row.direction || direction === "internal" || row.direction === direction
        );
    }

    choose(dispositionId) {
        this.state.isMissing = false;
        this.seat.updateDraft(this.props.card, { dispositionId });
    }

    onKeydown(ev) {
        const isTyping = ev.target.matches("textarea, input:not([type=radio])");
        if (isTyping || ev.altKey || ev.ctrlKey || ev.metaKey || !/^[1-9]$/.test(ev.key)) {
            return;
        }
        const disposition = this.dispositions[Number(ev.key) - 1];
        if (disposition) {
            ev.preventDefault();
            ev.stopPropagation();
            this.choose(disposition.id);
        }
    }

    save(ready) {
        if (!this.draft.dispositionId) {
            this.state.isMissing = true;
            return;
        }
        return this.seat.wrapUp(this.props.card, ready);
    }
}
