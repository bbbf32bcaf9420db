import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { getActiveHotkey } from "@web/core/hotkeys/hotkey_service";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { CHOOSABLE, formatKeys } from "../seat/shortcut_keys";
import { SHORTCUTS, hotkeyOf } from "../seat/shortcuts";

/** The agent chooses the keys of his seat: focus a field, press the keys; Backspace leaves none. */
export class ShortcutDialog extends Component {
    static template = "gb_callcenter.ShortcutDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        const keys = Object.keys(SHORTCUTS).map((name) => [name, hotkeyOf(name)]);
        this.state = useState({ keys: Object.fromEntries(keys), refused: false });
        this.formatKeys = formatKeys;
        this.title = _t("Keyboard shortcuts of the seat");
    }

    get rows() {
        const used = Object.values(this.state.keys);
        return Object.entries(SHORTCUTS).map(([name, { label, hotkey }]) => ({
            name,
            label,
            keys: this.state.keys[name],
            isTwice:
                Boolean(this.state.keys[name]) &&
                used.filter((other) => other === this.state.keys[name]).length > 1,
            isDefault: this.state.keys[name] === hotkey,
        }));
    }

    get hasTwice() {
        return this.rows.some((row) => row.isTwice);
    }

    onKeydown(ev, name) {
        if (["Tab", "Escape", "Enter"].includes(ev.key)) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        if (["Backspace", "Delete"].includes(ev.key)) {
            this.state.keys[name] = "";
            return;
        }
        const hotkey = getActiveHotkey(ev);
        if (CHOOSABLE.test(hotkey)) {
            this.state.keys[name] = hotkey;
            this.state.refused = false;
        } else if (!["alt", "control", "shift", "alt+shift"].includes(hotkey)) {
            this.state.refused = _t(
                "%s cannot be used: the browser or Odoo needs it.",
                formatKeys(hotkey)
            );
        }
    }

    reset(name) {
        this.state.keys[name] = SHORTCUTS[name].hotkey;
    }

    async save() {
        const changed = Object.entries(this.state.keys).filter(
            ([name, keys]) => keys !== SHORTCUTS[name].hotkey
        );
        if (await this.seat.setShortcuts(Object.fromEntries(changed))) {
            this.props.close();
        }
    }
}
