import { DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import { versionOf } from "../../functions/shared/keys.ts";
import { countUnderWay, countUnderWayOf, table } from "../../functions/shared/table.ts";

/** In the place of AWS. */
const INSTEAD = "instead";
const answerWith = (answer: () => object) =>
  table.middlewareStack.add(
    () => async () => ({ response: {}, output: { $metadata: {}, ...answer() } as never }),
    { step: "initialize", priority: "low", name: INSTEAD },
  );
// Other tests have this client too.
afterEach(() => table.middlewareStack.remove(INSTEAD));

describe("how many images are under way", () => {
  it("is the sum of all shards", async () => {
    const counts = [1, 2, 3, 4];
    answerWith(() => ({ Count: counts.shift() }));
    expect(await countUnderWay("Images", 100)).toBe(10);
  });

  it("is enough where there are more than DynamoDB reads at a time", async () => {
    answerWith(() => ({ Count: 1680, LastEvaluatedKey: { imageId: "a" } }));
    expect(await countUnderWay("Images", 5000)).toBeGreaterThanOrEqual(5000);
  });

  it("is enough where DynamoDB has no time to count: overload makes no dead letter", async () => {
    answerWith(() => {
      throw new DynamoDBServiceException({ name: "ThrottlingException", $fault: "client", $metadata: {} });
    });
    expect(await countUnderWay("Images", 100)).toBe(100);
  });

  it("is not known where something else is wrong", async () => {
    answerWith(() => {
      throw new DynamoDBServiceException({ name: "AccessDenied", $fault: "client", $metadata: {} });
    });
    await expect(countUnderWay("Images", 100)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("how many images of one owner are under way", () => {
  it("is as many as may be where DynamoDB has no time to count", async () => {
    answerWith(() => ({ Count: 3 }));
    expect(await countUnderWayOf("Images", "ann", 100)).toBe(3);
    table.middlewareStack.remove(INSTEAD);
    answerWith(() => {
      throw new DynamoDBServiceException({ name: "ThrottlingException", $fault: "client", $metadata: {} });
    });
    expect(await countUnderWayOf("Images", "ann", 100)).toBe(100);
  });
});

it("an EXPRESS execution writes where its record says, which is made before it runs", () => {
  const prefix = "arn:aws:states:eu-west-1:111111111111";
  expect(versionOf({ arn: `${prefix}:express:photos-workflow:one:8a7b` })).toBe(
    versionOf({ arn: `${prefix}:execution:photos-workflow:one` }),
  );
});
