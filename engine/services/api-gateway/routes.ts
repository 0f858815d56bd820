/** Route keys, such as `GET /images/{imageId}`, and which of them a request means. */
import { StackError } from "../../stack-error.ts";

export interface RouteKey {
  /** As the stack has it. */
  text: string;
  method: string;
  segments: string[];
}

const PARAMETER = /^\{([\w.-]+)\}$/;

/** @throws StackError for one that this gateway cannot match. */
export function parseRouteKey(text: string): RouteKey {
  const [, method, path] = /^(?!ANY )([A-Z]+) (\/\S*)$/.exec(text) ?? [];
  if (method === undefined || path === undefined)
    throw new StackError(`"${text}" is no route key that this gateway knows: write a method and a path.`);
  const segments = path.split("/").slice(1);
  const odd = segments.find((segment) => /[{}]/.test(segment) && !PARAMETER.test(segment));
  if (odd !== undefined) {
    throw new StackError(`"${text}": ${odd} is not a path parameter that this gateway knows, like {id}.`);
  }
  return { text, method, segments };
}

export interface Match<R> {
  route: R;
  /** Decoded. */
  pathParameters: Record<string, string>;
}

/**
 * The most specific route for a request: the one that has a name where the other has a parameter, read from the left.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 *
 * @param path as it was sent, percent-encoded; it can be decoded.
 */
export function findRoute<R extends { key: RouteKey }>(
  routes: R[],
  method: string,
  path: string,
): Match<R> | undefined {
  const segments = path.split("/").slice(1);
  const fitting = routes.filter(({ key }) => fits(key, method, segments));
  const [route] = fitting.sort((a, b) => compare(a.key, b.key));
  return route && { route, pathParameters: parametersIn(route.key, segments) };
}

function fits(key: RouteKey, method: string, segments: string[]): boolean {
  if (key.method !== method || key.segments.length !== segments.length) return false;
  return key.segments.every(
    (own, at) => own === segments[at] || (PARAMETER.test(own) && segments[at] !== ""),
  );
}

function compare(a: RouteKey, b: RouteKey): number {
  for (const [at, segment] of a.segments.entries()) {
    const difference = Number(PARAMETER.test(segment)) - Number(PARAMETER.test(b.segments[at] ?? ""));
    if (difference !== 0) return difference;
  }
  return 0;
}

function parametersIn(key: RouteKey, segments: string[]): Record<string, string> {
  const pairs = key.segments.flatMap((own, at) => {
    const name = PARAMETER.exec(own)?.[1];
    return name === undefined ? [] : [[name, decodeURIComponent(segments[at] ?? "")]];
  });
  return Object.fromEntries(pairs);
}
