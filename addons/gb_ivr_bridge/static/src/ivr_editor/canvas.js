import {
    Component,
    onMounted,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

import { CanvasEdges } from "./canvas_edges";
import { CanvasNode } from "./canvas_node";
import {
    boundsOf,
    boxBetween,
    boxOf,
    fit,
    GRID,
    overlaps,
    portOf,
    snap,
    toCanvas,
    zoomAt,
} from "./geometry";
import { Minimap } from "./minimap";
import { Palette } from "./palette";

const THRESHOLD = 4;
const NUDGE_DELAY = 500;
const READABLE = 0.4;
const ARROWS = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
};

/** Nodes and connections that are moved, drawn and cut by mouse, finger or keys. What it shows is a `CanvasModel`. */
export class Canvas extends Component {
    static template = "gb_ivr_bridge.Canvas";
    static components = { CanvasEdges, CanvasNode, Minimap, Palette };
    static props = {
        model: Object,
        onOpen: Function,
        /** look of nodes and connections in a comparison: see `Comparison` */
        comparison: { type: [Object, { value: null }], optional: true },
        /** code of the node that a simulation is in, and those that it has been in */
        current: { type: String, optional: true },
        visited: { type: Array, optional: true },
        /** the connections that it has taken: "from to" */
        ways: { type: Array, optional: true },
        registerApi: { type: Function, optional: true },
    };
    static defaultProps = { current: "", visited: [], ways: [] };

    setup() {
        this.model = useState(this.props.model);
        this.stageRef = useRef("stage");
        this.state = useState({
            view: { x: 40, y: 40, scale: 1 },
            size: { width: 0, height: 0 },
            drag: null,
            linking: null,
            quick: null,
            focused: "",
            announcement: "",
        });
        this.pointers = new Map();
        useExternalListener(window, "pointermove", this.onPointerMove);
        useExternalListener(window, "pointerup", this.onPointerUp);
        useExternalListener(window, "pointercancel", this.onPointerCancel);
        onMounted(() => {
            this.observer = new ResizeObserver(() => this.measure());
            this.observer.observe(this.stageRef.el);
            this.measure();
            this.showBeginning();
        });
        onWillUnmount(() => {
            this.observer.disconnect();
            browser.clearTimeout(this.nudgeTimer);
            this.model.saveNudges();
        });
        useEffect(
            (code) => {
                if (code) {
                    this.reveal(code);
                }
            },
            () => [this.props.current]
        );
        this.props.registerApi?.({
            fit: () => this.fit(),
            zoom: (factor) => this.zoom(factor),
            focusNode: (code) => this.focusNode(code),
            center: () => this.center,
            flush: () => this.flushNudges(),
            toPlace: (clientX, clientY) => this.toPlace(clientX, clientY),
        });
    }

    // --- view ----------------------------------------------------------------------------------

    measure() {
        const { width, height } = this.stageRef.el.getBoundingClientRect();
        this.state.size = { width, height };
    }

    get transform() {
        const { x, y, scale } = this.state.view;
        return `transform: translate(${x}px, ${y}px) scale(${scale})`;
    }

    get background() {
        const { x, y, scale } = this.state.view;
        const size = 2 * GRID * scale * (scale < 0.5 ? 4 : 1);
        return `background-size: ${size}px ${size}px; background-position: ${x}px ${y}px`;
    }

    get center() {
        const { width, height } = this.state.size;
        return toCanvas(this.state.view, width / 2, height / 2);
    }

    get shownNodes() {
        return [...this.model.list, ...(this.props.comparison?.ghosts || [])];
    }

    fit() {
        const { width, height } = this.state.size;
        this.state.view = fit(boundsOf(this.shownNodes), width, height);
    }

    /** All of it, or where it begins when all would be too small to read. */
    showBeginning() {
        this.fit();
        const start = this.model.list.find((node) => node.is_start);
        if (this.state.view.scale < READABLE && start) {
            const y = this.state.size.height / 2 - (start.y + 60) * 0.6;
            this.state.view = { x: 40 - start.x * 0.6, y, scale: 0.6 };
        }
    }

    zoom(factor, x = this.state.size.width / 2, y = this.state.size.height / 2) {
        this.state.view = zoomAt(this.state.view, factor, x, y);
    }

    onWheel(ev) {
        ev.preventDefault();
        if (ev.shiftKey) {
            this.pan(-(ev.deltaX || ev.deltaY), 0);
            return;
        }
        const { left, top } = this.stageRef.el.getBoundingClientRect();
        // a trackpad sends many small steps, a wheel few large ones
        const factor = Math.exp(-Math.max(-60, Math.min(60, ev.deltaY)) / 300);
        this.zoom(factor, ev.clientX - left, ev.clientY - top);
    }

