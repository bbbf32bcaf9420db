import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { IvrSimulator } from "../ivr_simulator/ivr_simulator";
import { Canvas } from "./canvas";
import { CanvasModel } from "./canvas_model";
import { compare } from "./comparison";
import { Palette } from "./palette";

const SHORTCUTS = [
    ["Tab", _t("Next node")],
    ["← ↑ ↓ →", _t("Move what is chosen; with Shift by more")],
    ["Enter", _t("Open the node; on an exit: connect it, then Tab to the node and Enter")],
    ["Delete", _t("Remove nodes, cut a connection")],
    ["0 … 9 * #", _t("On a menu: its key, added if it is missing")],
    ["Ctrl + Z, Ctrl + Y", _t("Take back, do again")],
    ["Ctrl + C, X, V, D", _t("Copy, cut, paste (also into another flow), duplicate")],
    ["Ctrl + A, Shift + drag", _t("Choose all, choose an area")],
    ["+ − F", _t("Larger, smaller, show all")],
    ["A", _t("Find a node to add")],
    ["?", _t("This help")],
];

/** A version of a flow as a picture: edit, check, compare and try it. */
export class IvrEditor extends Component {
    static template = "gb_ivr_bridge.IvrEditor";
    static components = { Canvas, IvrSimulator, Layout, Palette };
    static props = { ...standardActionServiceProps };
    static path = "ivr-canvas";
    static displayName = _t("Flow");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.shortcuts = SHORTCUTS;
        const { context, params } = this.props.action;
        this.versionId = Number(params?.version_id || context?.params?.version_id) || false;
        this.model = useState(
            CanvasModel.create({
                versionId: this.versionId,
                call: (method, args) =>
                    this.orm.silent.call("gb.ivr.version", method, [[this.versionId], ...args]),
                onError: (error) => this.showError(error),
            })
        );
        this.state = useState({
            panel: params?.panel || "",
            isPaletteOpen: true,
            isHelpOpen: false,
            error: "",
            comparison: null,
            comparedId: false,
            current: "",
            visited: [],
            ways: [],
        });
        this.display = { controlPanel: {} };
        onWillStart(() => this.load());
        useExternalListener(window, "keydown", this.onKeydown);
        useBus(this.env.bus, "ACTION_MANAGER:UPDATE", () => (this.state.isHelpOpen = false));
    }

    registerCanvas(api) {
        this.canvas = api;
    }

    // --- loading -------------------------------------------------------------------------------

    async load() {
        try {
            await this.model.load();
        } catch (error) {
            this.state.error = error.data?.message || error.message;
            return;
        }
        this.env.config.setDisplayName?.(this.model.canvas.name);
        this.props.updateActionState?.({ version_id: this.versionId });
    }

    showError(error) {
        this.notification.add(
            error.data?.message || error.message || _t("The server did not answer."),
            { type: "danger" }
        );
    }

    // --- nodes ---------------------------------------------------------------------------------

    async openNode(code) {
        const node = this.model.nodes[code];
        const { isEditable } = this.model;
        const before = isEditable ? await this.model.fetchSnapshots([code]) : null;
        this.dialog.add(
            FormViewDialog,
            {
                resModel: "gb.ivr.node",
                resId: node.id,
                title: node.name,
                readonly: !isEditable,
                preventEdit: !isEditable,
                preventCreate: true,
                canExpand: false,
                onRecordSaved: () => this.noteEdit(node.id, before),
            },
            { onClose: () => this.canvas?.focusNode(this.model.nodes[code] ? code : "") }
        );
    }

    async noteEdit(id, before) {
        try {
            await this.model.noteEdit(id, before);
        } catch (error) {
            this.showError(error);
        }
    }

    async addNode(type) {
        const code =
            (await this.model.addAfterSelection(type)) ||
            (await this.model.add(type, this.canvas.center()));
        if (code) {
            this.canvas.focusNode(code);
        }
    }

    async dropNode(type, clientX, clientY) {
        if (document.elementFromPoint(clientX, clientY)?.closest(".o_gb_canvas") === null) {
            return;
        }
        const { x, y } = this.canvas.toPlace(clientX, clientY);
        const code = await this.model.add(type, { x: x - 20, y: y - 25 });
        if (code) {
            this.canvas.focusNode(code);
        }
    }

    get canStartHere() {
        const { selection, isEditable } = this.model;
        return isEditable && selection.length === 1 && !selection[0].is_start;
    }

    async arrange() {
        await this.model.arrange();
        this.canvas.fit();
    }

    // --- keys ----------------------------------------------------------------------------------

    onKeydown(ev) {
        if (
            ev.defaultPrevented ||
            ev.target.closest(
                ".modal, .o-overlay-container, input, textarea, select, [contenteditable]"
            )
        ) {
            return;
        }
        const isCommand = ev.ctrlKey || ev.metaKey;
        const action = isCommand ? this.getCommand(ev) : ev.altKey ? null : this.getKeyAction(ev);
        if (action) {
            ev.preventDefault();
            action();
        }
    }

    getCommand(ev) {
        const { model } = this;
        switch (ev.key.toLowerCase()) {
            case "z":
                return () => (ev.shiftKey ? this.redo() : this.undo());
            case "y":
                return () => this.redo();
            case "a":
                return () => model.select(Object.keys(model.nodes));
            case "c":
                return window.getSelection().toString() ? null : () => this.copy();
            case "x":
                return () => this.cut();
            case "v":
                return () => this.paste();
            case "d":
                return () => model.duplicate();
        }
        return null;
    }

    getKeyAction(ev) {
        switch (ev.key) {
            case "?":
                return () => (this.state.isHelpOpen = !this.state.isHelpOpen);
            case "a":
                return this.model.isEditable
                    ? () => {
                          this.state.isPaletteOpen = true;
                          document.querySelector(".o_gb_editor_side .o_gb_palette input")?.focus();
                      }
                    : null;
            case "Escape":
                return this.state.isHelpOpen ? () => (this.state.isHelpOpen = false) : null;
        }
        return null;
    }

    async undo() {
        await this.canvas?.flush();
        await this.model.undo();
    }

    async redo() {
        await this.canvas?.flush();
        await this.model.redo();
    }

    async copy() {
        const count = await this.model.copy();
        if (count) {
            this.notification.add(_t("%(count)s nodes copied.", { count }), { type: "info" });
        }
    }

    async cut() {
        if (this.model.isEditable && (await this.model.copy())) {
            await this.model.removeSelection();
        }
    }

    async paste() {
        const center = this.canvas.center();
        await this.model.paste({ x: center.x - 110, y: center.y - 60 });
    }

    // --- panels --------------------------------------------------------------------------------

    togglePanel(name) {
        this.state.panel = this.state.panel === name ? "" : name;
        if (this.state.panel !== "simulator") {
            Object.assign(this.state, { current: "", visited: [], ways: [] });
        }
        if (this.state.panel !== "changes") {
            Object.assign(this.state, { comparison: null, comparedId: false });
        } else if (!this.state.comparedId && this.model.canvas.versions.length) {
            const before = this.model.canvas.versions.filter(
                (version) => version.number < this.model.canvas.number
            );
            this.compareWith((before[0] || this.model.canvas.versions[0]).id);
        }
    }

    get problemCount() {
        return this.model.canvas.issues.length;
    }

    getIssueNode(issue) {
        return this.model.nodes[issue.node]?.name || "";
    }

    goTo(code) {
        if (this.model.nodes[code]) {
            this.canvas.focusNode(code);
        }
    }

    async compareWith(versionId) {
        this.state.comparedId = Number(versionId);
        try {
            const diff = await this.orm.silent.call("gb.ivr.version", "get_canvas_diff", [
                [this.versionId],
                this.state.comparedId,
            ]);
            this.state.comparison = compare(this.model.list, diff);
        } catch (error) {
            this.showError(error);
        }
    }

    onSimulated({ node, visited, ways }) {
        Object.assign(this.state, { current: node, visited, ways });
    }

    // --- versions ------------------------------------------------------------------------------

    async callVersion(method) {
        await this.canvas?.flush();
        try {
            return await this.orm.call("gb.ivr.version", method, [[this.versionId]]);
        } catch (error) {
            this.showError(error);
            return undefined;
        }
    }

    async newDraft() {
        const action = await this.callVersion("action_canvas_draft");
        if (action) {
            await this.action.doAction(action, { stackPosition: "replaceCurrentAction" });
        }
    }

    async publish() {
        const action = await this.callVersion("action_publish");
        const onClose = () => this.load();
        if (action) {
            await this.action.doAction(action, { onClose });
        } else {
            await this.load();
        }
    }
}

registry.category("actions").add("gb_ivr_canvas", IvrEditor);
