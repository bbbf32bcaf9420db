/** Where things are on the canvas. Pure functions; a node is `{code, x, y, exits: [{key, target}], summary}`. */

export const GRID = 10;
export const WIDTH = 220;
export const HEAD = 50;
export const SUMMARY = 24;
export const EXIT = 24;
export const FOOT = 8;
export const MIN_SCALE = 0.1;
export const MAX_SCALE = 2;

export function snap(value) {
    return Math.round(value / GRID) * GRID;
}

export function clampScale(scale) {
    return Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
}

export function heightOf(node) {
    // one row more where exits are added
    const exits = node.exits.length + (node.has_own_exits ? 1 : 0);
    return HEAD + (node.summary ? SUMMARY : 0) + exits * EXIT + (exits ? FOOT : 0);
}

export function boxOf(node) {
    return { x: node.x, y: node.y, width: WIDTH, height: heightOf(node) };
}

/** Where connections arrive. */
export function entryOf(node) {
    return { x: node.x, y: node.y + HEAD / 2 };
}

/** Where the connection of an exit begins. */
export function portOf(node, key) {
    const index = node.exits.findIndex((exit) => exit.key === key);
    return {
        x: node.x + WIDTH,
        y: node.y + HEAD + (node.summary ? SUMMARY : 0) + (index + 0.5) * EXIT,
    };
}

/** The box around nodes, or null. */
export function boundsOf(nodes) {
    if (!nodes.length) {
        return null;
    }
    const boxes = nodes.map(boxOf);
    const x = Math.min(...boxes.map((box) => box.x));
    const y = Math.min(...boxes.map((box) => box.y));
    return {
        x,
        y,
        width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
        height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
    };
}

export function overlaps(a, b) {
    return (
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    );
}

/** A box from two corners. */
export function boxBetween(a, b) {
    return {
        x: Math.min(a.x, b.x),
        y: Math.min(a.y, b.y),
        width: Math.abs(a.x - b.x),
        height: Math.abs(a.y - b.y),
    };
}

/** The view `{x, y, scale}` that shows `bounds` in a window of the given size; never larger than life. */
export function fit(bounds, width, height, margin = 40) {
    if (!bounds || !width || !height) {
        return { x: margin, y: margin, scale: 1 };
    }
    const scale = clampScale(
        Math.min(1, (width - 2 * margin) / bounds.width, (height - 2 * margin) / bounds.height)
    );
    return {
        x: (width - bounds.width * scale) / 2 - bounds.x * scale,
        y: (height - bounds.height * scale) / 2 - bounds.y * scale,
        scale,
    };
}

/** The view after zooming by `factor` so that the point (x, y) of the window stays where it is. */
export function zoomAt(view, factor, x, y) {
    const scale = clampScale(view.scale * factor);
    const ratio = scale / view.scale;
    return { x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio, scale };
}

/** A point of the window as a point of the canvas. */
export function toCanvas(view, x, y) {
    return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

/** A curve from an exit to a node; what leads back bends around. */
export function curve(from, to) {
    const distance = to.x - from.x;
    const reach =
        distance > 0 ? Math.max(30, Math.min(distance / 2, 160)) : Math.min(60 - distance / 4, 220);
    return `M${from.x},${from.y} C${from.x + reach},${from.y} ${to.x - reach},${to.y} ${to.x},${to.y}`;
}

/** The middle of that curve. */
export function middle(from, to) {
    return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
}

/** A place near `wish` where a node of this size covers no other. */
export function freePlace(nodes, wish, height = 120) {
    const place = { x: snap(wish.x), y: snap(wish.y) };
    const boxes = nodes.map(boxOf);
    for (let tries = 0; tries < 200; tries++) {
        const box = { x: place.x - 10, y: place.y - 10, width: WIDTH + 20, height: height + 20 };
        const hit = boxes.find((other) => overlaps(box, other));
        if (!hit) {
            break;
        }
        place.y = snap(hit.y + hit.height + 2 * GRID);
    }
    return place;
}
