import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { MoveDialog } from "../move_dialog/move_dialog";

// others than the main actions: all up to two, else the first one and a menu
const SHOWN_OTHERS = 2;
// letters that neither Odoo's form nor the seat takes
const HOTKEYS = ["q", "z", "k", "d", "v", "shift+z"];
const BUTTON_CLASSES = {
    primary: "btn-primary",
    secondary: "btn-secondary",
    danger: "btn-outline-danger",
};

/** Whether the user has to be asked before `move`; what a draft's form offers itself is not asked for again. */
export function hasQuestions(move, phase) {
    return (
        move.note ||
        move.confirmed ||
        move.fields.some((field) => field.required || phase !== "draft")
    );
}

/** Buttons for what the current user may do with the work order now. */
export class TicketMoves extends Component {
    static template = "gb_ticket.TicketMoves";
    static components = { Dropdown, DropdownItem };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({ isBusy: false });
    }

    get moves() {
        return this.props.record.data.moves || [];
    }

    /** Main actions first, then the others; `more` is what the menu holds. */
    get buttons() {
        const main = this.moves.filter((move) => move.style === "primary");
        const others = this.moves.filter((move) => move.style !== "primary");
        const isCrowded = others.length > SHOWN_OTHERS;
        const open = isCrowded
            ? others.filter((move) => move.style === "secondary").slice(0, SHOWN_OTHERS - 1)
            : others;
        return {
            shown: [...main, ...open].map((move, index) => ({
                move,
                className: BUTTON_CLASSES[move.style],
                hotkey: HOTKEYS[index],
            })),
            more: isCrowded ? others.filter((move) => !open.includes(move)) : [],
        };
    }

    async onMove({ code, name }) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            const record = this.props.record;
            if (!(await record.save())) {
                return;
            }
            // what is asked for may follow from what was saved just now
            const move = this.moves.find((other) => other.code === code);
            if (!move) {
                this.notification.add(_t("“%s” is not possible any more.", name), {
                    type: "warning",
                });
            } else if (hasQuestions(move, record.data.phase)) {
                this.dialog.add(MoveDialog, {
                    move,
                    resId: record.resId,
                    revision: record.data.revision,
                    onMoved: (result) => this.onMoved(result),
                });
            } else {
                await this.moveAtOnce(move);
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    async moveAtOnce(move) {
        const { resId, data } = this.props.record;
        let result;
        try {
            result = await this.orm.call("gb.ticket", "action_transition", [[resId]], {
                code: move.code,
                revision: data.revision,
            });
        } catch (error) {
            // somebody else may have moved it: show what it is like now, and say why
            await this.reload();
            throw error;
        }
        await this.onMoved(result);
    }

    async onMoved({ pending }) {
        if (pending) {
            this.notification.add(_t("It waits for confirmation by a superior."), {
                type: "info",
            });
        }
        await this.reload();
    }

    async reload() {
        try {
            await this.props.record.load();
        } catch {
            // handed over to others: it is not ours to see any more
            this.notification.add(_t("The work order is with others now."), { type: "info" });
            this.env.config.historyBack();
        }
    }
}

export const ticketMoves = {
    component: TicketMoves,
    additionalClasses: ["d-contents"],
    fieldDependencies: [
        { name: "moves", type: "json" },
        { name: "revision", type: "integer" },
        { name: "phase", type: "selection" },
    ],
};

registry.category("view_widgets").add("gb_ticket_moves", ticketMoves);
