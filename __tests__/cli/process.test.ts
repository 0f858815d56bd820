import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { imageIdOf } from "../../functions/shared/keys.ts";
import { plain } from "../fixtures/images.ts";
import { commandsInFolder, POLL, runHere } from "./command-support.ts";

const { folder, begin, run } = commandsInFolder();
const photo = join(tmpdir(), "rocket.jpg");
await plain(64, 43).jpeg().toFile(photo);

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
    await mkdir(join(folder(), "more", ".hidden"), { recursive: true });
    await copyFile(photo, join(folder(), "more", "rocket.jpg"));
    await copyFile(photo, join(folder(), "more", ".hidden", "secret.jpg"));
    await writeFile(join(folder(), "more", "README.md"), "no image");
    await symlink(photo, join(folder(), "more", "again.jpg"));
    await symlink("nowhere", join(folder(), "more", "dangling.jpg"));
    const earlier = join(folder(), "results", imageIdOf("rocket.jpg"));
    await mkdir(earlier, { recursive: true });
    for (const name of ["huge.avif", "mine.txt", "my photo.webp"]) await writeFile(join(earlier, name), "");
    const { code, out, err } = await run("process", photo, "more", "more/../more", "--out", "results");
    expect(err).toBe(
      `Left out, no image by its name: ${join("more", "README.md")}. A file that is named itself is sent whatever it is called.\n`,
    );
    expect(out).toMatch(/2 of 2 images processed/);
    expect(out).toContain("Results in results/, one folder per image.");
    expect(code).toBe(0);
    const imageIds = await readdir(join(folder(), "results"));
    expect(imageIds).toHaveLength(2);
    for (const imageId of imageIds) {
      const files = await readdir(join(folder(), "results", imageId));
      const record = JSON.parse(await readFile(join(folder(), "results", imageId, "metadata.json"), "utf8"));
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
      const kept = join(folder(), "results", imageId) === earlier ? ["mine.txt", "my photo.webp"] : [];
      expect(files.sort()).toEqual([...published, ...kept, "metadata.json"].sort());
      expect(published.length).toBeGreaterThan(0);
    }
  });

  test("ends with 1 and the reason when a file is rejected, and retries what went wrong on the way", async () => {
    await writeFile(join(folder(), "notes\x1b[31m.txt"), "words, no pixels");
    const faults = ["--fault", "lambda:resize:throttle:1", "--fault", "s3:CopyObject:error500"];
    const typed = [photo, "notes\x1b[31m.txt", ...faults];
    const { code, out, err } = await runHere("process", typed, { cwd: folder() });
    expect(out).toMatch(/REJECTED/);
    expect(out).toMatch(/notes\\x1b\[31m\.txt: .{20,}/);
    expect(out + err).not.toContain("\x1b");
    expect(err).toContain("--fault s3:CopyObject:error500 hit nothing.\n");
    expect(err).not.toMatch(/resize:throttle hit nothing/);
    expect(out).toMatch(/Resize +retry 1, \d[\d.]* m?s after Lambda\.TooManyRequestsException/);
    expect(out).toMatch(/1 of 2 images processed/);
    expect(code).toBe(1);
  });

  test("is more patient than the SDK, and tells what is processed from what was not copied", async () => {
    const taken = join(folder(), "out", imageIdOf("rocket.jpg"), "metadata.json");
    await mkdir(taken, { recursive: true });
    // The first is the command's own.
    const typed = [photo, "--fault", "s3:PutObject:throttle:3"];
    const { code, out, err } = await runHere("process", typed, { cwd: folder() });
    expect(out).toMatch(/rocket\.jpg +PROCESSED, not copied +\d+ /);
    expect(out).toMatch(
      /rocket\.jpg: Its results were not copied; process it again, .+ \(--out\): .*metadata\.json/,
    );
    expect(out).toContain("1 of 1 image processed.\n");
    expect({ code, err }).toEqual({ code: 1, err: "1 image was processed and not copied.\n" });
  });

  test("tells how many of many are done, also when it is stopped", async () => {
    await mkdir(join(folder(), "many"));
    for (let side = 1; side <= 8; side++)
      await plain(60 + side, 40)
        .jpeg()
        .toFile(join(folder(), "many", `${side}.jpg`));
    // One of them never ends.
    const { child, written, ended } = begin("process", "many", "--fault", "s3:GetObject:slow:1:60000");
    await expect.poll(() => written.out, POLL).toContain("2 of 8 images are done.\n");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(written.err).toMatch(
      /^\nStopped before everything was processed\. [2-7] of 8 images are in out\/\.\n$/,
    );
  });

  test("ends with a sentence and no process left on Ctrl-C", async () => {
    const { child, written, ended } = begin("process", photo, "--fault", "s3:GetObject:slow:9:20000");
    // More than one: the first is the synthesis, the functions' own come after it.
    await expect.poll(async () => (await startedBy(child.pid)).length, POLL).toBeGreaterThan(2);
    const functions = await startedBy(child.pid);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(written.err).toBe("\nStopped before everything was processed.\n");
    expect(await readdir(folder())).toEqual([]);
    expect(written.out).not.toMatch(/images processed/);
    for (const pid of functions) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
