/** Deleting one object, or up to a thousand. */
import { text } from "node:stream/consumers";
import { element, innerOfEach, optional, textOf, type Xml } from "../../http/xml.ts";
import { firstRefusal } from "../../iam/index.ts";
import { S3Error } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type Operation, type S3Context, type S3Request, xmlAnswer } from "./exchange.ts";
import { Payload } from "./payload.ts";
import { deleteAccesses } from "./permissions.ts";
import { checkDelete } from "./preconditions.ts";
import { latest, remove, removeVersion } from "./store.ts";

const MAX_DELETED_KEYS = 1000;

export const deleteObject: Operation = async (request, context) => {
  const { key, query, headers } = request;
  const versionId = query.get("versionId") ?? undefined;
  const deleted = await deleteKey({ key, versionId, ifMatch: headers["if-match"] }, request, context);
  return {
    status: 204,
    headers: {
      ...(deleted.versionId !== undefined && { "x-amz-version-id": deleted.versionId }),
      ...(deleted.deleteMarker && { "x-amz-delete-marker": "true" }),
    },
  };
};

export const deleteObjects: Operation = async (request, context) => {
  const xml = await text(new Payload(request));
  context.store.get(request.bucket);
  const quiet = textOf(xml, "Quiet")?.toLowerCase() === "true";
  const objects = innerOfEach(xml, "Object").map(targetIn);
  if (objects.length === 0 || objects.length > MAX_DELETED_KEYS)
    throw new S3Error("MalformedXML", `The request must name between 1 and ${MAX_DELETED_KEYS} objects.`);
  const entries: Xml[] = [];
  for (const object of objects) {
    const entry = await deleteOne(object, request, context);
    if (!quiet || entry.source.startsWith("<Error>")) entries.push(entry);
  }
  return xmlAnswer(element("DeleteResult", ...entries));
};

interface Target {
  key: string;
  versionId: string | undefined;
  ifMatch: string | undefined;
}

/** @throws S3Error for conditions that only directory buckets have, as for those in headers. */
function targetIn(xml: string): Target {
  const condition = ["Size", "LastModifiedTime"].find((name) => textOf(xml, name) !== undefined);
  if (condition !== undefined) {
    const message = `A condition you provided implies functionality that is not implemented: ${condition}`;
    throw new S3Error("NotImplemented", message);
  }
  return { key: textOf(xml, "Key") ?? "", versionId: textOf(xml, "VersionId"), ifMatch: textOf(xml, "ETag") };
}

/** What is answered about one of several. */
async function deleteOne(target: Target, request: S3Request, context: S3Context): Promise<Xml> {
  const place = [element("Key", target.key), optional("VersionId", target.versionId)];
  try {
    const needed = deleteAccesses({ ...target, bucket: request.bucket });
    const denied = request.caller && firstRefusal(request.caller, needed);
    if (denied !== undefined) throw new S3Error("AccessDenied", denied);
    const { deleteMarker, versionId } = await deleteKey(target, request, context);
    return element(
      "Deleted",
      ...place,
      optional("DeleteMarker", deleteMarker || undefined),
      optional("DeleteMarkerVersionId", deleteMarker ? versionId : undefined),
    );
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return element("Error", ...place, element("Code", error.code), element("Message", error.message));
  }
}

interface Deleted {
  /** Of the version that was removed, or of the marker that was made. */
  versionId?: string;
  /** Whether that version is a delete marker. */
  deleteMarker: boolean;
}

/** Deletes as S3 does: without a version id a versioned bucket only gets a delete marker. Missing keys are no error. */
async function deleteKey(
  { key, versionId, ifMatch }: Target,
  request: S3Request,
  { store, notify }: S3Context,
): Promise<Deleted> {
  const bucket = store.get(request.bucket);
  checkDelete(bucket, key, ifMatch);
  if (versionId !== undefined) {
    const version = removeVersion(bucket, key, versionId);
    if (version) await notify(eventOf("ObjectRemoved:Delete", bucket, version, request));
    return { versionId, deleteMarker: version?.deleteMarker === true };
  }
  const before = latest(bucket, key);
  const marker = remove(bucket, key);
  if (marker) {
    await notify(eventOf("ObjectRemoved:DeleteMarkerCreated", bucket, marker, request));
    return { versionId: marker.versionId, deleteMarker: true };
  }
  if (before) await notify(eventOf("ObjectRemoved:Delete", bucket, before, request));
  return { deleteMarker: false };
}
