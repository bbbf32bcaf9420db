import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { Mutex } from "@web/core/utils/concurrency";

import { freePlace, snap, WIDTH } from "./geometry";
import { layout } from "./layout";

const CLIPBOARD = "gb_ivr_clipboard";
const HISTORY = 200;

/**
 * The nodes of a version as the user has left them. Each change goes to the server at once, one after the other;
 * the answer says how it is taken back, so undo and redo are changes like any other.
 */
export class CanvasModel {
    constructor({ versionId, call, onError }) {
        this.versionId = versionId;
        this.canvas = null;
        this.nodes = {};
        this.selected = {};
        /** chosen connection: `{node, key}` */
        this.link = null;
        this.pending = 0;
        this.revision = 0;
        this.undoStack = [];
        this.redoStack = [];
        this.nudged = {};
        Object.defineProperty(this, "tools", {
            value: { call, onError, mutex: new Mutex(), epoch: 0 },
            enumerable: false,
        });
    }

    static create(params) {
        return reactive(new CanvasModel(params));
    }

    // --- reading -------------------------------------------------------------------------------

    get list() {
        return Object.values(this.nodes);
    }

    get selection() {
        return this.list.filter((node) => this.selected[node.code]);
    }

    get isEditable() {
        return Boolean(this.canvas?.is_editable);
    }

    get edges() {
        return this.list.flatMap((node) =>
            node.exits
                .filter((exit) => exit.target in this.nodes)
                .map((exit) => ({ from: node, key: exit.key, to: this.nodes[exit.target] }))
        );
    }

    /** Nodes as one reads them: column by column. Tab goes this way. */
    get readingOrder() {
        // a copy: sorting what is observed would be a change
        return [...this.list].sort((a, b) => a.x - b.x || a.y - b.y);
    }

    getTypeLook(type) {
        return (
            this.canvas.types.find((candidate) => candidate.type === type) || {
                type,
                name: type,
                icon: "fa-puzzle-piece",
                group: "other",
            }
        );
    }

    getIssues(code) {
        return this.canvas.issues.filter((issue) => issue.node === code);
    }

    // --- selection -----------------------------------------------------------------------------

    select(codes, { isAdded = false } = {}) {
        const selected = isAdded ? { ...this.selected } : {};
        for (const code of codes) {
            selected[code] = true;
        }
        this.selected = selected;
        this.link = null;
    }

    toggle(code) {
        const { [code]: isSelected, ...others } = this.selected;
        this.selected = isSelected ? others : { ...this.selected, [code]: true };
        this.link = null;
    }

    selectLink(node, key) {
        this.selected = {};
        this.link = { node, key };
    }

    // --- the server ----------------------------------------------------------------------------

    async load() {
        this.show(await this.tools.call("get_canvas", []));
        this.undoStack = [];
        this.redoStack = [];
    }

    show(canvas) {
        this.canvas = canvas;
        this.revision = canvas.revision;
        // made by list or program, and never placed: all in one spot
        if (canvas.nodes.length > 1 && canvas.nodes.every(({ x, y }) => !x && !y)) {
            for (const [code, [x, y]] of Object.entries(layout(canvas.nodes))) {
                Object.assign(
                    canvas.nodes.find((node) => node.code === code),
                    { x, y }
                );
            }
        }
        this.nodes = Object.fromEntries(canvas.nodes.map((node) => [node.code, node]));
        this.selected = Object.fromEntries(
            Object.keys(this.selected)
                .filter((code) => code in this.nodes)
                .map((code) => [code, true])
        );
        if (this.link && !(this.link.node in this.nodes)) {
            this.link = null;
        }
    }

    /**
     * Does operations here (as far as that is possible) and on the server. What goes wrong is told, and the
     * canvas shows what the server has.
     *
     * @returns {Promise<Object|undefined>} the server's answer
     */
    change(label, operations) {
        return this.send(operations, (undo) => {
            this.undoStack = [...this.undoStack.slice(1 - HISTORY), { label, operations: undo }];
            this.redoStack = [];
        });
    }

