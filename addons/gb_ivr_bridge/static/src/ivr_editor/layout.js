import { boxOf, HEAD, heightOf, portOf, snap, WIDTH } from "./geometry";

const GAP_X = 100;
const GAP_Y = 30;
const SWEEPS = 6;

/**
 * The nodes in layers by their distance from where the flow begins. What cannot be reached stands below, each
 * part with layers of its own.
 *
 * @returns {Array[]} parts, each a list of layers, each a list of codes
 */
export function layersOf(nodes) {
    const byCode = new Map(nodes.map((node) => [node.code, node]));
    const followers = (code) =>
        byCode
            .get(code)
            .exits.map((exit) => exit.target)
            .filter((target) => byCode.has(target));
    const seen = new Set();
    const walk = (roots) => {
        const layers = [];
        let layer = roots;
        layer.forEach((code) => seen.add(code));
        while (layer.length) {
            layers.push(layer);
            const next = [];
            for (const target of layer.flatMap(followers)) {
                if (!seen.has(target)) {
                    seen.add(target);
                    next.push(target);
                }
            }
            layer = next;
        }
        return layers;
    };
    const parts = [];
    const start = nodes.filter((node) => node.is_start).map((node) => node.code);
    if (start.length) {
        parts.push(walk(start));
    }
    const entered = new Set(nodes.flatMap((node) => followers(node.code)));
    const orphans = nodes.filter((node) => !entered.has(node.code));
    for (const { code } of [...orphans, ...nodes]) {
        if (!seen.has(code)) {
            parts.push(walk([code]));
        }
    }
    return parts;
}

/** New places for all nodes: `{code: [x, y]}`. */
export function layout(nodes) {
    const placed = {};
    let top = 0;
    for (const layers of layersOf(nodes)) {
        const places = layoutPart(nodes, layers);
        const ys = Object.values(places).map((place) => place.y);
        const shift = top - Math.min(...ys);
        let bottom = top;
        for (const [code, place] of Object.entries(places)) {
            const node = nodes.find((candidate) => candidate.code === code);
            placed[code] = [snap(place.x), snap(place.y + shift)];
            bottom = Math.max(bottom, place.y + shift + heightOf(node));
        }
        top = bottom + 3 * GAP_Y;
    }
    return placed;
}

function layoutPart(nodes, layers) {
    const members = new Set(layers.flat());
    // copies: their places change while the order is sought
    const copies = new Map(
        nodes
            .filter((node) => members.has(node.code))
            .map((node) => [node.code, { ...node, x: 0, y: 0 }])
    );
    const links = [...copies.values()].flatMap((node) =>
        node.exits
            .filter((exit) => members.has(exit.target))
            .map((exit) => ({ from: node.code, key: exit.key, to: exit.target }))
    );
    layers.forEach((layer, index) => {
        for (const code of layer) {
            copies.get(code).x = index * (WIDTH + GAP_X);
        }
        stack(layer.map((code) => copies.get(code)));
    });
    const depth = new Map(layers.flatMap((layer, index) => layer.map((code) => [code, index])));
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
        const isForward = sweep % 2 === 0;
        const order = isForward ? layers.slice(1) : layers.slice(0, -1).reverse();
        for (const layer of order) {
            for (const code of layer) {
                const node = copies.get(code);
                const wishes = links
                    .filter((link) =>
                        isForward
                            ? link.to === code && depth.get(link.from) < depth.get(code)
                            : link.from === code && depth.get(link.to) > depth.get(code)
                    )
                    .map((link) => {
                        const from = copies.get(link.from);
                        return isForward
                            ? portOf(from, link.key).y - HEAD / 2
                            : copies.get(link.to).y +
                                  HEAD / 2 -
                                  (portOf(node, link.key).y - node.y);
                    });
                node.wish = wishes.length
                    ? wishes.reduce((sum, wish) => sum + wish, 0) / wishes.length
                    : node.y;
            }
            const sorted = layer
                .map((code) => copies.get(code))
                .sort((a, b) => a.wish - b.wish || layer.indexOf(a.code) - layer.indexOf(b.code));
            layer.splice(0, layer.length, ...sorted.map((node) => node.code));
            spread(sorted);
        }
    }
    return Object.fromEntries([...copies.values()].map(({ code, x, y }) => [code, { x, y }]));
}

function stack(column) {
    let y = 0;
    for (const node of column) {
        node.y = y;
        y += heightOf(node) + GAP_Y;
    }
}

/** Each node of a column as near to its wish as the order allows: groups that touch share what is left over. */
function spread(column) {
    const groups = [];
    for (const node of column) {
        let group = { nodes: [node], height: boxOf(node).height, sum: node.wish, top: node.wish };
        let before = groups.at(-1);
        while (before && before.top + before.height + GAP_Y > group.top) {
            // where the joined group would begin if each of its nodes had its wish
            const offset = before.height + GAP_Y;
            const count = group.nodes.length;
            group = {
                nodes: [...before.nodes, ...group.nodes],
                height: offset + group.height,
                sum: before.sum + group.sum - count * offset,
            };
            group.top = group.sum / group.nodes.length;
            groups.pop();
            before = groups.at(-1);
        }
        groups.push(group);
    }
    for (const group of groups) {
        let y = group.top;
        for (const node of group.nodes) {
            node.y = y;
            y += heightOf(node) + GAP_Y;
        }
    }
}
