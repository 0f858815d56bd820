import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { PictureSources } from "../parts/picture-sources.ts";

/** Fractions of the picture's width and height, from its top left. */
export interface Point {
  x: number;
  y: number;
}

interface Props {
  picture: PictureSources;
  point: Point;
  onMove: (point: Point) => void;
}

const STEP = 0.01;
const LARGE_STEP = 0.1;

/** The whole picture, and a point on it. For those who do not point, the point is two sliders. */
export function FocusPoint({ picture: { sources, fallback }, point, onMove }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const across = useRef<HTMLInputElement>(null);
  const down = useRef<HTMLInputElement>(null);

  function moveTo({ clientX, clientY }: PointerEvent): void {
    const box = frame.current?.getBoundingClientRect();
    if (!box) return;
    onMove({
      x: fraction((clientX - box.left) / box.width),
      y: fraction((clientY - box.top) / box.height),
    });
    across.current?.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const move = MOVES[event.key];
    if (!move) return;
    // Of two sliders, each arrow moves the one that goes its way.
    event.preventDefault();
    const step = event.shiftKey ? LARGE_STEP : STEP;
    (move.x === 0 ? down : across).current?.focus({ preventScroll: true });
    onMove({ x: fraction(point.x + move.x * step), y: fraction(point.y + move.y * step) });
  }

  const { width, height } = fallback;
  const said = `${percent(point.x)} from the left, ${percent(point.y)} from the top`;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the sliders in it are what is operated without pointing.
    <div
      ref={frame}
      class="focus-frame"
      style={{ "--ratio": width / height, "--x": percent(point.x), "--y": percent(point.y) }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        moveTo(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && moveTo(event)}
      onKeyDown={onKeyDown}
    >
      <picture>
        {sources.map(({ type, srcset }) => (
          <source key={type} type={type} srcset={srcset} sizes="40rem" />
        ))}
        <img
          src={fallback.src}
          srcset={fallback.srcset}
          sizes="40rem"
          width={width}
          height={height}
          alt="The whole photograph"
          draggable={false}
        />
      </picture>
      <div class="focus-point">
        <Slider
          input={across}
          label="Focus, from the left"
          part={point.x}
          said={said}
          onMove={(x) => onMove({ ...point, x })}
        />
        <Slider
          input={down}
          label="Focus, from the top"
          part={point.y}
          said={said}
          onMove={(y) => onMove({ ...point, y })}
        />
      </div>
    </div>
  );
}

interface SliderProps {
  input: RefObject<HTMLInputElement>;
  label: string;
  /** 0 to 1. */
  part: number;
  said: string;
  onMove: (part: number) => void;
}

function Slider({ input, label, part, said, onMove }: SliderProps) {
  return (
    <label class="visually-hidden">
      {label}
      <input
        ref={input}
        type="range"
        min={0}
        max={100}
        value={Math.round(part * 100)}
        aria-valuetext={said}
        onInput={({ currentTarget }) => onMove(currentTarget.valueAsNumber / 100)}
      />
    </label>
  );
}

const MOVES: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** In hundredths, which are finer than anybody points. */
function fraction(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;
}

function percent(part: number): string {
  return `${Math.round(part * 100)}%`;
}
