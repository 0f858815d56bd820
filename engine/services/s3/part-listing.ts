/** What has come of an upload in parts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
import { element, optional } from "../../http/xml.ts";
import { checksumElement } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { type Operation, xmlAnswer } from "./exchange.ts";
import { openUpload } from "./multipart.ts";

const MOST = 1000;

export const listParts: Operation = (request, { store }) => {
  const { parts } = openUpload(request, store);
  const { bucket, key, query } = request;
  const most = Math.min(numberIn(query, "max-parts", MOST), MOST);
  const marker = numberIn(query, "part-number-marker", 0);
  const after = [...parts].filter(([number]) => number > marker).sort(([one], [other]) => one - other);
  const page = after.slice(0, most);
  const isTruncated = after.length > page.length;
  const result = element(
    "ListPartsResult",
    element("Bucket", bucket),
    element("Key", key),
    element("UploadId", query.get("uploadId") ?? ""),
    element("PartNumberMarker", String(marker)),
    optional("NextPartNumberMarker", page.at(-1)?.[0].toString()),
    element("MaxParts", String(most)),
    element("IsTruncated", String(isTruncated)),
    element("StorageClass", "STANDARD"),
    ...page.map(([number, { at, etag, body, checksum }]) =>
      element(
        "Part",
        element("PartNumber", String(number)),
        element("LastModified", at.toISOString()),
        element("ETag", etag),
        element("Size", String(body.size)),
        checksumElement(checksum),
      ),
    ),
  );
  return xmlAnswer(result);
};

function numberIn(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new S3Error("InvalidArgument", `Provided ${name} not an integer or within integer range`);
}
