/** The drawing of the state machine: what is where, for definitions of any shape. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphOf, graphText } from "../../site/src/pipeline/graph.ts";
import { type Layout, layoutOf } from "../../site/src/pipeline/layout.ts";
import type { PipelineDefinition } from "../../site/src/pipeline/pipeline-api.ts";
import { type Box, END, edgesOf, START } from "../../site/src/pipeline/rails.ts";
import { stacksOf, tilePlaces } from "../../site/src/pipeline/tile-places.ts";
import { underWay } from "./pipeline-support.ts";

interface Written {
  StartAt: string;
  States: Record<
    string,
    {
      Type: string;
      Next?: string;
      Default?: string;
      Choices?: { Next: string }[];
      Catch?: { ErrorEquals: string[]; Next: string }[];
    }
  >;
}

const written: Written = JSON.parse(
  readFileSync(new URL("../../statemachine/image-pipeline.asl.json", import.meta.url), "utf8"),
);
const ours: PipelineDefinition = {
  startAt: written.StartAt,
  states: Object.fromEntries(
    Object.entries(written.States).map(([name, { Type, Next, Default, Choices = [], Catch = [] }]) => [
      name,
      {
        type: Type,
        next: [...Choices.map((choice) => choice.Next), Default, Next].filter((next) => next !== undefined),
        retry: [],
        catch: Catch.map((caught) => ({ errors: caught.ErrorEquals, next: caught.Next })),
      },
    ]),
  ),
};

/** Two branches, and one that comes back to the usual way after an error. */
const branched: PipelineDefinition = {
  startAt: "Begin",
  states: {
    Begin: { type: "Parallel", next: ["Left", "Right"], retry: [], catch: [] },
    Left: { type: "Task", next: ["Join"], retry: [], catch: [] },
    Right: { type: "Task", next: ["Join"], retry: [], catch: [{ errors: ["States.ALL"], next: "NotRight" }] },
    NotRight: { type: "Pass", next: ["Join"], retry: [], catch: [] },
    Join: { type: "Task", next: [], retry: [], catch: [] },
  },
};

const measure = (name: string, isMain: boolean) => name.length * (isMain ? 8.4 : 7);

describe("the graph", () => {
  it("has what is reached without an error on the usual way, and everything else beside it", () => {
    const { main, aside } = graphOf(ours);
    expect(main).toEqual(["Validate", "Resize", "Watermark", "RecordMetadata"]);
    expect([...main, ...aside].sort()).toEqual(Object.keys(written.States).sort());
    expect(graphOf(branched).aside).toEqual(["NotRight"]);
  });

  it("is told in words", () => {
    expect(graphText(graphOf(branched))).toBe(
      "The state machine. It begins with Begin. Begin leads to Left and Right. Left leads to Join. Right leads to Join. Join leads to the end. Errors lead to NotRight.",
    );
  });
});

describe.each([
  ["ours", ours],
  ["one with branches", branched],
])("the layout of %s", (_, definition) => {
  const graph = graphOf(definition);

  it.each([320, 358, 800, 1216, 1700])("has every state once, and none on another, at %i pixels", (width) => {
    const layout = layoutOf(graph, width, measure);
    expect([...layout.boxes.keys()].sort()).toEqual([START, END, ...Object.keys(definition.states)].sort());
    const boxes = [...layout.boxes.values()];
    for (const [index, box] of boxes.entries())
      for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
    for (const box of boxes) {
      const { left, right, top, bottom } = edgesOf(box);
      expect(Math.min(left, top, layout.width - right, layout.height - bottom)).toBeGreaterThanOrEqual(0);
    }
  });

  it("leads from left to right where there is room, and down where there is not", () => {
    expect(layoutOf(graph, 1216, measure).isWide).toBe(true);
    expect(layoutOf(graph, 358, measure).isWide).toBe(false);
    expect(layoutOf(graph, 1216, measure).width).toBe(1216);
    expect(layoutOf(graph, 358, measure).width).toBe(358);
  });

  it.each([358, 800])("has a line for each way, which stays inside, at %i pixels", (width) => {
    const layout = layoutOf(graph, width, measure);
    const drawn = layout.lines.map(({ from, to }) => `${from}>${to}`);
    for (const { from, to } of graph.links) expect(drawn).toContain(`${from}>${to}`);
    for (const { x, y } of layout.lines.flatMap(({ path }) => pointsOf(path))) {
      expect(Math.min(x, y, layout.width - x, layout.height - y)).toBeGreaterThanOrEqual(0);
    }
  });
});

it("errors leave the usual way on rails that touch no other state", () => {
  for (const width of [358, 800, 1216]) {
    const layout = layoutOf(graphOf(ours), width, measure);
    for (const { from, to, path, kind } of layout.lines.filter((line) => line.kind === "catch")) {
      for (const [name, box] of layout.boxes)
        if (name !== from && name !== to)
          expect([kind, name, crosses(path, box)]).toEqual([kind, name, false]);
    }
  }
});

describe("images at a state", () => {
  const layout: Layout = layoutOf(graphOf(ours), 800, measure);
  const states = Object.keys(ours.states);

  it("are drawn in it, and those that there is no room for lie under the last one", () => {
    const images = Array.from({ length: 30 }, (_, index) => underWay(index, "Resize"));
    const [stack] = stacksOf(images, layout, states);
    const places = stack ? tilePlaces(stack) : [];
    expect(places).toHaveLength(30);
    const resize = layout.boxes.get("Resize");
    const { left = 0, right = 0, top = 0, bottom = 0 } = resize ? edgesOf(resize) : {};
    for (const { x, y } of places) {
      expect(x - 14).toBeGreaterThanOrEqual(left);
      expect(x + 14).toBeLessThanOrEqual(right);
      expect(y - 14).toBeGreaterThan(top);
      expect(y + 14).toBeLessThan(bottom);
    }
    const seen = places.filter(({ isCovered }) => !isCovered);
    expect(seen.length).toBe(stack?.shown);
    expect(new Set(seen.map(({ x, y }) => `${x} ${y}`)).size).toBe(seen.length);
  });

  it("wait where executions begin until they have begun, and are not drawn where nothing is", () => {
    const [start, ...others] = stacksOf([underWay(1), underWay(2, "Renamed")], layout, states);
    expect(start?.images.map(({ imageId }) => imageId)).toEqual([underWay(1).imageId]);
    expect(others).toEqual([]);
  });
});

function overlap(a: Box, b: Box): boolean {
  const [one, other] = [edgesOf(a), edgesOf(b)];
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function pointsOf(path: string): { x: number; y: number }[] {
  return [...path.matchAll(/([\d.-]+) ([\d.-]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

/** Along straight pieces, which all of a rail's are but its corners. */
function crosses(path: string, box: Box): boolean {
  const points = pointsOf(path);
  const { left, right, top, bottom } = edgesOf(box);
  return points.slice(1).some((end, index) => {
    const start = points[index] ?? end;
    return (
      Math.min(start.x, end.x) < right &&
      Math.max(start.x, end.x) > left &&
      Math.min(start.y, end.y) < bottom &&
      Math.max(start.y, end.y) > top
    );
  });
}
