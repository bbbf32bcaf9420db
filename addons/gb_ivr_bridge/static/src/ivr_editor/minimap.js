import { Component, useState } from "@odoo/owl";

import { boundsOf, boxOf, toCanvas } from "./geometry";

const WIDTH = 180;
const HEIGHT = 110;

/** The whole flow, small; a click goes there. */
export class Minimap extends Component {
    static template = "gb_ivr_bridge.Minimap";
    static props = { model: Object, view: Object, size: Object, panTo: Function };

    setup() {
        this.model = useState(this.props.model);
        this.width = WIDTH;
        this.height = HEIGHT;
    }

    get window() {
        const { view, size } = this.props;
        const { x, y } = toCanvas(view, 0, 0);
        return { x, y, width: size.width / view.scale, height: size.height / view.scale };
    }

    get boxes() {
        return this.model.list.map((node) => ({
            ...boxOf(node),
            code: node.code,
            group: this.model.getTypeLook(node.type).group,
        }));
    }

    get viewBox() {
        const bounds = boundsOf(this.model.list) || this.window;
        const scale = Math.max(bounds.width / (WIDTH - 12), bounds.height / (HEIGHT - 12), 4);
        const width = WIDTH * scale;
        const height = HEIGHT * scale;
        return {
            x: bounds.x + (bounds.width - width) / 2,
            y: bounds.y + (bounds.height - height) / 2,
            width,
            height,
        };
    }

    go(ev) {
        if (ev.type === "pointermove" && !ev.buttons) {
            return;
        }
        const { left, top } = ev.currentTarget.getBoundingClientRect();
        const { x, y, width, height } = this.viewBox;
        this.props.panTo({
            x: x + ((ev.clientX - left) / WIDTH) * width,
            y: y + ((ev.clientY - top) / HEIGHT) * height,
        });
    }
}
