import { statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { connect } from "../../cli/client.ts";
import { plain } from "../fixtures/images.ts";
import { beginProgram, commandsInFolder, POLL, project, runHere } from "./command-support.ts";

const { folder, begin, run } = commandsInFolder();

test("npm start shows what npm run upload brings, until Ctrl-C", async () => {
  const { child, written, ended } = begin("start", "--port", "0", "--log-file", "pipeline.log");
  await isStarted({ written, ended });
  const endpoint = /AWS endpoint +(\S+)/.exec(written.out)?.[1] ?? "";
  const siteUrl = /^ {2}Web app +(\S+)$/m.exec(written.out)?.[1] ?? "";
  expect(await (await fetch(siteUrl)).text()).toMatch(/^<!doctype html>/i);
  expect(written.out).toMatch(/sign in as test@example\.org, .+: no password is asked for\.\n/);
  const photo = join(folder(), "rocket.jpg");
  await plain(64, 43).jpeg().toFile(photo);
  const uploaded = await run("upload", "rocket.jpg", "--endpoint", endpoint);
  expect(uploaded.out).toMatch(/rocket\.jpg: processed into \d+ variants/);
  expect(uploaded.code).toBe(0);
  expect(written.out).toContain(`npm run upload -- --endpoint ${endpoint} photo.jpg`);
  await plain(450, 300).png().toFile(photo);
  const again = await runHere("upload", ["rocket.jpg", "--endpoint", endpoint], { cwd: folder() });
  expect(again.out).toMatch(/rocket\.jpg: processed into \d+ variants/);
  expect(again.out).not.toBe(uploaded.out);
  await writeFile(join(folder(), "words"), "no pixels");
  const sent = await runHere("upload", [photo, "words", "--api", "--endpoint", endpoint], { cwd: folder() });
  expect(sent.out).toMatch(
    /rocket\.jpg: processed into \d+ variants.*, [\d.]+ k?B: curl .+\/images\/[0-9a-f]{32}\n/,
  );
  expect(sent.out).toMatch(/words: rejected\. This is text/);
  expect({ code: sent.code, err: sent.err }).toEqual({ code: 1, err: "" });
  await expect.poll(() => written.out, POLL).toMatch(/PROCESSED +\d+ ms {2}\d+ variants.*, [\d.]+ k?B/);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  for (const state of ["Validate", "Resize", "Watermark", "RecordMetadata"]) {
    expect(written.out).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} {2}\\S+ +${state} +\\d+ ms$`, "m"),
    );
  }
  expect(await readFile(join(folder(), "pipeline.log"), "utf8")).toBe(written.out);
});

test("npm start ends when npm is ended, leaves nothing, and what is deployed from here alone", async () => {
  const before = synthesizedForDeployment();
  const { child, written, ended } = beginProgram("npm", ["start", "--", "--port", "0"]);
  await isStarted({ written, ended });
  child.kill("SIGTERM");
  await ended;
  expect(written.out).toMatch(/Stopped\. Nothing is left running\.\n$/);
  expect(synthesizedForDeployment()).toBe(before);
});

test("npm start --data says what it takes up after an engine that was killed", async () => {
  const onFolder = ["--port", "0", "--data", "kept"];
  const first = begin("start", ...onFolder, "--fault", "s3:GetObject:slow:1:100000");
  await isStarted(first);
  expect(first.written.out).not.toContain("It takes up");
  await plain(64, 43).jpeg().toFile(join(folder(), "rocket.jpg"));
  const endpoint = /AWS endpoint +(\S+)/.exec(first.written.out)?.[1] ?? "";
  const upload = begin("upload", "rocket.jpg", "--endpoint", endpoint);
  const engine = connect({ endpoint, region: "us-east-1" });
  const stateMachineArn = /State machine +(\S+)/.exec(first.written.out)?.[1];
  const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING" });
  await expect.poll(async () => (await engine.states.send(running)).executions, POLL).toHaveLength(1);
  engine.close();
  upload.child.kill("SIGKILL");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = begin("start", ...onFolder);
  await isStarted(second);
  expect(second.written.out).toMatch(/\nIt takes up 1 execution that was under way\.\n/);
  second.child.kill("SIGINT");
  await second.ended;
});

/** @throws what a program wrote that ended instead. */
async function isStarted({ written, ended }: Pick<ReturnType<typeof beginProgram>, "written" | "ended">) {
  const over = ended.then((code) => Promise.reject(new Error(`It ended with ${code}: ${written.err}`)));
  await Promise.race([expect.poll(() => written.out, POLL).toMatch(/Ctrl-C stops it/), over]);
  // It ends after this, too.
  over.catch(() => undefined);
}

/** When it was written, if it was. */
function synthesizedForDeployment(): number | undefined {
  return statSync(join(project, "cdktf.out", "manifest.json"), { throwIfNoEntry: false })?.mtimeMs;
}
