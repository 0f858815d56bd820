/** The synthesized stack, as far as the bench looks into it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Lambda {
  function_name: string;
  filename: string;
  layers: string[];
  memory_size: number;
  environment: { variables: Record<string, string> };
}
export interface Stack {
  file: string;
  lambdas: Lambda[];
}

export function synthesizeStack(): Stack {
  const outdir = mkdtempSync(join(tmpdir(), "bench-synth-"));
  const { status, stderr } = spawnSync(process.execPath, ["main.ts"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
    env: { ...process.env, CDKTF_OUTDIR: outdir },
  });
  if (status !== 0) throw new Error(stderr);
  const [name = ""] = readdirSync(join(outdir, "stacks"));
  const file = join(outdir, "stacks", name, "cdk.tf.json");
  const { resource }: { resource: { aws_lambda_function: Record<string, Lambda> } } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return { file, lambdas: Object.values(resource.aws_lambda_function) };
}
