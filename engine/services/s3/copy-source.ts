/** The object that a request copies, as `x-amz-copy-source` names it. */
import { percentDecoded } from "../../http/call.ts";
import { S3Error } from "./errors.ts";

export interface CopySource {
  bucket: string;
  key: string;
  versionId: string | undefined;
}

/** Undefined where nothing is copied. @throws S3Error for a header that names no object */
export function copySourceIn(headers: Record<string, string>): CopySource | undefined {
  const header = headers["x-amz-copy-source"];
  if (header === undefined) return undefined;
  const [path = "", versionId] = header.split("?versionId=");
  const place = percentDecoded(path);
  if (place === undefined) throw new S3Error("InvalidArgument", "Copy Source must be URL-encoded.");
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(place) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key, versionId };
  const message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
  throw new S3Error("InvalidArgument", message);
}
