/** The tags of objects. Lifecycle rules look for them, and there are none here: they are kept, and told. */
import { element, innerOfEach, textOf } from "../../http/xml.ts";
import { S3Error } from "./errors.ts";
import { type Operation, type S3Context, type S3Request, xmlAnswer } from "./exchange.ts";
import { current, findVersion, type ObjectVersion, type Tag } from "./store.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;

export const putObjectTagging: Operation = async (request, context) => {
  const xml = (await request.body()).toString("utf8");
  const tags = innerOfEach(xml, "Tag").map(
    (tag): Tag => [textOf(tag, "Key") ?? "", textOf(tag, "Value") ?? ""],
  );
  if (tags.length > MAX_TAGS) throw new S3Error("InvalidArgument", "Object tags cannot be greater than 10");
  tag(request, context, tags);
  return { status: 200 };
};

export const getObjectTagging: Operation = (request, context) => {
  const tags = (taggable(request, context).tags ?? []).map(([key, value]) =>
    element("Tag", element("Key", key), element("Value", value)),
  );
  return xmlAnswer(element("Tagging", element("TagSet", ...tags)));
};

export const deleteObjectTagging: Operation = (request, context) => {
  tag(request, context, []);
  return { status: 204 };
};

/** @throws S3Error */
function tag(request: S3Request, context: S3Context, tags: Tag[]): void {
  taggable(request, context).tags = tags;
  context.store.get(request.bucket).changed(request.key);
}

/** @throws S3Error */
function taggable({ bucket: name, key, query }: S3Request, { store }: S3Context): ObjectVersion {
  const bucket = store.get(name);
  const versionId = query.get("versionId");
  const version = versionId === null ? current(bucket, key) : findVersion(bucket, key, versionId);
  if (version?.deleteMarker === false) return version;
  throw new S3Error(versionId === null ? "NoSuchKey" : "NoSuchVersion", "The specified key does not exist.");
}