    pan(dx, dy) {
        const { view } = this.state;
        this.state.view = { ...view, x: view.x + dx, y: view.y + dy };
    }

    panTo({ x, y }) {
        const { width, height } = this.state.size;
        const { scale } = this.state.view;
        this.state.view = { x: width / 2 - x * scale, y: height / 2 - y * scale, scale };
    }

    /** Scrolls as far as is needed to see a node. */
    reveal(code) {
        const node = this.model.nodes[code];
        const { view, size } = this.state;
        if (!node || !size.width) {
            return;
        }
        const box = boxOf(node);
        const left = box.x * view.scale + view.x;
        const top = box.y * view.scale + view.y;
        const right = left + box.width * view.scale;
        const bottom = top + box.height * view.scale;
        const margin = 24;
        const dx = left < margin ? margin - left : Math.min(0, size.width - margin - right);
        const dy = top < margin ? margin - top : Math.min(0, size.height - margin - bottom);
        if (dx || dy) {
            this.pan(dx, dy);
        }
    }

    toPlace(clientX, clientY) {
        const { left, top } = this.stageRef.el.getBoundingClientRect();
        return toCanvas(this.state.view, clientX - left, clientY - top);
    }

    isInside(clientX, clientY) {
        const { left, top, right, bottom } = this.stageRef.el.getBoundingClientRect();
        return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    }

    nodeAt(point) {
        return this.model.list.findLast((node) =>
            overlaps({ ...point, width: 0.01, height: 0.01 }, boxOf(node))
        );
    }

    // --- pointer -------------------------------------------------------------------------------

    onStageDown(ev) {
        if (ev.button > 1) {
            return;
        }
        this.state.quick = null;
        const isBox = ev.button === 0 && (ev.shiftKey || ev.ctrlKey || ev.metaKey);
        this.begin(ev, {
            kind: isBox ? "box" : "pan",
            view: { ...this.state.view },
            selected: Object.keys(this.model.selected),
        });
        this.stageRef.el.focus({ preventScroll: true });
    }

    onNodeDown(ev, code) {
        if (ev.button !== 0) {
            return;
        }
        ev.stopPropagation();
        this.state.quick = null;
        if (this.state.linking) {
            this.finishLink(code);
            return;
        }
        const isMany = ev.shiftKey || ev.ctrlKey || ev.metaKey;
        if (isMany) {
            this.model.toggle(code);
        } else if (!this.model.selected[code]) {
            this.model.select([code]);
        }
        this.focusNode(code, { isKept: true });
        if (this.model.isEditable && this.model.selected[code]) {
            this.begin(ev, {
                kind: "nodes",
                code,
                isMany,
                from: this.model.selection.map(({ code, x, y }) => ({ code, x, y })),
            });
        }
    }

    onPortDown(ev, code, key) {
        if (ev.button !== 0) {
            return;
        }
        ev.stopPropagation();
        const node = this.model.nodes[code];
        this.model.selectLink(code, key);
        if (this.model.isEditable) {
            const exit = node.exits.find((leaf) => leaf.key === key);
            this.begin(ev, {
                kind: "link",
                node: code,
                key,
                before: exit.target || "",
                to: portOf(node, key),
            });
        }
    }

    begin(ev, drag) {
        if (this.state.drag) {
            return;
        }
        this.state.drag = {
            ...drag,
            startX: ev.clientX,
            startY: ev.clientY,
            isMoved: false,
        };
    }

    onPointerMove(ev) {
        const { drag } = this.state;
        if (!drag) {
            return;
        }
        const dx = ev.clientX - drag.startX;
        const dy = ev.clientY - drag.startY;
        if (!drag.isMoved && Math.hypot(dx, dy) < THRESHOLD) {
            return;
        }
        drag.isMoved = true;
        const { scale } = this.state.view;
        switch (drag.kind) {
            case "pan":
                this.state.view = { ...drag.view, x: drag.view.x + dx, y: drag.view.y + dy };
                break;
            case "box": {
                drag.box = boxBetween(
                    this.toPlace(drag.startX, drag.startY),
                    this.toPlace(ev.clientX, ev.clientY)
                );
                const inside = this.model.list.filter((node) => overlaps(drag.box, boxOf(node)));
                this.model.select([...drag.selected, ...inside.map((node) => node.code)]);
                break;
            }
            case "nodes":
                this.model.moveHere(this.getDragged(drag, dx / scale, dy / scale));
                break;
            case "link": {
                const point = this.toPlace(ev.clientX, ev.clientY);
                drag.to = point;
                drag.over = this.nodeAt(point)?.code || "";
                break;
            }
        }
    }

