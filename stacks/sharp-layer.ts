/** sharp and libvips, as a layer of the functions that work on pixels. */
import { LambdaLayerVersion } from "@cdktf/provider-aws/lib/lambda-layer-version/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { sharpLayer } from "./assets/sharp-layer.ts";
import { RUNTIME } from "./constructs/node-function.ts";
import type { Settings } from "./settings.ts";

export function sharpLayerVersion(
  scope: Construct,
  namePrefix: string,
  { architecture }: Settings,
): LambdaLayerVersion {
  const layer = sharpLayer(architecture);
  const archive = new TerraformAsset(scope, "sharp-layer-archive", {
    path: layer.path,
    type: AssetType.FILE,
  });
  return new LambdaLayerVersion(scope, "sharp-layer", {
    layerName: `${namePrefix}-sharp`,
    description: "sharp and libvips, from npm",
    filename: archive.path,
    sourceCodeHash: layer.sha256,
    compatibleRuntimes: [RUNTIME],
    compatibleArchitectures: [architecture],
  });
}
