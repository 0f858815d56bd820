import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { imageIdOf } from "../../functions/shared/keys.ts";
import { plain } from "../fixtures/images.ts";
import { begin as beginIn, beginProgram, endAll, run as runIn } from "./command-support.ts";

const photos = mkdtempSync(join(tmpdir(), "photos-"));
/** Two that do not look the same, and take no time. */
const [photo, otherPhoto] = [join(photos, "rocket.jpg"), join(photos, "cat.png")];
beforeAll(async () => {
  await plain(64, 43).jpeg().toFile(photo);
  await plain(450, 300).png().toFile(otherPhoto);
});
afterAll(() => rm(photos, { recursive: true }));

/** A stack is synthesized and started first, which takes long on a busy machine. */
const POLL = { timeout: 150_000, interval: 200 };
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "commands-test-"));
});
afterEach(async () => {
  endAll();
  await rm(folder, { recursive: true });
});

const begin = (command: string, ...args: string[]) => beginIn(command, args, {}, folder);
const run = (command: string, ...args: string[]) => runIn(command, args, {}, folder);

/** The ids of the processes that one has started. */
async function startedBy(parent: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

describe("npm run process", () => {
  test("leaves the variants and the record of each image, and ends with 0", async () => {
    await mkdir(join(folder, "more", ".hidden"), { recursive: true });
    await copyFile(photo, join(folder, "more", "rocket.jpg"));
    await copyFile(photo, join(folder, "more", ".hidden", "secret.jpg"));
    await writeFile(join(folder, "more", "README.md"), "no image");
    await symlink(photo, join(folder, "more", "again.jpg"));
    await symlink("nowhere", join(folder, "more", "dangling.jpg"));
    const earlier = join(folder, "results", imageIdOf("rocket.jpg"));
    await mkdir(earlier, { recursive: true });
    for (const name of ["huge.avif", "mine.txt", "my photo.webp"]) await writeFile(join(earlier, name), "");
    const { code, out, err } = await run("process", photo, "more", "more/../more", "--out", "results");
    expect(err).toBe(
      `Left out, no image by its name: ${join("more", "README.md")}. A file that is named itself is sent whatever it is called.\n`,
    );
    expect(out).toMatch(/2 of 2 images processed/);
    expect(out).toContain("Results in results/, one folder per image.");
    expect(code).toBe(0);
    const imageIds = await readdir(join(folder, "results"));
    expect(imageIds).toHaveLength(2);
    for (const imageId of imageIds) {
      const files = await readdir(join(folder, "results", imageId));
      const record = JSON.parse(await readFile(join(folder, "results", imageId, "metadata.json"), "utf8"));
      const whole = {
        imageId,
        status: "PROCESSED",
        lastAttempt: { execution: { name: expect.any(String), arn: expect.any(String) } },
        published: { original: { format: "jpeg", width: 64, height: 43 } },
      };
      expect(record).toMatchObject(whole);
      expect(record.published.variants[0]).toMatchObject({
        format: expect.any(String),
        width: expect.any(Number),
        height: expect.any(Number),
      });
      const published = record.published.variants.map(
        ({ name, format }: { name: string; format: string }) => `${name}.${format}`,
      );
      const kept = join(folder, "results", imageId) === earlier ? ["mine.txt", "my photo.webp"] : [];
      expect(files.sort()).toEqual([...published, ...kept, "metadata.json"].sort());
      expect(published.length).toBeGreaterThan(0);
    }
  });

  test("ends with 1 and the reason when a file is rejected, and retries what went wrong on the way", async () => {
    await writeFile(join(folder, "notes\x1b[31m.txt"), "words, no pixels");
    const faults = ["--fault", "lambda:resize:throttle:1", "--fault", "s3:CopyObject:error500"];
    const { code, out, err } = await run("process", photo, "notes\x1b[31m.txt", ...faults);
    expect(out).toMatch(/REJECTED/);
    expect(out).toMatch(/notes\\x1b\[31m\.txt: .{20,}/);
    expect(out + err).not.toContain("\x1b");
    expect(err).toContain("--fault s3:CopyObject:error500 hit nothing.\n");
    expect(err).not.toMatch(/resize:throttle hit nothing/);
    expect(out).toMatch(/Resize +retry 1 after Lambda\.TooManyRequestsException/);
    expect(out).toMatch(/1 of 2 images processed/);
    expect(code).toBe(1);
  });

  test("ends with a sentence and no process left on Ctrl-C", async () => {
    const { child, written, ended } = begin("process", photo, "--fault", "s3:GetObject:slow:9:20000");
    // More than one: the first is the synthesis, the functions' own come after it.
    await expect.poll(async () => (await startedBy(child.pid)).length, POLL).toBeGreaterThan(2);
    const functions = await startedBy(child.pid);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(written.err).toBe("\nStopped before everything was processed.\n");
    expect(await readdir(folder)).toEqual([]);
    expect(written.out).not.toMatch(/images processed/);
    for (const pid of functions) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

test("npm start shows what npm run upload brings, until Ctrl-C", async () => {
  const { child, written, ended } = begin("start", "--port", "0", "--log-file", "pipeline.log");
  await expect.poll(() => written.out, POLL).toMatch(/Ctrl-C stops it/);
  const endpoint = /AWS endpoint +(\S+)/.exec(written.out)?.[1] ?? "";
  const siteUrl = /^ {2}Web app +(\S+)$/m.exec(written.out)?.[1] ?? "";
  expect(await (await fetch(siteUrl)).text()).toMatch(/^<!doctype html>/i);
  expect(written.out).toMatch(/sign in as test@example\.org, .+: no password is asked for\.\n/);
  const uploaded = await run("upload", photo, "--endpoint", endpoint);
  expect(uploaded.out).toMatch(/rocket\.jpg: processed into \d+ variants/);
  expect(uploaded.code).toBe(0);
  expect(written.out).toContain(`npm run upload -- --endpoint ${endpoint} photo.jpg`);
  await copyFile(otherPhoto, join(folder, "rocket.jpg"));
  const again = await run("upload", "rocket.jpg", "--endpoint", endpoint);
  expect(again.out).toMatch(/rocket\.jpg: processed into \d+ variants/);
  expect(again.out).not.toBe(uploaded.out.replace(photo, "rocket.jpg"));
  await writeFile(join(folder, "words"), "no pixels");
  const sent = await run("upload", photo, "words", "--api", "--endpoint", endpoint);
  expect(sent.out).toMatch(/rocket\.jpg: processed into \d+ variants .+: curl .+\/images\/[0-9a-f]{32}\n/);
  expect(sent.out).toMatch(/words: rejected\. This is text/);
  expect({ code: sent.code, err: sent.err }).toEqual({ code: 1, err: "" });
  await expect.poll(() => written.out, POLL).toMatch(/PROCESSED +\d+ ms {2}\d+ variants, /);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  for (const state of ["Validate", "Resize", "Watermark", "RecordMetadata"]) {
    expect(written.out).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} {2}\\S+ +${state} +\\d+ ms$`, "m"),
    );
  }
  expect(await readFile(join(folder, "pipeline.log"), "utf8")).toBe(written.out);
});

test("npm start ends when npm is ended, and leaves nothing", async () => {
  const { child, written, ended } = beginProgram("npm", ["start", "--", "--port", "0"]);
  await expect.poll(() => written.out, POLL).toMatch(/Ctrl-C stops it/);
  child.kill("SIGTERM");
  await ended;
  expect(written.out).toMatch(/Stopped\. Nothing is left running\.\n$/);
});
