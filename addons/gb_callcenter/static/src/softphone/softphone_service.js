import { markRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Reactive, effect } from "@web/core/utils/reactive";

import { Player, Ringer, getSoundSettings, microphoneConstraints } from "./sound";
import { LibraryError, RegisterError, UnreachableError, phones } from "./sip_phone";
import { callQuality } from "./quality";
import { tabs } from "./tab_lead";

export const FIRST_RETRY = 1000;
export const LONGEST_RETRY = 30000;
/** Before a session's end, in ms: the next one is asked for when there is no call. */
const RENEW_BEFORE = 15 * 60000;
const STATS_EVERY = 2000;
const AUTO_ANSWER_AFTER = 800;
const TEMPORARY_REFUSALS = 500;
/** A telephone system that has just started refuses everybody: only then it is believed. */
export const BELIEVED_REFUSALS = 3;

/** What all tabs show. */
const SHARED = ["status", "problem", "detail", "call", "isSilent", "isRingSilent", "quality"];
const NOTHING = {
    /** "off" | "connecting" | "ready" | "retrying" | "blocked" */
    status: "off",
    /** Why it is not ready: a key of `PROBLEMS`. */
    problem: "",
    /** Words of the server or the browser to it. */
    detail: "",
    /** false, or {state: "ringing" | "answering" | "talking", from} */
    call: false,
    /** The browser wants a click before the caller is heard, or before it rings. */
    isSilent: false,
    isRingSilent: false,
    /** {level: "good" | "fair" | "bad", loss, rtt} of the call */
    quality: false,
};

/**
 * The browser as the telephone of the seat, as long as the agent is signed in at a seat whose telephone it is.
 *
 * One tab is the telephone, the others show its state and hand clicks on to it. Calls are known from the telephone
 * system alone: nothing here writes any.
 */
export class Softphone extends Reactive {
    constructor(env, { orm, "gb_callcenter.seat": seat }) {
        super();
        this.orm = orm;
        this.seat = seat;
        Object.assign(this, NOTHING);
        this.isLeader = false;
        this.ringer = markRaw(new Ringer());
        this.voice = markRaw(new Player());
        this._isConnecting = this._hasRegistered = false;
        this._seatId = false;
        this._tab = null;
        this._phone = null;
        this._account = null;
        this._call = null;
        this._tries = 0;
        this._refusals = 0;
        this._turn = 0;
        this._timers = markRaw({});

        effect((seat) => this._follow(seat), [seat]);
        seat.localCommands.answer = () => this.call?.state === "ringing" && this.answer();
        browser.addEventListener("online", () => this._hurry());
        browser.addEventListener("beforeunload", (ev) => this._call && ev.preventDefault());
        browser.addEventListener("pagehide", () => this._leave());
        browser.addEventListener("pageshow", () => this._follow(seat));
    }

    get isWanted() {
        return Boolean(this._seatId);
    }

    // The seat -------------------------------------------------------------------------------------------------

    _follow(seat) {
        const { seat: own, isSignedIn } = seat;
        const seatId = isSignedIn && own.phone_kind === "browser" && own.id;
        if (seatId !== this._seatId) {
            this._leave();
            this._seatId = seatId;
            if (seatId) {
                this._join();
            }
        }
    }

    _join() {
        if (!tabs.isSecure()) {
            this._show({ status: "blocked", problem: "insecure" });
            return;
        }
        this._show({ status: "connecting" });
        const tab = tabs.join({
            lead: () => {
                this.isLeader = true;
                this._connect();
            },
            message: (message) => this._hear(message),
        });
        this._tab = markRaw(tab);
        tab.tell({ type: "hello" });
    }

    _leave() {
        this._turn++;
        Object.values(this._timers).forEach((timer) => browser.clearTimeout(timer));
        this._call?.hangup();
        this._ended();
        this._drop();
        this._tab?.leave();
        this._tab = null;
        this._seatId = false;
        this.isLeader = false;
        Object.assign(this, NOTHING);
    }

    // The other tabs -------------------------------------------------------------------------------------------

    /** Shows a change here and in all tabs. */
    _show(values) {
        Object.assign(this, values);
        if (this.isLeader) {
            const state = Object.fromEntries(SHARED.map((name) => [name, this[name]]));
            this._tab.tell({ type: "state", state: JSON.parse(JSON.stringify(state)) });
        }
    }

    _hear({ type, state, name }) {
        if (this.isLeader) {
            if (type === "hello") {
                this._show({});
            } else if (
                type === "do" &&
                ["answer", "hangup", "retry", "refreshDevices"].includes(name)
            ) {
                this[name]();
            }
        } else if (type === "state") {
            Object.assign(this, state);
        }
    }

