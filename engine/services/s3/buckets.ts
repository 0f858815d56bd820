/** Operations on buckets. The buckets and their settings come from the stack. */
import { element, optional } from "../../http/xml.ts";
import { S3Error } from "./errors.ts";
import { type Operation, xmlAnswer } from "./exchange.ts";

export const listBuckets: Operation = (_request, { store }) => {
  const buckets = store.all().map(({ name, created }) => {
    return element("Bucket", element("Name", name), element("CreationDate", created.toISOString()));
  });
  const owner = element("Owner", element("ID", "local"));
  return xmlAnswer(element("ListAllMyBucketsResult", owner, element("Buckets", ...buckets)));
};

export const headBucket: Operation = ({ bucket }, { store, region }) => {
  store.get(bucket);
  return { status: 200, headers: { "x-amz-bucket-region": region } };
};

/** rclone makes sure of the bucket in this way before it writes. */
export const createBucket: Operation = ({ bucket }, { store }) => {
  if (!store.find(bucket))
    throw new S3Error(
      "NotImplemented",
      `This engine makes its buckets from the stack, and there is none that is called ${bucket}: CreateBucket makes no others.`,
    );
  const message = "Your previous request to create the named bucket succeeded and you already own it.";
  throw new S3Error("BucketAlreadyOwnedByYou", message);
};

/** rclone asks this before it removes a folder. */
export const getBucketVersioning: Operation = ({ bucket }, { store }) => {
  const { versioning } = store.get(bucket);
  const status = versioning === "Off" ? undefined : versioning;
  return xmlAnswer(element("VersioningConfiguration", optional("Status", status)));
};