    getDragged(drag, dx, dy) {
        // the node under the pointer lies on the grid, the others keep their distance
        const lead = drag.from.find(({ code }) => code === drag.code);
        const stepX = snap(lead.x + dx) - lead.x;
        const stepY = snap(lead.y + dy) - lead.y;
        return Object.fromEntries(
            drag.from.map(({ code, x, y }) => [code, [x + stepX, y + stepY]])
        );
    }

    onPointerUp(ev) {
        const { drag } = this.state;
        if (!drag) {
            return;
        }
        this.onPointerMove(ev);
        this.state.drag = null;
        switch (drag.kind) {
            case "pan":
                if (!drag.isMoved) {
                    this.model.select([]);
                    this.state.linking = null;
                }
                break;
            case "nodes":
                if (drag.isMoved) {
                    this.dropNodes(drag);
                } else if (!drag.isMany) {
                    this.model.select([drag.code]);
                }
                break;
            case "link":
                this.dropLink(drag, ev);
                break;
        }
    }

    dropNodes(drag) {
        const positions = {};
        for (const { code, x, y } of drag.from) {
            const node = this.model.nodes[code];
            if (node && (node.x !== x || node.y !== y)) {
                positions[code] = [node.x, node.y];
            }
        }
        if (Object.keys(positions).length) {
            this.model.move(positions);
        }
    }

    dropLink(drag, ev) {
        if (!drag.isMoved) {
            return;
        }
        if (drag.over) {
            this.model.connect(drag.node, drag.key, drag.over);
        } else if (this.isInside(ev.clientX, ev.clientY)) {
            // dropped on nothing: offer a new node there
            this.openQuick(ev.clientX, ev.clientY, drag.to, { node: drag.node, key: drag.key });
        }
    }

    onPointerCancel() {
        this.cancelDrag();
    }

    cancelDrag() {
        const { drag } = this.state;
        this.state.drag = null;
        if (drag?.kind === "nodes") {
            this.model.moveHere(
                Object.fromEntries(drag.from.map(({ code, x, y }) => [code, [x, y]]))
            );
        }
    }

    onStageDblClick(ev) {
        if (this.model.isEditable && ev.target === this.stageRef.el) {
            const place = this.toPlace(ev.clientX, ev.clientY);
            this.openQuick(ev.clientX, ev.clientY, place, null);
        }
    }

    // --- a new node where the pointer is ---------------------------------------------------------

    openQuick(clientX, clientY, place, from) {
        const { left, top, width, height } = this.stageRef.el.getBoundingClientRect();
        this.state.quick = {
            x: Math.max(8, Math.min(clientX - left, width - 268)),
            y: Math.max(8, Math.min(clientY - top, height - 328)),
            place,
            from,
        };
    }

    async addQuick(type) {
        const { place, from } = this.state.quick;
        this.closeQuick();
        const code = await this.model.add(type, { x: place.x, y: place.y - 25 }, from);
        if (code) {
            this.focusNode(code);
        }
    }

    closeQuick() {
        this.state.quick = null;
        this.stageRef.el.focus({ preventScroll: true });
    }

    // --- keys ----------------------------------------------------------------------------------

    /** The element of a node, by its code. */
    getNodeEl(code) {
        return this.stageRef.el?.querySelector(`[data-node="${CSS.escape(code)}"]`);
    }

    focusNode(code, { isKept = false } = {}) {
        this.state.focused = code;
        if (!isKept) {
            this.model.select([code]);
        }
        // it may be new: after it is drawn
        browser.requestAnimationFrame(() => {
            this.reveal(code);
            const el = this.getNodeEl(code);
            if (el && !el.contains(document.activeElement)) {
                el.focus({ preventScroll: true });
            }
        });
    }

    onFocusNode(code) {
        this.state.focused = code;
        if (!this.model.selected[code] && !this.state.linking && !this.state.drag) {
            this.model.select([code]);
        }
        this.reveal(code);
    }

    get tabStop() {
        const { focused } = this.state;
        return focused in this.model.nodes ? focused : this.model.readingOrder[0]?.code;
    }