    /** @returns {boolean} whether another tab has to do it, and has been told */
    _handOn(name) {
        if (this._tab && !this.isLeader) {
            this._tab.tell({ type: "do", name });
            return true;
        }
        return false;
    }

    // Registration ---------------------------------------------------------------------------------------------

    async _connect() {
        const turn = ++this._turn;
        const isOld = () => turn !== this._turn;
        browser.clearTimeout(this._timers.retry);
        this._isConnecting = true;
        this._show({ status: this._tries ? "retrying" : "connecting" });
        try {
            const makePhone = await phones.load();
            const refused = await this._findMicrophone();
            if (isOld()) {
                return;
            }
            if (refused) {
                this._block(refused);
                return;
            }
            if (!this._account) {
                const account = await this.orm.silent.call("gb.seat", "get_softphone", []);
                if (isOld()) {
                    return;
                }
                this._account = markRaw({ ...account, server: account.server || sameHost() });
                this._hasRegistered = false;
                this._refusals = 0;
            }
            this._phone ||= markRaw(
                makePhone(this._account, {
                    lost: () => this._lost(),
                    call: (call) => this._ring(call),
                })
            );
            await this._phone.connect();
            await this._phone.register();
            if (isOld()) {
                return;
            }
            this._isConnecting = false;
            this._hasRegistered = true;
            this._tries = this._refusals = 0;
            this._renewLater();
            this._show({ status: "ready", problem: "", detail: "" });
        } catch (error) {
            if (!isOld()) {
                this._isConnecting = false;
                this._failed(error);
            }
        }
    }

    _failed(error) {
        if (error instanceof LibraryError) {
            this._block("library");
        } else if (error instanceof RegisterError) {
            // was it good before, its password has been replaced: by another browser of the same agent
            const isReplaced =
                this._hasRegistered && error.status && error.status < TEMPORARY_REFUSALS;
            if (isReplaced && ++this._refusals === BELIEVED_REFUSALS) {
                this._drop();
                this._block("elsewhere");
            } else {
                if (!isReplaced) {
                    this._drop();
                }
                this._retryLater("refused", error.status ? String(error.status) : "");
            }
        } else if (error instanceof UnreachableError) {
            this._retryLater("unreachable", this._account?.server);
        } else if (error instanceof ConnectionLostError) {
            this._retryLater("server");
        } else if (error instanceof RPCError) {
            this._retryLater("server", error.data?.message || error.message);
        } else {
            this._retryLater("refused", error.message);
        }
    }

    /** Registration or connection is gone without our doing. */
    _lost() {
        if (this.isLeader && !this._isConnecting && this.status === "ready") {
            this._retryLater("unreachable", this._account?.server);
        }
    }

