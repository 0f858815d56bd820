/** The two operations on objects that are addressed to the bucket: deleting many, and a browser form's upload. */
import { createHash } from "node:crypto";
import { S3Error } from "./errors.ts";
import { header, type Operation } from "./exchange.ts";
import { deleteKey, eventOf, versionHeader } from "./objects.ts";
import { objectArn, ofVersion } from "./permissions.ts";
import { put } from "./store.ts";
import { element, innerOfEach, optional, textOf, type Xml, xmlDocument } from "./xml.ts";

const MAX_DELETED_KEYS = 1000;

export const deleteObjects: Operation = async (request, context) => {
  const xml = (await request.body()).toString("utf8");
  const bucket = context.store.get(request.bucket);
  const quiet = textOf(xml, "Quiet")?.toLowerCase() === "true";
  const objects = innerOfEach(xml, "Object");
  if (objects.length === 0 || objects.length > MAX_DELETED_KEYS)
    throw new S3Error("MalformedXML", `The request must name between 1 and ${MAX_DELETED_KEYS} objects.`);
  const entries: Xml[] = [];
  for (const object of objects) {
    const key = textOf(object, "Key") ?? "";
    const versionId = textOf(object, "VersionId");
    const action = ofVersion("s3:DeleteObject", versionId);
    const decision = request.caller?.authorize({ action, resource: objectArn(bucket.name, key) });
    if (decision && !decision.allowed) {
      entries.push(
        element(
          "Error",
          element("Key", key),
          optional("VersionId", versionId),
          element("Code", "AccessDenied"),
          element("Message", decision.reason),
        ),
      );
      continue;
    }
    const deleted = deleteKey(bucket, key, versionId);
    if (deleted.event) await context.notify(eventOf(deleted.event, bucket, deleted.version, request));
    if (quiet) continue;
    entries.push(
      element(
        "Deleted",
        element("Key", key),
        optional("VersionId", versionId),
        optional("DeleteMarker", deleted.deleteMarker || undefined),
        optional("DeleteMarkerVersionId", deleted.deleteMarker ? deleted.versionId : undefined),
      ),
    );
  }
  return { status: 200, body: xmlDocument(element("DeleteResult", ...entries)) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html; the form's policy is not checked yet. */
export const postObject: Operation = async (request, context) => {
  const form = await readForm(await request.body(), header(request.headers, "content-type") ?? "");
  const file = form.get("file");
  const field = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const fileName = typeof file === "object" ? (file?.name ?? "") : "";
  const key = field("key")?.replaceAll("${filename}", fileName);
  if (!key) throw new S3Error("InvalidArgument", "Bucket POST must contain a field named 'key'.");
  if (file === null)
    throw new S3Error("InvalidArgument", "POST requires exactly one file upload per request.");
  const body = typeof file === "string" ? Buffer.from(file) : Buffer.from(await file.arrayBuffer());
  const bucket = context.store.get(request.bucket);
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const version = put(bucket, key, { body, etag, headers: formHeaders(form) });
  await context.notify(eventOf("ObjectCreated:Post", bucket, version, request));
  const headers = { etag, ...versionHeader(bucket, version) };
  const redirect = field("success_action_redirect");
  if (redirect !== undefined) return { status: 303, headers: { ...headers, location: redirect } };
  const status = Number(field("success_action_status"));
  if (status !== 201) return { status: status === 200 ? 200 : 204, headers };
  const result = element(
    "PostResponse",
    element("Bucket", bucket.name),
    element("Key", key),
    element("ETag", etag),
  );
  return { status, headers, body: xmlDocument(result) };
};

async function readForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    // Node's own parser; the view spares a copy of the upload.
    const bytes = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length);
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw new S3Error(
      "MalformedPOSTRequest",
      "The body of your POST request is not well-formed multipart/form-data.",
    );
  }
}

function formHeaders(form: FormData): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const [field, value] of form) {
    const name = field.toLowerCase();
    const kept = /^(content-(type|disposition|encoding)|cache-control|expires|x-amz-meta-.+)$/.test(name);
    if (kept && typeof value === "string") headers[name] = value;
  }
  return headers;
}
