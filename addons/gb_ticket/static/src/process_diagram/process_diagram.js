import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LINE = 17;
let count = 0;

/** The picture of a process. A click on a state shows what leads there and away from it. */
export class ProcessDiagram extends Component {
    static template = "gb_ticket.ProcessDiagram";
    static props = { ...standardFieldProps };

    setup() {
        this.line = LINE;
        this.marker = `o_gb_arrow_${++count}`;
        this.state = useState({ chosen: "" });
    }

    get diagram() {
        return this.props.record.data[this.props.name];
    }

    toggle(code) {
        this.state.chosen = this.state.chosen === code ? "" : code;
    }

    /** `in`, `out`, `dim`, or nothing while no state is chosen */
    getEdgeLook(edge) {
        const { chosen } = this.state;
        if (!chosen) {
            return "";
        }
        if (edge.from === chosen) {
            return "out";
        }
        return edge.to === chosen ? "in" : "dim";
    }

    getNodeLook(node) {
        const { chosen } = this.state;
        if (!chosen || node.code === chosen) {
            return chosen ? "chosen" : "";
        }
        const { edges, nodes } = this.diagram;
        const isNeighbour =
            edges.some(
                (edge) =>
                    [edge.from, edge.to].includes(chosen) &&
                    [edge.from, edge.to].includes(node.code)
            ) ||
            node.gathered.some((move) => move.from.includes(chosen)) ||
            nodes
                .find((other) => other.code === chosen)
                .gathered.some((move) => move.from.includes(node.code));
        return isNeighbour ? "near" : "dim";
    }

    getSources(move) {
        const names = Object.fromEntries(this.diagram.nodes.map(({ code, name }) => [code, name]));
        return move.from.map((code) => names[code] || code).join(", ");
    }
}

registry.category("fields").add("gb_process_diagram", {
    component: ProcessDiagram,
    supportedTypes: ["json"],
});
