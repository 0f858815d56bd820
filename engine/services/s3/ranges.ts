/** Which bytes of an object a read asks for. */
import type { Range } from "./body.ts";
import { S3Error } from "./errors.ts";
import type { S3Request } from "./exchange.ts";
import type { ObjectVersion } from "./store.ts";

/** The `Range` header as S3 reads it: one range of bytes; anything else means the whole object. */
export function requestedRange(request: S3Request, total: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range?.trim() ?? "");
  const [, first, last] = match ?? [];
  if (!match || (first === "" && last === "")) return undefined;
  const start = first === "" ? Math.max(0, total - Number(last)) : Number(first);
  const end = first === "" || last === "" ? total - 1 : Math.min(Number(last), total - 1);
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  if (start >= total || (first === "" && Number(last) === 0)) {
    const headers = { "content-range": `bytes */${total}` };
    throw new S3Error("InvalidRange", "The requested range is not satisfiable", headers);
  }
  return { start, end };
}

/** The bytes of `?partNumber=`; an object that was not put in parts has one. */
export function partRange(request: S3Request, object: ObjectVersion): Range | undefined {
  const asked = request.query.get("partNumber");
  if (asked === null) return undefined;
  const parts = object.parts ?? [object.body.size];
  const length = parts[Number(asked) - 1];
  if (length === undefined)
    throw new S3Error("InvalidPartNumber", "The requested partnumber is not satisfiable");
  if (object.parts === undefined) return undefined;
  const start = parts.slice(0, Number(asked) - 1).reduce((sum, part) => sum + part, 0);
  return { start, end: start + length - 1 };
}