    onKeydown(ev) {
        if (ev.target.closest(".o_gb_palette")) {
            return;
        }
        const isCommand = ev.ctrlKey || ev.metaKey;
        if (isCommand || ev.altKey || this.handleKey(ev) === false) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    /** Returns false for keys that mean nothing here. */
    handleKey(ev) {
        const port = ev.target.closest("[data-port]");
        const code = ev.target.closest("[data-node]")?.dataset.node;
        if (ev.key in ARROWS) {
            return this.onArrow(ev, code, port);
        }
        switch (ev.key) {
            case "Tab":
                return this.onTab(ev, code);
            case "Enter":
                return this.onEnter(code, port);
            case " ":
                return code && !port ? this.model.toggle(code) : false;
            case "Escape":
                return this.onEscape();
            case "Delete":
            case "Backspace":
                return this.onDelete(code, port);
            case "+":
            case "=":
                return this.zoom(1.25);
            case "-":
                return this.zoom(0.8);
            case "f":
                return this.fit();
        }
        return this.onDigit(ev.key, code);
    }

    /** A key of the telephone on a menu: its exit, which is added if there is none. */
    onDigit(key, code) {
        const node = this.model.nodes[code];
        if (!/^[0-9*#]$/.test(key) || node?.type !== "menu") {
            return false;
        }
        if (node.exits.some((exit) => exit.key === key)) {
            this.focusPort(code, key);
        } else {
            this.model.addExit(code, key)?.then((answer) => answer && this.focusPort(code, key));
        }
        return true;
    }

    focusPort(code, key) {
        browser.requestAnimationFrame(() =>
            this.getNodeEl(code)
                ?.querySelector(`[data-port="${CSS.escape(key)}"]`)
                ?.focus({ preventScroll: true })
        );
    }

    onTab(ev, code) {
        const order = this.model.readingOrder;
        const index = order.findIndex((node) => node.code === code);
        const next = order[index + (ev.shiftKey ? -1 : 1)];
        if (!code || !next) {
            return false;
        }
        this.focusNode(next.code, { isKept: Boolean(this.state.linking) });
        return true;
    }

    onArrow(ev, code, port) {
        const [dx, dy] = ARROWS[ev.key];
        if (port) {
            const ports = [...this.getNodeEl(code).querySelectorAll("[data-port]")];
            const index = ports.indexOf(port);
            if (dy) {
                ports[index + dy]?.focus();
            } else if (dx < 0) {
                this.focusNode(code);
            }
            return true;
        }
        if (code) {
            const step = ev.shiftKey ? 5 * GRID : GRID;
            this.model.nudge(dx * step, dy * step);
            browser.clearTimeout(this.nudgeTimer);
            this.nudgeTimer = browser.setTimeout(() => this.flushNudges(), NUDGE_DELAY);
            this.reveal(code);
            return true;
        }
        return this.pan(-dx * 60, -dy * 60);
    }

    flushNudges() {
        browser.clearTimeout(this.nudgeTimer);
        return this.model.saveNudges();
    }

    onEnter(code, port) {
        if (port && !this.state.linking) {
            if (this.model.isEditable) {
                this.startLink(code, port.dataset.port);
            }
            return true;
        }
        if (code && this.state.linking) {
            return this.finishLink(code);
        }
        return code ? this.props.onOpen(code) : false;
    }

    startLink(node, key) {
        this.state.linking = { node, key };
        this.model.selectLink(node, key);
        this.state.announcement = _t(
            "Choose the node that follows: Tab to it, then Enter. Escape leaves it as it is."
        );
    }

    finishLink(target) {
        const { node, key } = this.state.linking;
        this.state.linking = null;
        this.state.announcement = "";
        this.model.connect(node, key, target);
        this.focusNode(node);
        return true;
    }

    onEscape() {
        if (this.state.drag) {
            return this.cancelDrag();
        }
        if (this.state.quick) {
            return this.closeQuick();
        }
        if (this.state.linking) {
            this.state.linking = null;
            this.state.announcement = "";
            return true;
        }
        return this.model.select([]);
    }

    onDelete(code, port) {
        if (!this.model.isEditable) {
            return true;
        }
        if (port || this.model.link) {
            const { node, key } = port ? { node: code, key: port.dataset.port } : this.model.link;
            const exit = this.model.nodes[node]?.exits.find((leaf) => leaf.key === key);
            this.model.link = null;
            if (exit?.target) {
                this.model.connect(node, key, "");
            } else if (exit?.is_own) {
                this.model.removeExit(node, key);
                this.focusNode(node);
            }
            return true;
        }
        const order = this.model.readingOrder;
        const index = order.findIndex((node) => node.code === code);
        this.model.removeSelection();
        const rest = order.filter((node) => node.code in this.model.nodes);
        const next = rest[Math.min(index, rest.length - 1)];
        if (next && index >= 0) {
            this.focusNode(next.code);
        } else {
            this.stageRef.el.focus({ preventScroll: true });
        }
        return true;
    }
}
