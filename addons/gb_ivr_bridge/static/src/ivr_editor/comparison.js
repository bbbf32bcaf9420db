/**
 * What differs from another version, ready to be drawn.
 *
 * @param {Object[]} nodes of this version
 * @param {Object} diff the server's: `{nodes: {code: "added"|"changed"}, removed: [node], changes: [...]}`; a removed
 *     node is as the canvas of the other version has it, `links`: `{"code key": target there}`
 * @returns {Object} `nodes` and `links` (marks), `ghosts` (nodes that are no more), `lost` (connections that are no
 *     more), `changes` (to be listed)
 */
export function compare(nodes, diff) {
    const ghosts = diff.removed;
    const here = new Map(nodes.map((node) => [node.code, node]));
    const there = new Map(ghosts.map((node) => [node.code, node]));
    const find = (code) => here.get(code) || there.get(code);
    const links = {};
    const lost = [];
    for (const node of nodes) {
        for (const exit of node.exits) {
            const id = `${node.code} ${exit.key}`;
            const before = diff.links[id] || "";
            const now = exit.target || "";
            if (now && now !== before) {
                links[id] = before ? "changed" : "added";
            }
        }
    }
    for (const [id, before] of Object.entries(diff.links)) {
        const [code, key] = id.split(" ");
        const from = find(code);
        const to = find(before);
        const now = here.get(code)?.exits.find((exit) => exit.key === key)?.target || "";
        if (from && to && now !== before && from.exits.some((exit) => exit.key === key)) {
            lost.push({ from, key, to });
        }
    }
    return { nodes: diff.nodes, links, ghosts, lost, changes: diff.changes };
}
