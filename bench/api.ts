/** How long the API's own functions take to answer, warm, under a steady load. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startEngine } from "stack-engine";

export interface ApiFigures {
  route: string;
  requests: number;
  p50Ms: number;
  p99Ms: number;
}

const REQUESTS_PER_SECOND = 50;
const SECONDS = 10;
const WARM_UP_REQUESTS = 50;

/** Each route asked at 50 requests a second, for ten seconds; the time is the function's own. */
export async function measureApi(stackFile: string): Promise<ApiFigures[]> {
  const engine = await startEngine({ stackFile, port: 0 });
  let durations: number[] = [];
  engine.events.on("report", ({ functionName, durationMs }) => {
    if (functionName.includes("-api-")) durations.push(durationMs);
  });
  try {
    const { accessToken } = await engine.testUser();
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${accessToken}`, ...init.headers };
      const answer = await fetch(`${engine.apiUrl}${path}`, { ...init, headers, redirect: "manual" });
      if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.text();
    };
    const imageId = await processedImage(ask);
    const figures: ApiFigures[] = [];
    for (const path of [
      "/images",
      `/images/${imageId}`,
      `/images/${imageId}/history`,
      `/images/${imageId}/download/large`,
    ]) {
      for (let request = 0; request < WARM_UP_REQUESTS; request++) await ask(path);
      durations = [];
      await atSteadyRate(() => ask(path));
      const sorted = durations.toSorted((a, b) => a - b);
      const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
      const route = path.replace(imageId, "{imageId}");
      figures.push({
        route: `GET ${route}`,
        requests: sorted.length,
        p50Ms: quantile(0.5),
        p99Ms: quantile(0.99),
      });
    }
    return figures;
  } finally {
    await engine.stop();
  }
}

type Ask = (path: string, init?: RequestInit) => Promise<string>;

async function processedImage(ask: Ask): Promise<string> {
  const photograph = readFileSync(fileURLToPath(new URL("../samples/rocket.jpg", import.meta.url)));
  const { imageId } = JSON.parse(
    await ask("/images", { method: "POST", body: photograph, headers: { "content-type": "image/jpeg" } }),
  );
  while (JSON.parse(await ask(`/images/${imageId}`)).status !== "PROCESSED")
    await new Promise((resolve) => setTimeout(resolve, 100));
  return imageId;
}

async function atSteadyRate(ask: () => Promise<string>): Promise<void> {
  const asked: Promise<string>[] = [];
  const startedAt = performance.now();
  for (let request = 0; request < REQUESTS_PER_SECOND * SECONDS; request++) {
    const dueInMs = startedAt + (request * 1000) / REQUESTS_PER_SECOND - performance.now();
    if (dueInMs > 0) await new Promise((resolve) => setTimeout(resolve, dueInMs));
    asked.push(ask());
  }
  await Promise.all(asked);
}