    _retryLater(problem, detail = "") {
        const delay = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this._tries++);
        // not all telephones at once after a break
        this._timers.retry = browser.setTimeout(
            () => this._connect(),
            delay * (0.75 + Math.random() / 2)
        );
        this._show({ status: "retrying", problem, detail });
    }

    /** Only the user can go on. */
    _block(problem) {
        this._isConnecting = false;
        this._show({ status: "blocked", problem, detail: "" });
    }

    _hurry() {
        if (this.isLeader && this.status === "retrying" && !this._isConnecting) {
            this._tries = 0;
            this._connect();
        }
    }

    /** A click on “Try again” or “Use this browser”. */
    async retry() {
        if (this.problem === "microphone") {
            // asked here, where the click was; the answer is good for all tabs
            await this._askMicrophone();
        }
        if (!this._handOn("retry") && this.isLeader && !this._isConnecting) {
            this._tries = 0;
            await this._connect();
        }
    }

    _renewLater() {
        browser.clearTimeout(this._timers.renew);
        const left = this._account.expires_at * 1000 - Date.now() - RENEW_BEFORE;
        this._timers.renew = browser.setTimeout(
            () => {
                if (this._call) {
                    this._renewLater();
                } else {
                    this._drop();
                    this._connect();
                }
            },
            Math.max(60000, left)
        );
    }

    _drop() {
        this._phone?.close();
        this._phone = null;
        this._account = null;
    }

    // Microphone -----------------------------------------------------------------------------------------------

    /** @returns {Promise<string>} the problem, "" when there is none */
    async _findMicrophone() {
        const { mediaDevices, permissions } = browser.navigator;
        try {
            const { state } = await permissions.query({ name: "microphone" });
            if (state !== "granted") {
                return state === "denied" ? "microphone_refused" : "microphone";
            }
        } catch {
            // this browser does not tell: it is found out at the first call
        }
        const devices = await mediaDevices.enumerateDevices();
        return devices.some(({ kind }) => kind === "audioinput") ? "" : "no_microphone";
    }

    async _askMicrophone() {
        try {
            const stream = await browser.navigator.mediaDevices.getUserMedia({ audio: true });
            stream.getTracks().forEach((track) => track.stop());
        } catch {
            // _findMicrophone tells why
        }
    }

    // Calls ----------------------------------------------------------------------------------------------------

    async _ring(call) {
        if (this._call) {
            call.hangup(486);
            return;
        }
        this._call = markRaw(call);
        call.onState = (state) => (state === "talking" ? this._talk() : this._ended(call));
        this._show({ call: { state: "ringing", from: call.from } });
        if (call.isOwn) {
            await this.answer();
            return;
        }
        const isHeard = await this.ringer.ring();
        if (this._call !== call || this.call.state !== "ringing") {
            this.ringer.stop();
            return;
        }
        this._show({ isRingSilent: !isHeard });
        if (getSoundSettings().autoAnswer) {
            this._timers.answer = browser.setTimeout(() => this.answer(), AUTO_ANSWER_AFTER);
        }
    }

    /** @returns {Promise<boolean>} whether there was a call to answer */
    async answer() {
        if (this._handOn("answer")) {
            return true;
        }
        if (this.call?.state !== "ringing") {
            return false;
        }
        const call = this._call;
        this._show({ call: { ...this.call, state: "answering" }, isRingSilent: false });
        this.ringer.stop();
        try {
            await call.accept(microphoneConstraints());
        } catch (error) {
            call.hangup();
            this._ended(call);
            const refused =
                error.name === "NotAllowedError" ? "microphone_refused" : "no_microphone";
            this._drop();
            this._block(refused);
        }
        return true;
    }

    /** Ends the call here: for when the server cannot be asked to. */
    async hangup() {
        if (!this._handOn("hangup")) {
            await this._call?.hangup();
        }
    }

    async _talk() {
        const { connection } = this._call;
        const tracks = connection.getReceivers().map(({ track }) => track);
        this._show({ call: { ...this.call, state: "talking" } });
        const stream = new MediaStream(tracks.filter((track) => track.kind === "audio"));
        const isHeard = await this.voice.play(stream, { device: getSoundSettings().speaker });
        this._show({ isSilent: !isHeard });
        this._watch();
    }

    _watch() {
        const call = this._call;
        let before = {};
        const look = async () => {
            if (this._call !== call || !call.connection) {
                return;
            }
            const { now, quality } = callQuality(await call.connection.getStats(), before);
            before = now;
            if (this._call === call) {
                this._show({ quality });
                this._timers.stats = browser.setTimeout(look, STATS_EVERY);
            }
        };
        look();
    }

    _ended(call = this._call) {
        if (!call || call !== this._call) {
            return;
        }
        call.onState = () => {};
        this._call = null;
        browser.clearTimeout(this._timers.stats);
        browser.clearTimeout(this._timers.answer);
        this.ringer.stop();
        this.voice.stop();
        this._show({ call: false, quality: false, isSilent: false, isRingSilent: false });
    }

    // Sound ----------------------------------------------------------------------------------------------------

    /** A click on “Let me hear it”: only then some browsers let a page sound. */
    async unsilence() {
        const voice = this.voice.resume();
        const ring = this.ringer.resume();
        this._show({ isSilent: !(await voice), isRingSilent: !(await ring) });
    }

    /** The agent has chosen other devices: also for the call that he has now. */
    async refreshDevices() {
        if (this._handOn("refreshDevices") || !this._call) {
            return;
        }
        const { speaker, ringer } = getSoundSettings();
        this.voice.setDevice(speaker);
        this.ringer.setDevice(ringer || speaker);
        const sender = this._call.connection?.getSenders().find(({ track }) => track);
        if (sender) {
            const media = await browser.navigator.mediaDevices.getUserMedia({
                audio: microphoneConstraints(),
            });
            sender.track.stop();
            await sender.replaceTrack(media.getAudioTracks()[0]);
        }
    }
}

/** The web server hands it on to the telephone system (config/nginx.conf). */
function sameHost() {
    const { protocol, host } = browser.location;
    return `${protocol === "https:" ? "wss" : "ws"}://${host}/gb/softphone`;
}

export const softphoneService = {
    dependencies: ["gb_callcenter.seat", "orm"],
    start(env, services) {
        return new Softphone(env, services);
    },
};

registry.category("services").add("gb_callcenter.softphone", softphoneService);
