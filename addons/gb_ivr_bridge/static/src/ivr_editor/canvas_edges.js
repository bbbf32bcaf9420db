import { Component, useState } from "@odoo/owl";

import { curve, entryOf, middle, portOf } from "./geometry";

/** The connections, and the one that is being drawn. */
export class CanvasEdges extends Component {
    static template = "gb_ivr_bridge.CanvasEdges";
    static props = {
        model: Object,
        drag: { type: [Object, { value: null }], optional: true },
        comparison: { type: [Object, { value: null }], optional: true },
        ways: Array,
    };

    setup() {
        this.model = useState(this.props.model);
    }

    get edges() {
        const { link } = this.model;
        const { drag, comparison, ways } = this.props;
        return this.model.edges.map(({ from, key, to }) => {
            const begin = portOf(from, key);
            const end = entryOf(to);
            const isSelected = link && link.node === from.code && link.key === key;
            const isNear = this.model.selected[from.code] || this.model.selected[to.code];
            return {
                id: `${from.code} ${key}`,
                node: from.code,
                key,
                path: curve(begin, end),
                middle: middle(begin, end),
                isSelected,
                look: isSelected ? "selected" : isNear ? "near" : "",
                mark: comparison?.links[`${from.code} ${key}`] || "",
                isVisited: ways.includes(`${from.code} ${to.code}`),
                isDragged: drag?.kind === "link" && drag.node === from.code && drag.key === key,
            };
        });
    }

    /** Connections of the version that is compared with, and no more of this one. */
    get lost() {
        const { comparison } = this.props;
        return (comparison?.lost || []).map(({ from, key, to }) => ({
            id: `${from.code} ${key}`,
            path: curve(portOf(from, key), entryOf(to)),
        }));
    }

    get drawn() {
        const { drag } = this.props;
        if (drag?.kind !== "link" || !drag.isMoved) {
            return "";
        }
        const from = portOf(this.model.nodes[drag.node], drag.key);
        const over = drag.over && this.model.nodes[drag.over];
        return curve(from, over ? entryOf(over) : drag.to);
    }

    onDown(ev, edge) {
        if (ev.button === 0) {
            ev.stopPropagation();
            this.model.selectLink(edge.node, edge.key);
        }
    }

    onCut(ev, edge) {
        ev.stopPropagation();
        this.model.selectLink(edge.node, edge.key);
        this.model.cutLink();
    }
}
