/** The development server in front of the pipeline that `npm start` runs: its API and its settings, on the page's own origin. */
import type { Plugin } from "vite";

/** @param engineUrl where the pipeline's AWS endpoint is. */
export function runningPipeline(engineUrl: string): Plugin {
  return {
    name: "running-pipeline",
    apply: "serve",
    async config() {
      const target = await siteUrlOf(engineUrl);
      return { server: { proxy: { "/api": target, "/config.json": target } } };
    },
  };
}

async function siteUrlOf(engineUrl: string): Promise<string> {
  const answer = await fetch(`${engineUrl}/_engine/outputs`).catch(() => undefined);
  const { siteUrl }: { siteUrl?: string } = answer?.ok ? await answer.json() : {};
  if (siteUrl) return siteUrl;
  throw new Error(
    `No pipeline with a web app runs at ${engineUrl}. Start one with "npm start", or set ENGINE_URL to where it is.`,
  );
}
