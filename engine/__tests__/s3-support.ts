/** S3 for the tests of a file, with a bucket of its own for each of them. */
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { beforeEach } from "vitest";
import { type EndpointFixture, sharedServices } from "./endpoint-support.ts";

/** That of the test that runs. */
export let Bucket = "";
let made = 0;

/** To be called outside of the tests. */
export async function startS3({
  versioned = false,
  ...fixture
}: EndpointFixture & { versioned?: boolean } = {}) {
  const services = await sharedServices(fixture);
  const { client, s3 } = services;
  beforeEach(() => {
    made += 1;
    Bucket = `bucket-${made}`;
    s3.createBucket(Bucket);
    if (versioned) s3.keepVersions(Bucket);
  });
  /** The key is what is in it, unless told. */
  const put = (Key: string, input: Partial<PutObjectCommandInput> = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...input }));
  const get = (Key: string, input: object = {}) =>
    client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  const text = async (Key: string, input: object = {}) => (await get(Key, input)).Body?.transformToString();
  const keys = async (input: object = {}) => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, ...input }));
    return Contents.map(({ Key }) => Key);
  };
  return { ...services, put, get, text, keys };
}
