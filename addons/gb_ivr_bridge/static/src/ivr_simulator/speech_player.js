/** Plays parts of a speech one after the other: texts are spoken by the server, sounds are fetched. */
export class SpeechPlayer {
    constructor(call) {
        this.call = call;
        this.sounds = new Map();
        this.turn = 0;
    }

    fetch(part) {
        const key = part.audio || `${part.language} ${part.text}`;
        if (!this.sounds.has(key)) {
            const sound = part.audio
                ? this.call("get_sound", [part.audio])
                : this.call("get_speech", [part.text, part.language]);
            this.sounds.set(key, sound);
            sound.catch(() => this.sounds.delete(key));
        }
        return this.sounds.get(key);
    }

    async play(parts) {
        this.stop();
        const turn = this.turn;
        const fetched = parts.map((part) => this.fetch(part));
        // each is waited for below; what fails after a stop is nobody's business
        fetched.forEach((sound) => sound.catch(() => {}));
        for (const sound of fetched) {
            const audio = new Audio(`data:audio/wav;base64,${await sound}`);
            if (turn !== this.turn) {
                return;
            }
            this.audio = audio;
            await new Promise((resolve) => {
                this.finish = resolve;
                audio.addEventListener("ended", resolve);
                audio.addEventListener("error", resolve);
                audio.play().catch(resolve);
            });
            if (turn !== this.turn) {
                return;
            }
        }
    }

    stop() {
        this.turn++;
        this.audio?.pause();
        this.finish?.();
        this.audio = null;
    }
}
