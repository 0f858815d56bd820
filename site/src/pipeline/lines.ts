/** Paths of SVG from one point to the next. */

export interface Point {
  x: number;
  y: number;
}

/** @returns a line through the points whose corners are rounded. */
export function roundedLine(points: Point[], radius = 12): string {
  const [first, ...others] = points.filter(
    (point, index) => index === 0 || !isSame(point, points[index - 1]),
  );
  if (first === undefined) return "";
  let path = `M${at(first)}`;
  let before = first;
  others.forEach((corner, index) => {
    const after = others[index + 1];
    if (after === undefined) path += `L${at(corner)}`;
    else {
      const reach = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
      path += `L${at(towards(corner, before, reach))}Q${at(corner)} ${at(towards(corner, after, reach))}`;
    }
    before = corner;
  });
  return path;
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function isSame(a: Point, b: Point | undefined): boolean {
  return b !== undefined && distance(a, b) < 0.05;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, length: number): Point {
  const share = length / distance(from, to);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
