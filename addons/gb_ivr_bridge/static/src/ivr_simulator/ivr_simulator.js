import {
    Component,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";

import { SpeechPlayer } from "./speech_player";

const { DateTime } = luxon;
const RERUN_DELAY = 600;

export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/**
 * What the caller's keys make of what he is asked: the input when it is complete.
 *
 * @returns {{typed: string, input: Object|null}}
 */
export function pressKey(wait, typed, key) {
    if (key === wait.terminator && wait.terminator) {
        return { typed: "", input: { type: "digits", digits: typed, ended: "terminator" } };
    }
    const digits = typed + key;
    if (digits.length >= wait.max) {
        return { typed: "", input: { type: "digits", digits, ended: "full" } };
    }
    return { typed: digits, input: null };
}

/** A telephone for trying a version: keys, what is said, what is looked up, and the scenarios of the flow. */
export class IvrSimulator extends Component {
    static template = "gb_ivr_bridge.IvrSimulator";
    static components = {};
    static props = {
        versionId: Number,
        flowCode: { type: String, optional: true },
        /** of the canvas: when it changes the simulation runs again */
        revision: { type: Number, optional: true },
        onSimulated: { type: Function, optional: true },
        onGoTo: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.logRef = useRef("log");
        this.rootRef = useRef("root");
        this.keepLast = new KeepLast();
        this.keys = KEYS;
        this.player = new SpeechPlayer((method, args) =>
            this.orm.silent.call("gb.ivr.simulator", method, args)
        );
        this.state = useState({
            isReady: false,
            error: "",
            hotlines: [],
            canLookUp: false,
            canSave: false,
            scenarios: [],
            tab: "call",
            start: { hotline: "", caller: "", at: "", look_up: false },
            inputs: [],
            typed: "",
            result: null,
            isBusy: false,
            isSoundOn: false,
            values: "",
            scenarioName: "",
            isRunning: false,
        });
        onWillStart(() => this.load(this.props.versionId));
        onWillUpdateProps((next) => {
            if (next.versionId !== this.props.versionId) {
                return this.load(next.versionId);
            }
            if (next.revision !== this.props.revision) {
                browser.clearTimeout(this.timer);
                this.timer = browser.setTimeout(() => this.onFlowChanged(), RERUN_DELAY);
            }
        });
        useEffect(
            () => {
                const el = this.logRef.el;
                if (el) {
                    el.scrollTop = el.scrollHeight;
                }
                if (this.wantsFocus && this.state.result) {
                    this.wantsFocus = false;
                    this.rootRef.el?.querySelector(".o_gb_phone_keys, .o_gb_choices")?.focus();
                }
            },
            () => [this.state.result]
        );
        onWillUnmount(() => {
            browser.clearTimeout(this.timer);
            this.player.stop();
            this.isGone = true;
        });
    }

    async load(versionId) {
        try {
            const offer = await this.orm.call("gb.ivr.simulator", "get_simulator", [versionId]);
            Object.assign(this.state, {
                hotlines: offer.hotlines,
                canLookUp: offer.can_look_up,
                canSave: offer.can_save,
                scenarios: offer.scenarios,
                isReady: true,
            });
            this.state.start.look_up = offer.can_look_up;
            this.state.start.hotline ||= offer.hotlines[0]?.number || "";
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        }
    }

    async onFlowChanged() {
        if (this.state.result && !this.isGone) {
            await this.run({ isSilent: true });
        }
        try {
            const offer = await this.orm.silent.call("gb.ivr.simulator", "get_simulator", [
                this.props.versionId,
            ]);
            this.state.scenarios = offer.scenarios;
        } catch {
            // the lamps of the scenarios stay as they are
        }
    }

    // --- running -------------------------------------------------------------------------------

    get startValues() {
        const { at, ...others } = this.state.start;
        const moment = at ? DateTime.fromISO(at).toUTC().toFormat("yyyy-MM-dd HH:mm:ss") : false;
        return { ...others, at: moment };
    }

    async run({ isSilent = false } = {}) {
        this.state.isBusy = true;
        const heard = isSilent ? Infinity : this.state.result?.log.length || 0;
        try {
            const result = await this.keepLast.add(
                this.orm.silent.call("gb.ivr.simulator", "simulate", [
                    this.props.versionId,
                    this.startValues,
                    this.state.inputs,
                ])
            );
            // a flow that was changed may no longer take all that was done
            this.state.inputs = this.state.inputs.slice(0, result.used);
            this.state.result = result;
            this.state.values = "";
            this.state.error = "";
            this.props.onSimulated?.({
                node: result.flow === this.props.flowCode ? result.node : "",
                visited: result.visited,
                ways: this.getWays(result.log),
            });
            if (this.state.isSoundOn) {
                this.player.play(
                    result.log.slice(heard).flatMap((row) => (row.kind === "say" ? row.parts : []))
                );
            }
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }

    /** From which node to which: `"a b"`. */
    getWays(log) {
        const codes = log
            .filter((row) => row.kind === "node" && row.flow === this.props.flowCode)
            .map((row) => row.node);
        return codes.slice(1).map((code, index) => `${codes[index]} ${code}`);
    }

    call() {
        this.player.stop();
        Object.assign(this.state, { inputs: [], typed: "", result: null, tab: "call" });
        this.wantsFocus = true;
        return this.run();
    }

    add(input) {
        this.player.stop();
        this.state.inputs = [...this.state.inputs, input];
        this.state.typed = "";
        this.wantsFocus = true;
        return this.run();
    }

    /** One input back. */
    back() {
        this.player.stop();
        this.state.inputs = this.state.inputs.slice(0, -1);
        this.state.typed = "";
        return this.run({ isSilent: true });
    }

    get wait() {
        return this.state.result?.wait;
    }

    get isWaitingForKeys() {
        return this.wait?.do === "collect";
    }

    // --- the caller ------------------------------------------------------------------------------

    press(key) {
        if (!this.isWaitingForKeys || this.state.isBusy) {
            return;
        }
        const { typed, input } = pressKey(this.wait, this.state.typed, key);
        this.state.typed = typed;
        if (input) {
            this.add(input);
        }
    }

    timeOut() {
        const digits = this.state.typed;
        this.add(digits ? { type: "digits", digits, ended: "timeout" } : { type: "timeout" });
    }

    hangUp() {
        this.add({ type: "hangup" });
    }

    onKeydown(ev) {
        if (ev.target.closest("input, textarea, select") || ev.ctrlKey || ev.metaKey || ev.altKey) {
            return;
        }
        if (this.isWaitingForKeys && KEYS.includes(ev.key)) {
            this.press(ev.key);
        } else if (ev.key === "Backspace" && this.state.typed) {
            this.state.typed = this.state.typed.slice(0, -1);
        } else if (ev.key === "Backspace" && this.state.inputs.length) {
            this.back();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    get shownDigits() {
        return this.wait?.masked ? "•".repeat(this.state.typed.length) : this.state.typed;
    }

    // --- what else has to be said by hand ------------------------------------------------------

    get question() {
        const { wait } = this;
        switch (wait.do) {
            case "ask":
                return wait.is_secret
                    ? _t("What does the check say? Secret digits are not compared in a simulation.")
                    : _t("What is the answer?");
            case "http":
                return _t("What does the other system answer?");
            case "record":
                return _t("The caller may speak now.");
            case "transfer":
                return _t("How does the transfer end?");
            case "callback":
                return _t("What becomes of the call-back request?");
        }
        return _t("How does it end?");
    }

    choose(key) {
        const { wait } = this;
        switch (wait.do) {
            case "ask":
            case "http":
                return key === "failed" && !this.state.values
                    ? this.add({ type: "failed" })
                    : this.add({ type: "answer", exit: key, values: this.readValues() });
            case "record":
                return this.add({ type: "recorded", seconds: key === "ok" ? 12 : 0 });
            case "transfer":
                return this.add({ type: "returned", status: key });
        }
        return this.add({ type: "done", exit: key });
    }

    /** Lines `name = value`. */
    readValues() {
        const values = {};
        for (const line of this.state.values.split("\n")) {
            const [name, ...rest] = line.split("=");
            if (name.trim()) {
                values[name.trim()] = rest.join("=").trim();
            }
        }
        return values;
    }

    /** The user wants another answer than the one that was found. */
    changeAnswer(row, exit) {
        const before = row.is_by_hand ? row.position - 1 : row.position;
        this.state.inputs = [
            ...this.state.inputs.slice(0, before),
            { type: "answer", exit, values: {} },
        ];
        this.state.typed = "";
        this.run({ isSilent: true });
    }

    get variables() {
        const { variables, secrets } = this.state.result;
        return [
            ...Object.entries(variables).map(([name, value]) => [
                name,
                typeof value === "object" ? JSON.stringify(value) : String(value),
            ]),
            ...secrets.map((name) => [name, "••••"]),
        ].sort(([a], [b]) => a.localeCompare(b));
    }

    getArgs(row) {
        return Object.entries(row.args)
            .filter(([, value]) => value)
            .map(([name, value]) => `${name} = ${value}`)
            .join(", ");
    }

    listen(part) {
        this.player.play([part]).catch((error) => {
            this.notification.add(error.data?.message || error.message, { type: "warning" });
        });
    }

    toggleSound() {
        this.state.isSoundOn = !this.state.isSoundOn;
        if (!this.state.isSoundOn) {
            this.player.stop();
        }
    }

    // --- scenarios -----------------------------------------------------------------------------

    async saveScenario() {
        await this.guard(async () => {
            this.state.scenarios = await this.orm.call("gb.ivr.scenario", "save_simulation", [
                this.props.versionId,
                this.state.scenarioName,
                this.startValues,
                this.state.inputs,
            ]);
            this.state.scenarioName = "";
            this.notification.add(_t("The scenario is saved."), { type: "success" });
        });
    }

    async runScenarios(ids = null) {
        await this.guard(async () => {
            this.state.scenarios = await this.orm.call("gb.ivr.version", "run_scenarios", [
                [this.props.versionId],
                ids,
            ]);
        });
    }

    async guard(action) {
        this.state.isRunning = true;
        try {
            await action();
        } catch (error) {
            this.notification.add(error.data?.message || error.message, { type: "danger" });
        } finally {
            this.state.isRunning = false;
        }
    }

    /** Shows what a scenario does. */
    openScenario(scenario) {
        const at = DateTime.fromFormat(scenario.start.at, "yyyy-MM-dd HH:mm:ss", { zone: "utc" });
        Object.assign(this.state, {
            inputs: scenario.inputs,
            typed: "",
            tab: "call",
            start: {
                hotline: scenario.start.hotline,
                caller: scenario.start.caller,
                at: at.isValid ? at.toLocal().toFormat("yyyy-MM-dd'T'HH:mm:ss") : "",
                look_up: false,
            },
        });
        this.run({ isSilent: true });
    }

    get failedCount() {
        return this.state.scenarios.filter((scenario) => scenario.state === "failed").length;
    }
}
