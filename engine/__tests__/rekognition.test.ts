import { DetectLabelsCommand, DetectModerationLabelsCommand } from "@aws-sdk/client-rekognition";
import { expect, test } from "vitest";
import { sharedEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);

const { rekognition } = adminClients(await sharedEngine({}));

test("each answer says that nobody has looked", async () => {
  const Image = { Bytes: JPEG };
  expect(await rekognition.send(new DetectLabelsCommand({ Image }))).toMatchObject({
    Labels: [{ Name: "Stand-in: nobody has looked", Confidence: 99 }],
    LabelModelVersion: "stand-in",
  });
  expect(await rekognition.send(new DetectModerationLabelsCommand({ Image }))).toMatchObject({
    ModerationLabels: [{ Name: "Stand-in: nobody has looked", Confidence: 55 }],
    ModerationModelVersion: "stand-in",
  });
  const sure = new DetectModerationLabelsCommand({ Image, MinConfidence: 56 });
  expect((await rekognition.send(sure)).ModerationLabels).toEqual([]);
});

test("what AWS does not take is refused as there", async () => {
  const refusalOf = (Bytes: Buffer) =>
    rekognition.send(new DetectLabelsCommand({ Image: { Bytes } })).catch(({ name }: Error) => name);
  expect(await refusalOf(Buffer.from("RIFF1234WEBP"))).toBe("InvalidImageFormatException");
  expect(await refusalOf(Buffer.concat([JPEG, Buffer.alloc(5 * 2 ** 20)]))).toBe("ImageTooLargeException");
});
