import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

import { heightOf, WIDTH } from "./geometry";

/** One node of the canvas: what it is, what it is called, where it is left. */
export class CanvasNode extends Component {
    static template = "gb_ivr_bridge.CanvasNode";
    static props = {
        model: Object,
        code: String,
        /** a node that only another version has */
        ghost: { type: Object, optional: true },
        mark: { type: String, optional: true },
        isCurrent: { type: Boolean, optional: true },
        isVisited: { type: Boolean, optional: true },
        isTarget: { type: Boolean, optional: true },
        isTabStop: { type: Boolean, optional: true },
        activePort: { type: String, optional: true },
        onDown: { type: Function, optional: true },
        onPortDown: { type: Function, optional: true },
        onFocus: { type: Function, optional: true },
        onOpen: { type: Function, optional: true },
    };

    setup() {
        this.model = useState(this.props.model);
    }

    get node() {
        return this.props.ghost || this.model.nodes[this.props.code];
    }

    get look() {
        return this.model.getTypeLook(this.node.type);
    }

    get style() {
        const { x, y } = this.node;
        return `left: ${x}px; top: ${y}px; width: ${WIDTH}px; height: ${heightOf(this.node)}px`;
    }

    get isSelected() {
        return !this.props.ghost && Boolean(this.model.selected[this.props.code]);
    }

    get issues() {
        return this.props.ghost ? [] : this.model.getIssues(this.props.code);
    }

    get level() {
        const levels = this.issues.map((issue) => issue.level);
        return levels.includes("error") ? "error" : levels[0] || "";
    }

    get issueText() {
        return this.issues.map((issue) => issue.text).join("\n");
    }

    get label() {
        return [this.look.name, this.node.name, this.issueText].filter(Boolean).join(". ");
    }

    get canAddExit() {
        return !this.props.ghost && this.node.has_own_exits && this.model.isEditable;
    }

    get openExitText() {
        return _t("Leads to the hotline's queue");
    }

    isConnected(exit) {
        return Boolean(exit.target);
    }
}
