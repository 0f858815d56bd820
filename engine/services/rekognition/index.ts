/** Rekognition's place on one machine: a stand-in that looks at nothing, and says so in each answer. What it takes is what AWS takes. */
import * as z from "zod";
import { JSON_1_1 } from "../../http/answers.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";

export const REKOGNITION: ServiceDescription = {
  name: "rekognition",
  title: "Rekognition (a stand-in, which looks at nothing)",
  operations: ["DetectLabels", "DetectModerationLabels"],
};

const LABEL = "Stand-in: nobody has looked";
const MODEL_VERSION = "stand-in";

/** So that whoever asks for labels gets one, and whoever withholds what is fairly certain withholds nothing. */
const CONFIDENCE = { label: 99, moderation: 55 };

/** https://docs.aws.amazon.com/rekognition/latest/dg/limits.html */
const MOST_BYTES = 5 * 2 ** 20;

export function createRekognition(): Service {
  const api = jsonService(REKOGNITION, {
    target: "RekognitionService",
    contentType: JSON_1_1,
    operations: {
      DetectLabels(input) {
        const { MinConfidence = 55 } = read(input);
        const label = { Name: LABEL, Confidence: CONFIDENCE.label, Instances: [], Parents: [] };
        return { Labels: atLeast(MinConfidence, label), LabelModelVersion: MODEL_VERSION };
      },
      DetectModerationLabels(input) {
        const { MinConfidence = 50 } = read(input);
        const label = { Name: LABEL, ParentName: "", Confidence: CONFIDENCE.moderation, TaxonomyLevel: 1 };
        return { ModerationLabels: atLeast(MinConfidence, label), ModerationModelVersion: MODEL_VERSION };
      },
    },
    // Neither operation has resources that could be named.
    permissionsFor: (operation) => [{ action: `rekognition:${operation}`, resource: "*" }],
  });
  return { apis: [api], resources: {} };
}

const inputSchema = z.object({
  Image: z.object({ Bytes: z.base64().transform((text) => Buffer.from(text, "base64")) }),
  MinConfidence: z.number().min(0).max(100).optional(),
  MaxLabels: z.int().min(0).optional(),
});

/** @throws ServiceError as AWS does for a picture that it does not take. */
function read(input: unknown): z.infer<typeof inputSchema> {
  const data = readInput(inputSchema, input, "InvalidParameterException");
  const { Bytes } = data.Image;
  if (Bytes.length > MOST_BYTES)
    throw new ServiceError("ImageTooLargeException", "Request has image bytes of more than 5 MB.");
  const isJpeg = Bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]));
  const isPng = Bytes.subarray(1, 4).toString("latin1") === "PNG";
  if (!isJpeg && !isPng)
    throw new ServiceError("InvalidImageFormatException", "Request has invalid image format.");
  return data;
}

function atLeast<Label extends { Confidence: number }>(least: number, label: Label): Label[] {
  return label.Confidence >= least ? [label] : [];
}
