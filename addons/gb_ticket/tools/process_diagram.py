"""Layout of a process as a picture: boxes in layers from top to bottom, arrows with the names of the moves.

Pure geometry, no ORM. The straight way runs down the first column; what leaves it is put to the right. Moves back run
in lanes on the left, moves that skip layers in lanes on the right; moves from many states are drawn once.
"""

import unicodedata
from collections import defaultdict

BOX_WIDTH, BOX_HEIGHT, NOTE_HEIGHT = 172, 38, 16
COLUMN_GAP, ROW_GAP, LINE = 56, 46, 17
PORT, LANE, MARGIN = 15, 20, 14
MANY = 4  # moves from this many states to one that is reached in no other way are drawn once
LETTER, WIDE_LETTER = 6.3, 12.0


def get_layout(states, moves, start):
    """Place the states and route the moves.

    :param states: list of {code, name, phase}, in their usual order
    :param moves: list of {code, name, style, target: ``state``/``same``/``previous``, from: [codes], to: code or None}
    :param start: code of the state in which the process begins
    :return: {width, height, nodes: [{code, name, phase, x, y, width, height, notes, sources, source_text}],
        edges: [{from, to, path, x, y, anchor, labels: [{code, name, style}]}]}
    """
    return _Layout(states, moves, start).draw()


def get_text_width(text):
    """:return: about how wide ``text`` is at 12 px; Chinese letters are twice as wide"""
    return sum(
        WIDE_LETTER if unicodedata.east_asian_width(letter) in "WF" else LETTER for letter in text
    )


