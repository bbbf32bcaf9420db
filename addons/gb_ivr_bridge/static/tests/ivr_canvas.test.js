import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { manuallyDispatchProgrammaticEvent, press, queryAll, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { Canvas } from "@gb_ivr_bridge/ivr_editor/canvas";
import { CanvasModel } from "@gb_ivr_bridge/ivr_editor/canvas_model";
import { compare } from "@gb_ivr_bridge/ivr_editor/comparison";
import { fit, freePlace, overlaps, boxOf, zoomAt } from "@gb_ivr_bridge/ivr_editor/geometry";
import { layersOf, layout } from "@gb_ivr_bridge/ivr_editor/layout";
import { pressKey } from "@gb_ivr_bridge/ivr_simulator/ivr_simulator";

describe.current.tags("desktop");
defineMailModels();

/** As it is over the wire. */
function copyOf(value) {
    return JSON.parse(JSON.stringify(value));
}

function makeNode(code, values = {}, targets = {}) {
    return {
        id: code.charCodeAt(0),
        code,
        name: code.toUpperCase(),
        type: "play",
        x: 0,
        y: 0,
        is_start: false,
        summary: "",
        has_own_exits: false,
        exits: Object.entries({ next: "", ...targets }).map(([key, target]) => ({
            key,
            name: key,
            target,
            is_own: false,
        })),
        ...values,
    };
}

/** A server that does what the operations say, as the real one does. */
class Server {
    constructor(nodes) {
        this.nodes = nodes;
        this.revision = 1;
        this.calls = [];
    }

    get canvas() {
        return copyOf({
            id: 1,
            name: "Test",
            is_editable: true,
            revision: this.revision,
            types: [{ type: "play", name: "Play", icon: "fa-play", group: "speech" }],
            versions: [],
            issues: [],
            flow: { code: "test" },
            nodes: this.nodes,
        });
    }

    find(code) {
        return this.nodes.find((node) => node.code === code);
    }

    async call(method, args) {
        this.calls.push([method, copyOf(args)]);
        if (this.blocked) {
            await this.blocked;
        }
        if (method === "get_canvas") {
            return this.canvas;
        }
        if (method === "get_snapshots") {
            return copyOf(args[0].map((code) => this.find(code)));
        }
        const [operations, revision] = args;
        if (revision !== this.revision) {
            throw new Error("Somebody else");
        }
        const undo = [];
        const codes = [];
        for (const operation of operations) {
            undo.unshift(...this[operation.do](operation, codes));
        }
        this.revision++;
        return { canvas: this.canvas, undo: copyOf(undo), codes };
    }

    move({ positions }) {
        const before = {};
        for (const [code, [x, y]] of Object.entries(positions)) {
            const node = this.find(code);
            before[code] = [node.x, node.y];
            Object.assign(node, { x, y });
        }
        return [{ do: "move", positions: before }];
    }

    connect({ links }) {
        return links.map((link) => {
            const exit = this.find(link.node).exits.find((leaf) => leaf.key === link.key);
            const before = { ...link, target: exit.target };
            exit.target = link.target;
            return { do: "connect", links: [before] };
        });
    }

    add({ nodes, from, is_copy }, codes) {
        const added = nodes.map((node) => {
            const code = is_copy ? `new${this.nodes.length}` : node.code;
            const made = { ...makeNode(code), ...copyOf(node), code };
            this.nodes.push(made);
            codes.push(code);
            return code;
        });
        const undo = [{ do: "remove", nodes: added }];
        if (from) {
            undo.unshift(...this.connect({ links: [{ ...from, target: added[0] }] }));
        }
        return undo;
    }

    remove({ nodes }) {
        const gone = this.nodes.filter((node) => nodes.includes(node.code));
        this.nodes = this.nodes.filter((node) => !nodes.includes(node.code));
        const links = [];
        for (const node of this.nodes) {
            for (const exit of node.exits) {
                if (nodes.includes(exit.target)) {
                    links.push({ node: node.code, key: exit.key, target: exit.target });
                    exit.target = "";
                }
            }
        }
        return [
            { do: "add", nodes: gone, is_copy: false },
            { do: "connect", links },
        ];
    }
}

let server;
let model;
let errors;

async function start(nodes) {
    server = new Server(nodes);
    errors = [];
    model = CanvasModel.create({
        versionId: 1,
        call: (method, args) => server.call(method, args),
        onError: (error) => errors.push(error.message),
    });
    await model.load();
}

beforeEach(() =>
    start([
        makeNode("a", { is_start: true, x: 10 }, { next: "b" }),
        makeNode("b", { x: 330 }, { next: "c" }),
        makeNode("c", { x: 650 }),
    ])
);

describe("model", () => {
    test("a move is there at once, saved, taken back and done again", async () => {
        const saved = model.move({ b: [400, 50] });
        expect(model.nodes.b.x).toBe(400);
        await saved;
        expect(server.find("b").x).toBe(400);
        await model.undo();
        expect(model.nodes.b.x).toBe(330);
        expect(server.find("b").x).toBe(330);
        await model.redo();
        expect(model.nodes.b.x).toBe(400);
        expect(model.redoStack).toHaveLength(0);
    });

    test("connect, cut and their undo", async () => {
        await model.connect("c", "next", "a");
        expect(server.find("c").exits[0].target).toBe("a");
        expect(model.edges).toHaveLength(3);
        model.selectLink("a", "next");
        await model.cutLink();
        expect(model.edges).toHaveLength(2);
        await model.undo();
        await model.undo();
        expect(model.edges.map((edge) => `${edge.from.code}${edge.to.code}`)).toEqual(["ab", "bc"]);
    });

    test("the same connection again is no change", async () => {
        expect(model.connect("a", "next", "b")).toBe(undefined);
        expect(server.calls).toHaveLength(1);
    });

    test("what is deleted comes back with what led to it", async () => {
        model.select(["b"]);
        const deleted = model.removeSelection();
        expect("b" in model.nodes).toBe(false);
        expect(model.nodes.a.exits[0].target).toBe("");
        await deleted;
        await model.undo();
        expect(model.nodes.a.exits[0].target).toBe("b");
        expect(model.nodes.b.exits[0].target).toBe("c");
        await model.redo();
        expect("b" in model.nodes).toBe(false);
    });

    test("a node added after the chosen one is connected and chosen", async () => {
        model.select(["c"]);
        const code = await model.addAfterSelection("play");
        expect(server.find("c").exits[0].target).toBe(code);
        expect(Object.keys(model.selected)).toEqual([code]);
        await model.undo();
        expect(server.nodes).toHaveLength(3);
        expect(server.find("c").exits[0].target).toBe("");
    });

    test("a new change forgets what could be done again", async () => {
        await model.move({ b: [400, 50] });
        await model.undo();
        await model.move({ c: [400, 50] });
        expect(model.redoStack).toHaveLength(0);
        expect(model.undoStack).toHaveLength(1);
    });

    test("quick changes go one after the other; the last answer is shown", async () => {
        server.blocked = new Deferred();
        const first = model.move({ b: [400, 0] });
        const second = model.move({ c: [800, 0] });
        expect(model.pending).toBe(2);
        server.blocked.resolve();
        await first;
        expect(model.nodes.c.x).toBe(800);
        await second;
        expect(server.find("c").x).toBe(800);
        expect(model.pending).toBe(0);
    });

    test("somebody else's change: told, and shown", async () => {
        server.revision = 9;
        server.find("a").name = "Other";
        const first = model.move({ b: [400, 0] });
        const second = model.move({ c: [800, 0] });
        await first;
        await second;
        expect(errors).toEqual(["Somebody else"]);
        expect(model.nodes.b.x).toBe(330);
        expect(model.nodes.c.x).toBe(650);
        expect(model.nodes.a.name).toBe("Other");
        expect(model.pending).toBe(0);
        await model.move({ b: [400, 0] });
        expect(server.find("b").x).toBe(400);
    });

    test("many arrow keys are one change", async () => {
        model.select(["a", "b"]);
        model.nudge(10, 0);
        model.nudge(10, 0);
        await model.saveNudges();
        expect(server.calls.at(-1)[1][0]).toEqual([
            { do: "move", positions: { a: [30, 0], b: [350, 0] } },
        ]);
        expect(model.saveNudges()).toBe(undefined);
        expect(model.undoStack).toHaveLength(1);
    });

    test("copies are pasted beside, and chosen", async () => {
        model.select(["a", "b"]);
        expect(await model.copy()).toBe(2);
        await model.paste({ x: 100, y: 200 });
        expect(model.list).toHaveLength(5);
        expect(model.selection.map(({ x, y }) => [x, y])).toEqual([
            [100, 200],
            [420, 200],
        ]);
        browser.localStorage.setItem("gb_ivr_clipboard", "no JSON");
        expect(await model.paste({ x: 0, y: 0 })).toBe(undefined);
    });

    test("nothing is changed in a published version", async () => {
        model.canvas.is_editable = false;
        model.select(["a"]);
        model.nudge(10, 0);
        expect(model.removeSelection()).toBe(undefined);
        expect(model.connect("c", "next", "a")).toBe(undefined);
        expect(model.undo()).toBe(undefined);
        expect(model.nodes.a.x).toBe(10);
    });
});

describe("layout", () => {
    const nodes = [
        makeNode("start", { is_start: true }, { 1: "left", 2: "right", next: "start" }),
        makeNode("left", {}, { next: "end" }),
        makeNode("right", {}, { next: "end" }),
        makeNode("end", {}, { next: "start" }),
        makeNode("lost", {}, { next: "lost2" }),
        makeNode("lost2"),
    ];

    test("layers are the distance from the start; the rest stands by itself", () => {
        expect(layersOf(nodes)).toEqual([
            [["start"], ["left", "right"], ["end"]],
            [["lost"], ["lost2"]],
        ]);
    });

    test("nothing covers anything, and what was drawn is not changed", () => {
        const before = JSON.stringify(nodes);
        const places = layout(nodes);
        expect(JSON.stringify(nodes)).toBe(before);
        const boxes = nodes.map((node) => {
            const [x, y] = places[node.code];
            return boxOf({ ...node, x, y });
        });
        for (const [index, box] of boxes.entries()) {
            expect(boxes.slice(index + 1).some((other) => overlaps(box, other))).toBe(false);
        }
        expect(places.start[0]).toBeLessThan(places.left[0]);
        expect(places.left[0]).toBe(places.right[0]);
        expect(places.lost[1]).toBeGreaterThan(places.end[1]);
    });

    test("a circle without a start is laid out as well", () => {
        const places = layout([makeNode("x", {}, { next: "y" }), makeNode("y", {}, { next: "x" })]);
        expect(Object.keys(places)).toEqual(["x", "y"]);
    });

    test("zoom keeps the point under the pointer, within limits", () => {
        const view = zoomAt({ x: 0, y: 0, scale: 1 }, 1.5, 100, 40);
        expect((100 - view.x) / view.scale).toBe(100);
        expect(zoomAt(view, 100, 0, 0).scale).toBe(2);
    });

    test("fitting shows all, and is never larger than life", () => {
        expect(fit({ x: 0, y: 0, width: 100, height: 100 }, 800, 600).scale).toBe(1);
        expect(fit({ x: 0, y: 0, width: 1440, height: 100 }, 800, 600).scale).toBe(0.5);
        expect(fit(null, 0, 0).scale).toBe(1);
    });

    test("a new node finds a free place", () => {
        const place = freePlace([makeNode("a")], { x: 3, y: 8 });
        expect(place.x).toBe(0);
        expect(place.y).toBeGreaterThan(80);
    });
});

describe("comparison", () => {
    test("connections that are new, changed and gone", () => {
        const nodes = [
            makeNode("a", {}, { next: "b", other: "b" }),
            makeNode("b", {}, { next: "" }),
        ];
        const gone = makeNode("z", {}, { next: "b" });
        const result = compare(nodes, {
            nodes: { a: "changed" },
            removed: [gone],
            links: { "a other": "z", "b next": "a", "z next": "b" },
            changes: [],
        });
        expect(result.links).toEqual({ "a next": "added", "a other": "changed" });
        expect(result.lost.map((edge) => `${edge.from.code}${edge.to.code}`)).toEqual([
            "az",
            "ba",
            "zb",
        ]);
    });
});

describe("telephone", () => {
    const question = { max: 4, terminator: "#" };

    test("keys are collected until there are enough, or the caller ends them", () => {
        expect(pressKey(question, "12", "3")).toEqual({ typed: "123", input: null });
        expect(pressKey(question, "123", "4").input).toEqual({
            type: "digits",
            digits: "1234",
            ended: "full",
        });
        expect(pressKey(question, "12", "#").input).toEqual({
            type: "digits",
            digits: "12",
            ended: "terminator",
        });
        expect(pressKey({ max: 1, terminator: "" }, "", "#").input.digits).toBe("#");
    });
});

describe("canvas", () => {
    let api;

    async function mountCanvas(opened = []) {
        await mountWithCleanup(Canvas, {
            props: {
                model,
                onOpen: (code) => opened.push(code),
                registerApi: (given) => (api = given),
            },
        });
        await animationFrame();
        return opened;
    }

    async function point(type, target, x, y) {
        await manuallyDispatchProgrammaticEvent(target, type, {
            button: 0,
            clientX: x,
            clientY: y,
            bubbles: true,
        });
        await animationFrame();
    }

    test("nodes, ports and connections are drawn", async () => {
        await mountCanvas();
        expect(".o_gb_flow_node").toHaveCount(3);
        expect(".o_gb_flow_link").toHaveCount(2);
        expect("[data-node=a] .o_gb_flow_start").toHaveCount(1);
        expect("[data-node=c] [data-port=next][data-connected=no]").toHaveCount(1);
    });

    test("Tab goes in reading order, arrows move, Delete removes", async () => {
        await mountCanvas();
        queryOne("[data-node=a]").focus();
        await animationFrame();
        await press("Tab");
        await animationFrame();
        await animationFrame();
        expect("[data-node=b]").toBeFocused();
        expect(Object.keys(model.selected)).toEqual(["b"]);
        await press("ArrowDown");
        await press(["Shift", "ArrowRight"]);
        await advanceTime(600);
        await animationFrame();
        expect([server.find("b").x, server.find("b").y]).toEqual([380, 10]);
        await press("Delete");
        await animationFrame();
        expect(".o_gb_flow_node").toHaveCount(2);
        await model.undo();
        await animationFrame();
        expect(queryAll(".o_gb_flow_link")).toHaveLength(2);
    });

    test("an exit is connected by keys", async () => {
        const opened = await mountCanvas();
        queryOne("[data-node=c]").focus();
        await animationFrame();
        await press("Enter");
        expect(opened).toEqual(["c"]);
        queryOne("[data-node=c] [data-port=next]").focus();
        await press("Enter");
        await animationFrame();
        expect(".o_gb_canvas_hint").toHaveCount(1);
        queryOne("[data-node=a]").focus();
        await press("Enter");
        await animationFrame();
        expect(server.find("c").exits[0].target).toBe("a");
        expect(".o_gb_canvas_hint").toHaveCount(0);
    });

    test("an exit is connected by drawing a line", async () => {
        await mountCanvas();
        const port = queryOne("[data-node=c] [data-port=next]");
        const target = queryOne("[data-node=a] .o_gb_flow_name").getBoundingClientRect();
        await point("pointerdown", port, 0, 0);
        await point("pointermove", window, target.x + 5, target.y + 5);
        expect(".o_gb_flow_drawn").toHaveCount(1);
        expect("[data-node=a].o_target").toHaveCount(1);
        await point("pointerup", window, target.x + 5, target.y + 5);
        expect(server.find("c").exits[0].target).toBe("a");
    });

    test("a node is dragged on the grid; Escape puts it back", async () => {
        await mountCanvas();
        const node = queryOne("[data-node=b]");
        await point("pointerdown", node, 100, 100);
        await point("pointermove", window, 133, 100);
        expect(model.nodes.b.x % 10).toBe(0);
        expect(model.nodes.b.x).toBeGreaterThan(330);
        await press("Escape");
        expect(model.nodes.b.x).toBe(330);
        await point("pointerup", window, 140, 100);
        expect(server.calls.filter(([method]) => method === "change_canvas")).toHaveLength(0);
        expect(api.center()).not.toBe(undefined);
    });
});
