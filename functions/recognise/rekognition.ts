/** Amazon Rekognition, as far as it is asked. */
import {
  DetectLabelsCommand,
  DetectModerationLabelsCommand,
  RekognitionClient,
} from "@aws-sdk/client-rekognition";
import type { Label, RecognitionSetting } from "../shared/recognition.ts";

const rekognition = new RekognitionClient();

interface Seen {
  labels: Label[];
  model: string | undefined;
}

export async function detectLabels(
  jpeg: Buffer,
  { minConfidence, maxLabels }: Pick<RecognitionSetting, "minConfidence" | "maxLabels">,
): Promise<Seen> {
  const { Labels, LabelModelVersion } = await rekognition.send(
    new DetectLabelsCommand({ Image: { Bytes: jpeg }, MinConfidence: minConfidence, MaxLabels: maxLabels }),
  );
  return { labels: labelsIn(Labels), model: modelOf("labels", LabelModelVersion) };
}

export async function detectModeration(jpeg: Buffer): Promise<Seen> {
  const { ModerationLabels, ModerationModelVersion } = await rekognition.send(
    new DetectModerationLabelsCommand({ Image: { Bytes: jpeg } }),
  );
  return { labels: labelsIn(ModerationLabels), model: modelOf("moderation", ModerationModelVersion) };
}

function labelsIn(
  labels: { Name?: string | undefined; Confidence?: number | undefined }[] | undefined = [],
): Label[] {
  return labels.flatMap(({ Name, Confidence }) =>
    Name === undefined || Confidence === undefined
      ? []
      : [{ name: Name, confidence: Math.round(Confidence * 10) / 10 }],
  );
}

function modelOf(what: string, version: string | undefined): string | undefined {
  return version === undefined ? undefined : `${what} ${version}`;
}