    send(operations, remember) {
        const { mutex, call } = this.tools;
        const { epoch } = this.tools;
        this.pending++;
        this.applyHere(operations);
        return mutex.exec(async () => {
            if (epoch !== this.tools.epoch) {
                this.pending--;
                return undefined;
            }
            try {
                const answer = await call("change_canvas", [operations, this.revision]);
                this.pending--;
                this.revision = answer.canvas.revision;
                if (!this.pending) {
                    this.show(answer.canvas);
                }
                remember(answer.undo);
                return answer;
            } catch (error) {
                this.pending--;
                this.tools.epoch++;
                this.tools.onError(error);
                try {
                    await this.load();
                } catch {
                    // it was told already that the server does not answer
                }
                return undefined;
            }
        });
    }

    /** Nothing to wait for: the same change on the nodes that are shown. */
    applyHere(operations) {
        for (const operation of operations) {
            switch (operation.do) {
                case "move":
                    for (const [code, [x, y]] of Object.entries(operation.positions)) {
                        if (this.nodes[code]) {
                            Object.assign(this.nodes[code], { x, y });
                        }
                    }
                    break;
                case "connect":
                    for (const { node, key, target } of operation.links) {
                        const exit = this.nodes[node]?.exits.find((leaf) => leaf.key === key);
                        if (exit) {
                            exit.target = target;
                        }
                    }
                    break;
                case "start":
                    for (const node of this.list) {
                        node.is_start = node.code === operation.node;
                    }
                    break;
                case "remove":
                    for (const code of operation.nodes) {
                        delete this.nodes[code];
                        delete this.selected[code];
                    }
                    for (const exit of this.list.flatMap((node) => node.exits)) {
                        if (operation.nodes.includes(exit.target)) {
                            exit.target = "";
                        }
                    }
                    break;
            }
        }
    }

    // --- changes -------------------------------------------------------------------------------

    /** While something is dragged: only here. */
    moveHere(positions) {
        this.applyHere([{ do: "move", positions }]);
    }

    move(positions) {
        return this.change(_t("Move"), [{ do: "move", positions }]);
    }

    /** Arrow keys: many small moves are one change, saved by `saveNudges()`. */
    nudge(dx, dy) {
        if (!this.isEditable) {
            return;
        }
        for (const node of this.selection) {
            Object.assign(node, { x: node.x + dx, y: node.y + dy });
            this.nudged[node.code] = true;
        }
    }

    saveNudges() {
        const codes = Object.keys(this.nudged).filter((code) => code in this.nodes);
        this.nudged = {};
        if (!codes.length) {
            return undefined;
        }
        return this.move(
            Object.fromEntries(
                codes.map((code) => [code, [this.nodes[code].x, this.nodes[code].y]])
            )
        );
    }

    connect(node, key, target) {
        const exit = this.nodes[node]?.exits.find((leaf) => leaf.key === key);
        if (!this.isEditable || !exit || (exit.target || "") === target) {
            return undefined;
        }
        return this.change(target ? _t("Connect") : _t("Cut the connection"), [
            { do: "connect", links: [{ node, key, target }] },
        ]);
    }

    cutLink() {
        const { link } = this;
        this.link = null;
        return link && this.connect(link.node, link.key, "");
    }

    /** One more exit of a menu (the first key that is free) or a branch; `key` chooses it. */
    addExit(node, key = "") {
        if (!this.isEditable) {
            return undefined;
        }
        return this.change(_t("Add an exit"), [{ do: "add_exit", node, key }]);
    }

    removeExit(node, key) {
        return this.change(_t("Delete an exit"), [{ do: "remove_exit", node, key }]);
    }

    setStart(code) {
        return this.change(_t("Begin here"), [{ do: "start", node: code }]);
    }

    removeSelection() {
        const nodes = this.selection.map((node) => node.code);
        if (!nodes.length || !this.isEditable) {
            return undefined;
        }
        return this.change(_t("Delete"), [{ do: "remove", nodes }]);
    }

