import { Component, useExternalListener, useRef, useState } from "@odoo/owl";
import { useAutofocus } from "@web/core/utils/hooks";
import { fuzzyLookup } from "@web/core/utils/search";

const THRESHOLD = 6;

/** The node types, by group. Enter in the search adds the first, a drag puts one where it is dropped. */
export class Palette extends Component {
    static template = "gb_ivr_bridge.Palette";
    static props = {
        types: Array,
        onAdd: Function,
        onDrop: { type: Function, optional: true },
        onClose: { type: Function, optional: true },
        isFocused: { type: Boolean, optional: true },
    };

    setup() {
        this.state = useState({ query: "", drag: null, active: 0 });
        this.rootRef = useRef("root");
        if (this.props.isFocused) {
            useAutofocus({ refName: "query" });
        }
        useExternalListener(window, "pointermove", this.onPointerMove);
        useExternalListener(window, "pointerup", this.onPointerUp);
        useExternalListener(window, "pointercancel", () => (this.state.drag = null));
    }

    get found() {
        const { types } = this.props;
        const { query } = this.state;
        return query
            ? fuzzyLookup(query, types, (type) => `${type.name} ${type.group_name}`)
            : types;
    }

    get groups() {
        const groups = new Map();
        for (const type of this.found) {
            if (!groups.has(type.group)) {
                groups.set(type.group, { id: type.group, name: type.group_name, types: [] });
            }
            groups.get(type.group).types.push(type);
        }
        return [...groups.values()];
    }

    /** The one that Enter adds. */
    get activeType() {
        const types = this.groups.flatMap((group) => group.types);
        return this.state.query ? types[Math.min(this.state.active, types.length - 1)]?.type : "";
    }

    onInput(ev) {
        this.state.query = ev.target.value;
        this.state.active = 0;
    }

    onKeydown(ev) {
        const count = this.found.length;
        switch (ev.key) {
            case "Enter": {
                if (ev.target.tagName !== "INPUT" || !this.activeType) {
                    return;
                }
                const type = this.activeType;
                this.state.query = "";
                this.props.onAdd(type);
                break;
            }
            case "ArrowDown":
                this.step(1, count, ev);
                break;
            case "ArrowUp":
                this.step(-1, count, ev);
                break;
            case "Escape":
                if (!this.state.query && !this.props.onClose) {
                    return;
                }
                if (this.props.onClose) {
                    this.props.onClose();
                }
                this.state.query = "";
                break;
            default:
                return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    /** With something typed the arrows choose, without they go from button to button. */
    step(by, count, ev) {
        if (this.state.query && ev.target.tagName === "INPUT") {
            this.state.active = (this.state.active + by + count) % count;
            return;
        }
        const buttons = [...this.rootRef.el.querySelectorAll(".o_gb_palette_type")];
        const index = buttons.indexOf(document.activeElement);
        if (index + by < 0) {
            this.rootRef.el.querySelector("input").focus();
        } else {
            buttons[index + by]?.focus();
        }
    }

    onDown(ev, type) {
        if (ev.button === 0 && this.props.onDrop) {
            this.state.drag = {
                type,
                startX: ev.clientX,
                startY: ev.clientY,
                isMoved: false,
                x: ev.clientX,
                y: ev.clientY,
            };
        }
    }

    onPointerMove(ev) {
        const { drag } = this.state;
        if (!drag) {
            return;
        }
        Object.assign(drag, { x: ev.clientX, y: ev.clientY });
        drag.isMoved ||= Math.hypot(drag.x - drag.startX, drag.y - drag.startY) > THRESHOLD;
    }

    onPointerUp(ev) {
        const { drag } = this.state;
        this.state.drag = null;
        if (drag?.isMoved) {
            this.wasDragged = true;
            this.props.onDrop(drag.type.type, ev.clientX, ev.clientY);
        }
    }

    onClick(type) {
        if (this.wasDragged) {
            this.wasDragged = false;
            return;
        }
        this.props.onAdd(type.type);
    }
}
