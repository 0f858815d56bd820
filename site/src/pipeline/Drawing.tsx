/** The state machine, with images moving through it. Whoever cannot see or point finds all of it in the lists beside it. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLoaded } from "../ui/loaded.ts";
import { graphOf } from "./graph.ts";
import type { Layout } from "./layout.ts";
import { MovingImages } from "./MovingImages.tsx";
import type { PipelineDefinition, PipelineExecution } from "./pipeline-api.ts";
import type { Pipeline } from "./queries.ts";
import { START } from "./rails.ts";
import { States } from "./States.tsx";
import type { Selection } from "./selection.ts";
import { TILE } from "./tile-places.ts";
import "./drawing.css";

const loadLayout = () => import("./layout.ts");
// Together with what is to be drawn, not after it.
loadLayout().catch(() => undefined);

interface DrawingProps {
  definition: PipelineDefinition;
  pipeline: Pipeline | undefined;
  selection: Selection;
  /** Of the image that is chosen, as far as it is known. */
  execution: PipelineExecution | undefined;
}

export function Drawing({ definition, pipeline, selection, execution }: DrawingProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number>();
  useLayoutEffect(() => {
    const { current } = place;
    if (!current) return;
    setWidth(current.clientWidth);
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const part = useLoaded(loadLayout);
  const graph = useMemo(() => graphOf(definition), [definition]);
  const layout = useMemo(
    () => (part && width ? part.layoutOf(graph, width, widthOfName) : undefined),
    [part, graph, width],
  );
  return (
    <div class="drawing">
      <div ref={place}>
        {layout ? (
          <div class="drawing-inside" style={insideStyle(layout, width ?? layout.width)}>
            <States graph={graph} layout={layout} execution={execution} />
            {pipeline && (
              <MovingImages
                definition={definition}
                layout={layout}
                pipeline={pipeline}
                selection={selection}
              />
            )}
          </div>
        ) : (
          <div class="skeleton drawing-skeleton" />
        )}
      </div>
    </div>
  );
}

/** Those that come do so from where executions begin. */
function insideStyle({ width, height, boxes }: Layout, room: number) {
  const start = boxes.get(START);
  return {
    width: `${width}px`,
    height: `${height}px`,
    // In a very narrow window.
    zoom: Math.min(1, room / width),
    "--start-x": `${(start?.x ?? 0) - TILE / 2}px`,
    "--start-y": `${(start?.y ?? 0) - TILE / 2}px`,
  };
}

const canvas = document.createElement("canvas").getContext("2d");

/** As `drawing.css` sets it. */
function widthOfName(name: string, isMain: boolean): number {
  if (!canvas) return name.length * 9;
  canvas.font = isMain ? "650 14px system-ui, sans-serif" : "500 12px system-ui, sans-serif";
  return canvas.measureText(name).width;
}
