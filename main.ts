/** The CDKTF app: settings in, one stack out. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { ImagePipelineStack } from "./stacks/image-pipeline-stack.ts";
import { readContext, settingsFrom, WrongSettings } from "./stacks/settings.ts";

const LOCK_FILE = ".terraform.lock.hcl";

try {
  const settings = settingsFrom(readContext(new URL("cdktf.json", import.meta.url)), process.env);
  const app = new App();
  const stack = new ImagePipelineStack(app, `image-pipeline-${settings.environment}`, settings);
  app.synth();
  // AWS is deployed to with the one version of the provider that was tried; an emulator with whichever is at hand.
  if (settings.endpointUrl === undefined) {
    const { workingDirectory } = app.manifest.forStack(stack);
    copyFileSync(new URL(LOCK_FILE, import.meta.url), join(app.outdir, workingDirectory, LOCK_FILE));
  }
} catch (error) {
  if (!(error instanceof WrongSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
