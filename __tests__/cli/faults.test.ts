import { Faults, faultText, parseFault } from "stack-engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkFaults } from "../../cli/faults.ts";
import { writeStack } from "../../engine/__tests__/engine-support.ts";

let stack: Awaited<ReturnType<typeof writeStack>>;
beforeAll(async () => {
  stack = await writeStack({ functions: { "photos-resize": { code: "" } } });
});
afterAll(() => stack.remove());

const check = (text: string) => checkFaults([parseFault(text)], stack.file);

test.each([
  "lambda:resize:kill",
  "s3:GetObject:slow",
  "s3:*:slow",
  "s3:Preflight:slow",
  "dynamodb:UpdateItem:error500",
])("%s can hit something", async (text) => {
  await expect(check(text)).resolves.toBeUndefined();
});

test.each([
  ["lambda:rezise:kill", /no function has that in its name\. There are: photos-resize\./],
  ["s3:getobject:slow", /s3 has no operation getobject\. It is GetObject\./],
  ["sqs:PutItem:error500", /sqs has no operation PutItem\. There are: .*SendMessage/],
])("%s is refused", async (text, sentence) => {
  await expect(check(text)).rejects.toThrow(sentence);
});

test("faults that hit nothing are known as they were written", () => {
  const faults = new Faults();
  for (const text of ["lambda:resize:throttle:3", "s3:*:slow:2:500", "sns:Publish:error500"]) {
    faults.add(parseFault(text));
  }
  faults.takeLambda("photos-resize");
  expect(faults.unused().map(faultText)).toEqual(["s3:*:slow", "sns:Publish:error500"]);
});
