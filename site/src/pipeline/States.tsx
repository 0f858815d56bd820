/** The states and the ways between them, drawn. */
import { useMemo } from "preact/hooks";
import { type Graph, graphText } from "./graph.ts";
import type { Layout } from "./layout.ts";
import type { PipelineExecution } from "./pipeline-api.ts";
import { END, edgesOf, START } from "./rails.ts";

interface StatesProps {
  graph: Graph;
  layout: Layout;
  execution: PipelineExecution | undefined;
}

export function States({ graph, layout, execution }: StatesProps) {
  const visited = useMemo(() => waysOf(execution), [execution]);
  // Those that were taken lie on the others.
  const lines = layout.lines
    .map((line) => ({ ...line, isVisited: visited.has(`${line.from}>${line.to}`) }))
    .sort((a, b) => Number(a.isVisited) - Number(b.isVisited));
  return (
    <svg width={layout.width} height={layout.height} role="img" aria-label={graphText(graph)}>
      <defs>
        {(["main", "aside", "catch", "visited"] as const).map((kind) => (
          <marker
            key={kind}
            id={`arrow-${kind}`}
            class={`arrow ${kind}`}
            viewBox="0 0 8 8"
            refX={7}
            refY={4}
            markerWidth={kind === "main" || kind === "visited" ? 9 : 7}
            markerHeight={kind === "main" || kind === "visited" ? 9 : 7}
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.5L8 4L0 7.5z" />
          </marker>
        ))}
      </defs>
      {lines.map(({ from, to, path, kind, isVisited }) => (
        <path
          key={`${from}>${to}>${kind}`}
          class={`way ${isVisited ? "visited" : kind}`}
          d={path}
          marker-end={`url(#arrow-${isVisited ? "visited" : kind})`}
        />
      ))}
      {[...layout.boxes].map(([name, box]) => {
        const { left, top } = edgesOf(box);
        if (name === START || name === END)
          return (
            <g key={name} class={`terminal ${visited.has(name) ? "visited" : ""}`}>
              <circle cx={box.x} cy={box.y} r={name === START ? 6 : 8} />
              {name === END && <circle class="core" cx={box.x} cy={box.y} r={4} />}
            </g>
          );
        return (
          <g
            key={name}
            class={`state ${box.isMain ? "main" : "aside"} ${visited.has(name) ? "visited" : ""}`}
          >
            <rect x={left} y={top} width={box.width} height={box.height} rx={box.isMain ? 14 : 10} />
            <text x={box.isMain ? left + 14 : box.x} y={top + (box.isMain ? 27 : 21.5)}>
              {name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** The states that an execution has entered, and the ways between them. */
function waysOf(execution: PipelineExecution | undefined): Set<string> {
  if (execution === undefined) return new Set();
  const names = execution.states.map(({ name }) => name);
  const ways = names.map((name, index) => `${names[index - 1] ?? START}>${name}`);
  const isOver = execution.endedAt !== undefined;
  return new Set([START, ...names, ...ways, ...(isOver ? [`${names.at(-1)}>${END}`] : [])]);
}