class _Layout:
    def __init__(self, states, moves, start):
        self.states = {state["code"]: state for state in states}
        self.order = {state["code"]: index for index, state in enumerate(states)}
        self.start = start
        self.notes = defaultdict(list)
        self.gathered = defaultdict(list)  # state: moves that come from many states
        self.edges = defaultdict(list)  # (from, to): moves
        self._sort_moves(moves)
        self._set_layers()
        self._set_columns()

    # --- what is drawn how ---------------------------------------------------------------------
    def _sort_moves(self, moves):
        reached = defaultdict(list)
        for move in moves:
            if move["target"] == "state" and move["to"]:
                reached[move["to"]].append(move)
        gathered = {
            code
            for code, into in reached.items()
            if all(len(move["from"]) >= MANY for move in into)
        }
        for move in moves:
            if move["target"] != "state":
                sign = "↻" if move["target"] == "same" else "↶"
                for code in move["from"]:
                    self.notes[code].append({**_name(move), "text": f"{sign} {move['name']}"})
            elif move["to"] in gathered:
                self.gathered[move["to"]].append(move)
            else:
                for code in move["from"]:
                    self.edges[code, move["to"]].append(_name(move))

    def _set_layers(self):
        """Longest way from the start along the moves that go forward in the usual order of states."""
        self.layer = dict.fromkeys(self.states, 0)
        forward = sorted(
            (edge for edge in self.edges if self.order[edge[0]] < self.order[edge[1]]),
            key=lambda edge: self.order[edge[0]],
        )
        self.before = {}
        for source, target in forward:
            if self.layer[source] + 1 > self.layer[target]:
                self.layer[target] = self.layer[source] + 1
                self.before[target] = source
        last = max((self.layer[code] for code in self._placed()), default=0)
        for code in self.states:
            if code in self.gathered:
                self.layer[code] = last + 1

    def _placed(self):
        return [code for code in self.states if code not in self.gathered]

    def _set_columns(self):
        """The longest way is the first column; the others follow to the right."""
        placed = self._placed()
        code = max(placed, key=lambda code: (self.layer[code], -self.order[code]), default=None)
        way = set()
        while code:
            way.add(code)
            code = self.before.get(code)
        self.column, taken = {}, defaultdict(int)
        for code in sorted(placed, key=lambda code: (code not in way, self.order[code])):
            layer = self.layer[code]
            self.column[code] = taken[layer]
            taken[layer] += 1
        for index, code in enumerate(self.gathered):
            self.column[code] = index

    # --- how the moves run ---------------------------------------------------------------------
    def _get_way(self, source, target):
        """:return: ``down``, ``across`` or ``up`` (between neighbouring layers), ``left`` or ``right`` (in a lane)"""
        step = self.layer[target] - self.layer[source]
        first = self.column[source] == 0 == self.column[target]
        if step == 1:
            return "down" if self.column[source] == self.column[target] else "across"
        if step == -1 and self.column[source] > self.column[target] == 0:
            return "up"
        return "left" if first and step < 0 else "right"

    def draw(self):
        ways = {edge: self._get_way(*edge) for edge in self.edges}
        lanes = self._get_lanes(ways)
        side = {
            way: max(
                (
                    get_text_width(label["name"])
                    for edge, labels in self.edges.items()
                    if ways[edge] == way
                    for label in labels
                ),
                default=0,
            )
            for way in ("left", "right")
        }
        left = max((lane for edge, lane in lanes.items() if ways[edge] == "left"), default=-1) + 1
        self.x0 = MARGIN + (side["left"] + 24 + left * LANE if left else 0)
        self._set_boxes(ways, lanes)
        right = max(box["x"] + box["width"] for box in self.boxes.values())
        self.right_lane = right + max(24, side["right"] - COLUMN_GAP)
        self.left_lane = self.x0 - side["left"] - 24
        edges = [self._route(edge, ways[edge], lanes.get(edge)) for edge in self.edges]
        count = max((lane for edge, lane in lanes.items() if ways[edge] == "right"), default=-1) + 1
        width = (self.right_lane + count * LANE if count else right) + MARGIN
        bottom = max(box["y"] + box["height"] for box in self.boxes.values())
        return {
            "width": round(width),
            "height": round(bottom + MARGIN),
            "nodes": list(self.boxes.values()),
            "edges": edges,
        }

    def _get_lanes(self, ways):
        """Short ones inside, long ones outside; two that overlap never share a lane."""
        lanes = {}
        for side in ("left", "right"):
            taken = []
            edges = [edge for edge, way in ways.items() if way == side]
            for edge in sorted(
                edges, key=lambda edge: abs(self.layer[edge[0]] - self.layer[edge[1]])
            ):
                low, high = sorted(self.layer[code] for code in edge)
                lane = 0
                while any(
                    lane == other and low <= end and begin <= high for other, begin, end in taken
                ):
                    lane += 1
                taken.append((lane, low, high))
                lanes[edge] = lane
        return lanes

    def _set_boxes(self, ways, lanes):
        self.ports = self._get_ports(ways, lanes)
        rows = defaultdict(list)
        for code, column in self.column.items():
            rows[self.layer[code]].append((column, code))
        self.boxes, self.tracks = {}, {}
        y = MARGIN
        for layer in sorted(rows):
            y += self._set_tracks(layer, y, ways)
            if any(code in self.gathered for _column, code in rows[layer]):
                y += LINE * max(
                    len(self.gathered[code])
                    for _column, code in rows[layer]
                    if code in self.gathered
                )
            height = 0
            for column, code in sorted(rows[layer]):
                sides = max(len(self.ports[code, "left"]), len(self.ports[code, "right"]))
                box = {
                    **self.states[code],
                    "x": round(self.x0 + column * (BOX_WIDTH + COLUMN_GAP)),
                    "y": round(y),
                    "width": BOX_WIDTH,
                    "height": max(
                        BOX_HEIGHT + NOTE_HEIGHT * len(self.notes[code]), PORT * (sides + 1)
                    ),
                    "notes": self.notes[code],
                    "gathered": [
                        {**_name(move), "from": move["from"]}
                        for move in self.gathered.get(code, [])
                    ],
                    "is_start": code == self.start,
                }
                self.boxes[code] = box
                height = max(height, box["height"])
            y += height

    def _get_ports(self, ways, lanes):
        """:return: {(state, side): edges in the order in which they touch that side}"""
        ports = defaultdict(list)
        for edge, way in ways.items():
            if way in ("left", "right"):
                for code in edge:
                    ports[code, way].append(edge)
            elif way in ("across", "up"):
                ports[edge[0] if way == "across" else edge[1], "bottom"].append(edge)
        for (code, side), edges in ports.items():
            if side == "bottom":
                edges.sort(
                    key=lambda edge, code=code: (
                        self.column[edge[0] if edge[1] == code else edge[1]],
                        edge[1] == code,
                    )
                )
            else:
                edges.sort(
                    key=lambda edge, code=code: self._get_port_order(edge, code, lanes[edge])
                )
        return ports

    def _get_port_order(self, edge, code, lane):
        """From top to bottom without crossing: to states above the outer lanes lie lower, to states below higher."""
        other = edge[0] if edge[1] == code else edge[1]
        above = self.layer[other] < self.layer[code]
        return (0, lane) if above else (1, -lane)

    def _set_tracks(self, layer, y, ways):
        """Heights at which moves between this layer and the one above run sideways. :return: height of the gap"""
        if layer == 0:
            return 0
        edges = [
            edge
            for edge, way in ways.items()
            if way in ("across", "up") and max(self.layer[code] for code in edge) == layer
        ]
        edges.sort(
            key=lambda edge: (max(self.column[code] for code in edge), ways[edge] == "up"),
            reverse=True,
        )
        lines = 0
        for edge in edges:
            lines += len(self.edges[edge])
            self.tracks[edge] = y + 8 + lines * LINE
        labels = max(
            (
                len(moves)
                for edge, moves in self.edges.items()
                if ways[edge] == "down" and self.layer[edge[1]] == layer
            ),
            default=0,
        )
        return max(ROW_GAP, labels * LINE + 26, lines * LINE + 34 if lines else 0)

    # --- lines ---------------------------------------------------------------------------------
    def _route(self, edge, way, lane):
        source, target = (self.boxes[code] for code in edge)
        moves = self.edges[edge]
        if way == "down":
            x = source["x"] + BOX_WIDTH / 2
            begin, end = source["y"] + source["height"], target["y"]
            points = [(x, begin), (x, end)]
            label = (x - 7, (begin + end) / 2 - LINE * (len(moves) - 1) / 2 + 4, "end")
        elif way in ("across", "up"):
            upper, lower = (source, target) if way == "across" else (target, source)
            ports = self.ports[upper["code"], "bottom"]
            step = min(PORT, (BOX_WIDTH / 2 - 12) / len(ports))
            port = upper["x"] + BOX_WIDTH / 2 + step * (ports.index(edge) + 1)
            middle = lower["x"] + BOX_WIDTH / 2 + (0 if way == "across" else 26)
            track = self.tracks[edge]
            points = [
                (port, upper["y"] + upper["height"]),
                (port, track),
                (middle, track),
                (middle, lower["y"]),
            ]
            if way == "up":
                points.reverse()
            label = (middle - 6, track - 4 - LINE * (len(moves) - 1), "end")
        else:
            sign = -1 if way == "left" else 1
            x = (self.left_lane if way == "left" else self.right_lane) + sign * lane * LANE
            ends = []
            for box in (source, target):
                ports = self.ports[box["code"], way]
                y = box["y"] + box["height"] * (ports.index(edge) + 1) / (len(ports) + 1)
                ends.append((box["x"] + (BOX_WIDTH if way == "right" else 0), y))
            points = [ends[0], (x, ends[0][1]), (x, ends[1][1]), ends[1]]
            label = (
                ends[0][0] + sign * 8,
                ends[0][1] - 4 - LINE * (len(moves) - 1),
                "start" if way == "right" else "end",
            )
        return {
            "from": edge[0],
            "to": edge[1],
            "path": _get_path(points),
            "x": round(label[0], 1),
            "y": round(label[1], 1),
            "anchor": label[2],
            "labels": moves,
        }


def _name(move):
    return {"code": move["code"], "name": move["name"], "style": move["style"]}


def _get_path(points, radius=8):
    """:return: SVG path through ``points``, corners rounded"""
    parts = ["M{:.1f},{:.1f}".format(*points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = (_towards(corner, other, radius) for other in (before, after))
        parts.append("L{:.1f},{:.1f}".format(*into))
        parts.append("Q{:.1f},{:.1f} {:.1f},{:.1f}".format(*corner, *out))
    parts.append("L{:.1f},{:.1f}".format(*points[-1]))
    return " ".join(parts)


def _towards(corner, other, radius):
    """:return: the point at most ``radius`` from ``corner`` on the way to ``other``"""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    share = min(radius, length / 2) / length if length else 0
    return corner[0] + dx * share, corner[1] + dy * share
