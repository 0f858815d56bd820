/** `npm run upload -- photo.jpg`: to the engine that is running, and then follows what becomes of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { askEngine, usualEndpoint } from "./client.ts";
import { command, runCommand, UsageError } from "./command.ts";
import { fewAtATime, findImages, type ImageFile } from "./files.ts";
import { type Result, recordedResult, variantsText } from "./results.ts";
import { apiOf, bucketOf, Refused, type Sender, type Sent } from "./senders.ts";
import { errorText, printable } from "./text.ts";

const FILES_AT_A_TIME = 8;
const POLL_MS = 150;
/** An upload of which nothing is recorded by then was ignored. */
const START_LIMIT_MS = 30_000;
const NOTHING_STARTED = `Nothing was started for it within ${START_LIMIT_MS / 1000} s. That may come: npm start tells why it waits.`;
/** An execution that records nothing for this long was stopped, or could not record how it ended. */
const END_LIMIT_MS = 600_000;
const NOTHING_ENDED = `It has been processed for ${END_LIMIT_MS / 60_000} minutes without end.`;

await runCommand(async () => {
  const { paths, endpoint, api } = readArguments();
  const files = await findImages(paths);
  const about = await askEngine(endpoint);
  if (api && about.apiUrl === "")
    throw new UsageError(`The stack that runs at ${endpoint} has no REST API. Leave out --api.`);
  const sender = api ? apiOf(about, endpoint) : bucketOf(about, endpoint);
  const outcomes = await fewAtATime(files, FILES_AT_A_TIME, async (file) => {
    const { outcome, text } = await sendAndFollow(file, sender);
    console.log(`${printable(file.path)}: ${printable(text)}`);
    return outcome;
  });
  sender.close();
  return outcomes.every((outcome) => outcome === "processed") ? 0 : 1;
});

function readArguments(): { paths: string[]; endpoint: string; api: boolean } {
  const program = command("upload", "Uploads images to the engine that npm start runs.", { files: true })
    .option("--endpoint <url>", "where that engine is (AWS_ENDPOINT_URL)", usualEndpoint)
    .option("--api", "send them through the REST API, as its test user")
    .parse();
  return { paths: program.args, api: false, ...program.opts<{ endpoint: string; api?: true }>() };
}

async function sendAndFollow(file: ImageFile, sender: Sender): Promise<{ outcome: string; text: string }> {
  let sent: Sent;
  try {
    sent = await sender.send(file);
  } catch (error) {
    if (error instanceof Refused) return { outcome: "rejected", text: `rejected. ${error.message}` };
    return { outcome: "unsent", text: `could not be sent. ${errorText(error)}` };
  }
  try {
    const result = await follow(sent);
    const { outcome } = result;
    if (outcome === "superseded")
      return { outcome, text: "a newer version of it was recorded first, or it was deleted" };
    if (outcome !== "processed") return { outcome, text: `${outcome}. ${result.reason}` };
    return { outcome, text: `processed into ${variantsText(result)}: ${sent.show}` };
  } catch (error) {
    const reason = errorText(error).replace(/[^.?]$/, "$&.");
    const text = `was sent; its outcome is not known. ${reason} Look with ${sent.explain}`;
    return { outcome: "unknown", text };
  }
}

/** @throws where nothing more is known of it. */
async function follow({ look }: Sent): Promise<Result> {
  const began = performance.now();
  for (;;) {
    const seen = await look();
    if (seen === "superseded") return { outcome: seen };
    const result = seen && recordedResult(seen);
    if (result) return result;
    const waitedMs = performance.now() - began;
    if (!seen && waitedMs > START_LIMIT_MS) throw new Error(NOTHING_STARTED);
    if (waitedMs > END_LIMIT_MS) throw new Error(NOTHING_ENDED);
    await sleep(POLL_MS);
  }
}
