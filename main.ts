/** The CDKTF app: settings in, one stack out. */
import { App } from "cdktf";
import { ImagePipelineStack } from "./stacks/image-pipeline-stack.ts";
import { readContext, settingsFrom, WrongSettings } from "./stacks/settings.ts";

try {
  const settings = settingsFrom(readContext(new URL("cdktf.json", import.meta.url)), process.env);
  const app = new App();
  new ImagePipelineStack(app, `image-pipeline-${settings.environment}`, settings);
  app.synth();
} catch (error) {
  if (!(error instanceof WrongSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
