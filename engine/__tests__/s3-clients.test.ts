/** The clients that people have: the AWS CLI, boto3 and rclone, each where it is installed. */
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { CREDENTIALS, REGION, sharedServices } from "./endpoint-support.ts";

const run = promisify(execFile);
/** Set where they are all to be there, as in the workflow. */
const REQUIRED = process.env.REQUIRE_S3_CLIENTS === "1";
/** Sent in parts by all of them. */
const LARGE = randomBytes(20_000_000);
const SMALL = Buffer.from("small");
/** The stack's, and the only one in which the AWS CLI 1 and boto3 sign links with version 2, unless told otherwise. */
const DEFAULT_REGION = "us-east-1";

const services = await sharedServices();
const folder = await mkdtemp(join(tmpdir(), "s3-clients-"));
// Whatever the machine says of AWS and of rclone is about another place.
const own = Object.entries(process.env).filter(([name]) => !/^(AWS|RCLONE)_/.test(name));
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(own),
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ENDPOINT_URL: services.endpoint,
  AWS_CONFIG_FILE: join(folder, "config"),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
  RCLONE_CONFIG: join(folder, "none"),
  RCLONE_CONFIG_ENGINE_TYPE: "s3",
  // "AWS" would put the bucket into the host's name.
  RCLONE_CONFIG_ENGINE_PROVIDER: "Other",
  RCLONE_CONFIG_ENGINE_ENV_AUTH: "true",
  RCLONE_CONFIG_ENGINE_REGION: REGION,
  RCLONE_CONFIG_ENGINE_ENDPOINT: services.endpoint,
  RCLONE_S3_UPLOAD_CUTOFF: "10M",
  RCLONE_S3_COPY_CUTOFF: "10M",
  RCLONE_RETRIES: "1",
};
afterAll(() => rm(folder, { recursive: true, force: true }));

let made = 0;
let bucket = "";
let up = "";
let down = "";
beforeEach(async () => {
  made += 1;
  bucket = `photos-${made}`;
  services.s3.createBucket(bucket);
  services.s3.createBucket(`${bucket}-copy`);
  up = join(folder, `up-${made}`);
  down = join(folder, `down-${made}`);
  await mkdir(join(up, "in"), { recursive: true });
  await writeFile(join(up, "large.bin"), LARGE);
  await writeFile(join(up, "in", "b & ü.txt"), SMALL);
});

async function call(program: string, ...args: string[]): Promise<string> {
  return (await run(program, args, { env: environment })).stdout;
}

/** What is in the folder is what was sent up. */
async function expectSame(path: string): Promise<void> {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  );
  expect(files.map(({ name }) => name).toSorted()).toEqual(["b & ü.txt", "large.bin"]);
  expect((await readFile(join(path, "large.bin"))).equals(LARGE)).toBe(true);
  expect(await readFile(join(path, "in", "b & ü.txt"))).toEqual(SMALL);
}

/** They take long to start. */
const areWanted = process.env.CI !== undefined || process.env.WITH_AWS_CLI !== undefined;
const isThere = (program: string, ...args: string[]) => areWanted && spawnSync(program, args).status === 0;

describe.skipIf(!REQUIRED && !isThere("aws", "--version"))(
  "the AWS CLI, where it is installed,",
  { timeout: 120_000 },
  () => {
    const s3 = (...args: string[]) => call("aws", "s3", ...args);

    test("syncs a folder up, across and down, and not again", async () => {
      await s3("sync", up, `s3://${bucket}/x`);
      expect(await s3("sync", up, `s3://${bucket}/x`)).toBe("");
      await s3("sync", `s3://${bucket}/x`, `s3://${bucket}-copy/y`);
      await s3("sync", `s3://${bucket}-copy/y`, down);
      await expectSame(down);
      await rm(join(up, "large.bin"));
      expect(await s3("sync", "--delete", up, `s3://${bucket}/x`)).toContain("delete: ");
      expect(await s3("ls", "--recursive", `s3://${bucket}`)).toMatch(/^\S+ \S+ +5 x\/in\/b & ü\.txt\n$/);
    });

    test("copies, moves, signs and removes", async () => {
      const address = `s3://${bucket}/small.txt`;
      await s3("cp", join(up, "in", "b & ü.txt"), address, "--acl", "bucket-owner-full-control", "--sse");
      await s3("mv", address, `s3://${bucket}/moved.txt`, "--checksum-algorithm", "SHA256");
      await call("aws", "configure", "set", "default.s3.signature_version", "s3v4");
      const url = (await s3("presign", `s3://${bucket}/moved.txt`, "--region", DEFAULT_REGION)).trim();
      expect(await (await fetch(url)).text()).toBe("small");
      expect(await s3("cp", `s3://${bucket}/moved.txt`, "-")).toBe("small");
      await s3("rm", "--recursive", `s3://${bucket}`);
      expect(await s3("ls", `s3://${bucket}`)).toBe("");
    });
  },
);

const TRANSFER = `
import boto3, sys
from botocore.config import Config
from urllib.request import urlopen
bucket, up, down = sys.argv[1:]
s3 = boto3.client("s3")
s3.upload_file(up, bucket, "large.bin", ExtraArgs={"Metadata": {"owner": "ana"}})
s3.copy({"Bucket": bucket, "Key": "large.bin"}, bucket + "-copy", "large.bin")
s3.download_file(bucket + "-copy", "large.bin", down)
print(s3.head_object(Bucket=bucket, Key="large.bin")["Metadata"]["owner"])
signer = boto3.client("s3", region_name="${DEFAULT_REGION}", config=Config(signature_version="s3v4"))
link = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "large.bin"})
print(len(urlopen(link).read()))
boto3.resource("s3").Bucket(bucket).objects.all().delete()
print(s3.list_objects_v2(Bucket=bucket)["KeyCount"])
`;

describe.skipIf(!REQUIRED && !isThere("python3", "-c", "import boto3"))(
  "boto3, where it is installed,",
  () => {
    test("transfers a large file up, across and down, signs and deletes", { timeout: 60_000 }, async () => {
      const said = await call("python3", "-c", TRANSFER, bucket, join(up, "large.bin"), down);
      expect(said).toBe(`ana\n${LARGE.length}\n0\n`);
      expect((await readFile(down)).equals(LARGE)).toBe(true);
    });
  },
);

describe.skipIf(!REQUIRED && !isThere("rclone", "version"))("rclone, where it is installed,", () => {
  test("copies up, checks, syncs across and down, and deletes", { timeout: 60_000 }, async () => {
    const place = `engine:${bucket}/x`;
    const rclone = (...args: string[]) => call("rclone", ...args);
    await rclone("copy", up, place);
    await rclone("check", "--download", up, place);
    await rclone("sync", place, `engine:${bucket}-copy`);
    await rclone("sync", `engine:${bucket}-copy`, down);
    await expectSame(down);
    await rclone("delete", place);
    await rclone("touch", `${place}/alone`);
    await rclone("purge", place);
    expect(await rclone("ls", `engine:${bucket}`)).toBe("");
  });
});
