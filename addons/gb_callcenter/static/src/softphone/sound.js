import { browser } from "@web/core/browser/browser";

const STORED = "gb_callcenter.softphone";
const RATE = 8000;
/** [seconds, frequencies in Hz]: what a telephone rings, and a tone to hear whether there is sound. */
const RING = [
    [0.4, [440, 480]],
    [0.2, []],
    [0.4, [440, 480]],
    [2, []],
];
export const TEST_TONE = [
    [0.25, [523]],
    [0.25, [659]],
    [0.5, [784]],
];

/** What the agent has chosen in this browser; empty: as the system does. */
export function getSoundSettings() {
    let stored = {};
    try {
        stored = JSON.parse(browser.localStorage.getItem(STORED)) || {};
    } catch {
        // unreadable: as if nothing had been chosen
    }
    return { microphone: "", speaker: "", ringer: "", volume: 1, autoAnswer: false, ...stored };
}

export function setSoundSettings(settings) {
    browser.localStorage.setItem(STORED, JSON.stringify(settings));
}

/** @returns {MediaTrackConstraints} a device that has been unplugged is replaced by what there is */
export function microphoneConstraints({ microphone } = getSoundSettings()) {
    return {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(microphone && { deviceId: { ideal: microphone } }),
    };
}

/** Let an element sound at a device. Where the browser cannot, or the device is gone, the system's own one is used. */
export async function setSink(element, deviceId) {
    try {
        await element.setSinkId?.(deviceId || "");
    } catch {
        await element.setSinkId("").catch(() => {});
    }
}

/** @returns {Blob} a WAV file of the tones */
export function makeTones(parts) {
    const samples = [];
    for (const [seconds, frequencies] of parts) {
        const length = Math.round(seconds * RATE);
        for (let i = 0; i < length; i++) {
            const edge = Math.min(1, i / 80, (length - i) / 80);
            const sum = frequencies.reduce((t, f) => t + Math.sin((2 * Math.PI * f * i) / RATE), 0);
            samples.push((sum / (frequencies.length || 1)) * edge * 0.5 * 0x7fff);
        }
    }
    const data = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const text = (at, word) =>
        [...word].forEach((char, i) => data.setUint8(at + i, char.charCodeAt(0)));
    text(0, "RIFF");
    data.setUint32(4, 36 + samples.length * 2, true);
    text(8, "WAVEfmt ");
    data.setUint32(16, 16, true);
    data.setUint16(20, 1, true);
    data.setUint16(22, 1, true);
    data.setUint32(24, RATE, true);
    data.setUint32(28, RATE * 2, true);
    data.setUint16(32, 2, true);
    data.setUint16(34, 16, true);
    text(36, "data");
    data.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, i) => data.setInt16(44 + i * 2, sample, true));
    return new Blob([data], { type: "audio/wav" });
}

/** Plays a stream or tones. `play` gives false when the browser wants a click of the user first. */
export class Player {
    constructor() {
        this.element = null;
    }

    /**
     * @param {MediaStream|Blob} source
     * @param {{device?: string, loop?: boolean, volume?: number}} [options]
     */
    async play(source, { device = "", loop = false, volume = 1 } = {}) {
        this.stop();
        const element = (this.element = new Audio());
        element.loop = loop;
        element.volume = volume;
        if (source instanceof MediaStream) {
            element.srcObject = source;
        } else {
            element.src = URL.createObjectURL(source);
        }
        await setSink(element, device);
        return this.resume();
    }

    /** After a click of the user. */
    async resume() {
        try {
            await this.element?.play();
            return true;
        } catch (error) {
            // stopped before it had begun
            return error.name !== "NotAllowedError";
        }
    }

    setDevice(device) {
        return this.element && setSink(this.element, device);
    }

    stop() {
        if (this.element) {
            this.element.pause();
            if (this.element.src) {
                URL.revokeObjectURL(this.element.src);
            }
            this.element.srcObject = null;
            this.element = null;
        }
    }
}

let ringTone;

/** The ring of this telephone, until it is stopped. */
export class Ringer extends Player {
    ring() {
        const { ringer, speaker, volume } = getSoundSettings();
        ringTone ||= makeTones(RING);
        return this.play(ringTone, { device: ringer || speaker, loop: true, volume });
    }
}
