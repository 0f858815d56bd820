/** Size of each function's bundle, and how long a new process takes to load it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { median } from "./measure.ts";
import type { Stack } from "./stack.ts";

export interface BundleFigures {
  name: string;
  bytes: number;
  loadMs: number;
  hasSharp: boolean;
}

const LOADS = 5;

export function measureBundles({ file, lambdas }: Stack): BundleFigures[] {
  return lambdas.map(({ filename, function_name, layers, memory_size, environment }) => {
    const variables = {
      ...environment.variables,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory_size),
    };
    const files = unzipSync(readFileSync(join(dirname(file), filename)));
    const folder = mkdtempSync(join(tmpdir(), "bench-bundle-"));
    try {
      for (const [name, bytes] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), bytes);
      }
      return {
        name: function_name,
        bytes: files["index.mjs"]?.length ?? 0,
        loadMs: median(Array.from({ length: LOADS }, () => loadOnce(folder, variables))),
        hasSharp: layers.length > 0,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** As on Lambda: nothing but the bundle, and sharp where NODE_PATH has it. */
function loadOnce(folder: string, variables: Record<string, string>): number {
  const layer = join(folder, "layer");
  mkdirSync(layer, { recursive: true });
  rmSync(join(layer, "sharp"), { force: true });
  symlinkSync(
    fileURLToPath(new URL("../node_modules/sharp", import.meta.url)),
    join(layer, "sharp"),
    "junction",
  );
  const script = `const start = performance.now(); await import("./index.mjs"); console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    encoding: "utf8",
    env: { ...variables, AWS_REGION: "us-east-1", NODE_PATH: layer, PATH: process.env.PATH ?? "" },
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout.trim().split("\n").at(-1));
}