    /** A new node of a type; `from`: the exit that shall lead to it. */
    async add(type, place, from = null) {
        const spot = freePlace(this.list, place);
        const operations = [
            {
                do: "add",
                is_copy: true,
                nodes: [{ type, name: this.getTypeLook(type).name, ...spot }],
            },
        ];
        if (from) {
            operations[0].from = from;
        }
        const answer = await this.change(_t("Add"), operations);
        if (answer) {
            this.select(answer.codes);
        }
        return answer?.codes[0];
    }

    /** Right of the chosen node, connected with its first exit that leads nowhere. */
    addAfterSelection(type) {
        const [node] = this.selection;
        if (this.selection.length !== 1) {
            return null;
        }
        const exit = node.exits.find((leaf) => !leaf.target);
        return this.add(
            type,
            { x: node.x + WIDTH + 100, y: node.y },
            exit ? { node: node.code, key: exit.key } : null
        );
    }

    async duplicate() {
        const codes = this.selection.map((node) => node.code);
        if (!codes.length || !this.isEditable) {
            return;
        }
        const snapshots = await this.fetchSnapshots(codes);
        if (snapshots) {
            await this.insert(_t("Duplicate"), snapshots, 4);
        }
    }

    async copy() {
        const codes = this.selection.map((node) => node.code);
        const snapshots = codes.length ? await this.fetchSnapshots(codes) : null;
        if (snapshots) {
            browser.localStorage.setItem(CLIPBOARD, JSON.stringify(snapshots));
        }
        return snapshots?.length || 0;
    }

    async paste(place) {
        if (!this.isEditable) {
            return undefined;
        }
        let snapshots = [];
        try {
            snapshots = JSON.parse(browser.localStorage.getItem(CLIPBOARD)) || [];
        } catch {
            // somebody else's text
        }
        return snapshots.length ? this.insert(_t("Paste"), snapshots, 4, place) : undefined;
    }

    async insert(label, snapshots, steps, place = null) {
        const left = Math.min(...snapshots.map((snapshot) => snapshot.x));
        const top = Math.min(...snapshots.map((snapshot) => snapshot.y));
        const dx = place ? snap(place.x) - left : steps * 10;
        const dy = place ? snap(place.y) - top : steps * 10;
        const nodes = snapshots.map((snapshot) => ({
            ...snapshot,
            x: snapshot.x + dx,
            y: snapshot.y + dy,
        }));
        const answer = await this.change(label, [{ do: "add", is_copy: true, nodes }]);
        if (answer) {
            this.select(answer.codes);
        }
        return answer;
    }

    async fetchSnapshots(codes) {
        try {
            return await this.tools.mutex.exec(() => this.tools.call("get_snapshots", [codes]));
        } catch (error) {
            this.tools.onError(error);
            return undefined;
        }
    }

    arrange() {
        return this.change(_t("Arrange"), [{ do: "move", positions: layout(this.list) }]);
    }

    /** The node's form has changed it: `before` is what it was. */
    async noteEdit(id, before) {
        const canvas = await this.tools.mutex.exec(() => this.tools.call("get_canvas", []));
        this.show(canvas);
        const node = this.list.find((candidate) => candidate.id === id);
        if (node && before) {
            this.undoStack = [
                ...this.undoStack.slice(1 - HISTORY),
                {
                    label: _t("Edit"),
                    operations: [{ do: "replace", nodes: [node.code], with: before }],
                },
            ];
            this.redoStack = [];
        }
    }

    // --- history -------------------------------------------------------------------------------

    undo() {
        return this.turn("undoStack", "redoStack");
    }

    redo() {
        return this.turn("redoStack", "undoStack");
    }

    turn(from, to) {
        const entry = this[from].at(-1);
        if (!entry || !this.isEditable) {
            return undefined;
        }
        this[from] = this[from].slice(0, -1);
        return this.send(entry.operations, (operations) => {
            this[to] = [...this[to], { label: entry.label, operations }];
        });
    }
}
