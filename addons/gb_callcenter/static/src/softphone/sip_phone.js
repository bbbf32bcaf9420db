import { loadBundle } from "@web/core/assets";

/** Seconds between two registrations at most; a phone that has vanished is known to be away after them. */
const EXPIRES = 120;
/** Percent of them after which the registration is renewed. */
const REFRESH = 60;

/** The telephone system has refused the registration. */
export class RegisterError extends Error {
    constructor(status) {
        super(`registration refused: ${status}`);
        this.status = status;
    }
}

/** The library is not there. */
export class LibraryError extends Error {}

/** The address cannot be reached: no network, a wrong address or a certificate that the browser does not trust. */
export class UnreachableError extends Error {}

/** One call, ringing or talking. `onState("talking" | "ended")` tells where it has got to. */
export class SipCall {
    constructor(SIP, session) {
        this.SIP = SIP;
        this.session = session;
        this.from = session.remoteIdentity.uri.user || "";
        /** The agent has asked for it himself, by a click: nothing has to ring. */
        this.isOwn = session.request.getHeader("X-GB-Own") === "1";
        this.onState = () => {};
        session.stateChange.addListener((state) => {
            if (state === SIP.SessionState.Established) {
                this.onState("talking");
            } else if (state === SIP.SessionState.Terminated) {
                this.onState("ended");
            }
        });
    }

    /** @returns {RTCPeerConnection|undefined} */
    get connection() {
        return this.session.sessionDescriptionHandler?.peerConnection;
    }

    /** @param {MediaTrackConstraints} audio */
    accept(audio) {
        const constraints = { audio, video: false };
        return this.session.accept({ sessionDescriptionHandlerOptions: { constraints } });
    }

    /** Ends it, or refuses it while it rings. */
    hangup(status = 480) {
        const { Established, Initial } = this.SIP.SessionState;
        if (this.session.state === Established) {
            return this.session.bye();
        }
        return this.session.state === Initial ? this.session.reject({ statusCode: status }) : null;
    }
}

/**
 * A telephone of the browser's own: SIP.js behind the few things that a seat needs.
 *
 * `on.lost()`: no connection, or no registration any more; `on.call(SipCall)`: it rings.
 */
export class SipPhone {
    constructor(SIP, account, on) {
        this.SIP = SIP;
        this.on = on;
        this.isClosed = false;
        this.agent = new SIP.UserAgent({
            uri: SIP.UserAgent.makeURI(account.uri),
            authorizationUsername: account.user,
            authorizationPassword: account.password,
            transportOptions: { server: account.server, connectionTimeout: 10, traceSip: false },
            sessionDescriptionHandlerFactoryOptions: {
                iceGatheringTimeout: 1000,
                peerConnectionConfiguration: { iceServers: account.ice_servers },
            },
            // errors are told on the screen; its log would have what passes over the line
            logBuiltinEnabled: false,
            logConfiguration: false,
            reconnectionAttempts: 0,
            delegate: {
                onDisconnect: () => this._lost(),
                onInvite: (session) => this.on.call(new SipCall(SIP, session)),
            },
        });
        this.registerer = new SIP.Registerer(this.agent, {
            expires: EXPIRES,
            refreshFrequency: REFRESH,
            logConfiguration: false,
        });
        this.registerer.stateChange.addListener((state) => {
            if (state === SIP.RegistererState.Unregistered) {
                this._lost();
            }
        });
    }

    _lost() {
        if (!this.isClosed) {
            this.on.lost();
        }
    }

    /** @throws {UnreachableError} */
    async connect() {
        try {
            if (!this.agent.isConnected()) {
                await (this.agent.state === "Started"
                    ? this.agent.reconnect()
                    : this.agent.start());
            }
        } catch (error) {
            throw new UnreachableError(error.message);
        }
    }

    /** @throws {RegisterError} */
    register() {
        return new Promise((resolve, reject) => {
            const refuse = (status) => reject(new RegisterError(status));
            this.registerer
                .register({
                    requestDelegate: {
                        onAccept: () => resolve(),
                        onReject: ({ message }) => refuse(message.statusCode),
                    },
                })
                .catch(() => refuse(0));
        });
    }

    /** No longer a telephone; the closed connection ends the registration. */
    close() {
        this.isClosed = true;
        return this.agent.stop().catch(() => {});
    }
}

/** What the service works with: replaced in tests. */
export const phones = {
    /** @throws {LibraryError} */
    async load() {
        try {
            await loadBundle("gb_callcenter.assets_softphone");
        } catch (error) {
            throw new LibraryError(error.message);
        }
        const { SIP } = window;
        if (!SIP?.UserAgent) {
            throw new LibraryError("SIP.js is not there");
        }
        return (account, on) => new SipPhone(SIP, account, on);
    },
};
