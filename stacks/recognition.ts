/** The function that has Amazon Rekognition look at pictures, where the setting asks for it. */
import type { Construct } from "constructs";
import { RECOGNITION_ACTIONS } from "./constructs/boundary.ts";
import { type FunctionDefaults, NodeFunction, type NodeFunctionOptions } from "./constructs/node-function.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { Settings } from "./settings.ts";

/** The state's own timeout, in statemachine/recognition.asl.json, is a little longer. */
const TIMEOUT_SECONDS = 30;

export function addRecognition(
  scope: Construct,
  {
    defaults,
    settings: { recognition, memoryMb },
    layers,
    staging,
  }: {
    defaults: FunctionDefaults;
    settings: Settings;
    layers: NonNullable<NodeFunctionOptions["layers"]>;
    staging: PrivateBucket;
  },
): NodeFunction | undefined {
  if (recognition === false) return undefined;
  const recognise = new NodeFunction(scope, "recognise", {
    ...defaults,
    name: "recognise",
    isVersioned: true,
    memoryMb: memoryMb.recognise,
    timeoutSeconds: TIMEOUT_SECONDS,
    layers,
    environment: { RECOGNITION: JSON.stringify(recognition), STAGING_BUCKET: staging.name },
  });
  staging.grant(recognise, "", "GetObject");
  const { labels, moderation } = recognition;
  const asked = [labels, moderation];
  // Rekognition has no resources for pictures that are sent along.
  recognise.allow(
    RECOGNITION_ACTIONS.filter((_, index) => asked[index]),
    ["*"],
  );
  return recognise;
}
