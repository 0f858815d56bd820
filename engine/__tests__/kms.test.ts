import { verify } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignCommand, type SignCommandInput } from "@aws-sdk/client-kms";
import { expect, onTestFinished, test } from "vitest";
import { type Fixture, runStack, temporaryEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const SIGNER = "aws_kms_key.signer";

function stack(key: object = {}): Fixture {
  return {
    resource: {
      aws_kms_key: {
        signer: { key_usage: "SIGN_VERIFY", customer_master_key_spec: "RSA_2048", ...key },
        cipher: { enable_key_rotation: true },
      },
    },
    data: { aws_kms_public_key: { signer: { key_id: "${aws_kms_key.signer.key_id}" } } },
    output: { pem: { value: "${data.aws_kms_public_key.signer.public_key_pem}" } },
  };
}

const RAW = {
  KeyId: SIGNER,
  Message: Buffer.from("a policy"),
  MessageType: "RAW",
  SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
} satisfies SignCommandInput;

test("a key signs the same with the same, and its public half in the stack verifies it", async () => {
  const engine = await temporaryEngine(stack());
  const { kms } = adminClients(engine);
  const first = await kms.send(new SignCommand(RAW));
  const again = await kms.send(new SignCommand({ ...RAW, KeyId: first.KeyId }));
  expect(again.Signature).toEqual(first.Signature);
  const pem = engine.outputs.pem ?? "";
  expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n.*-----END PUBLIC KEY-----\n$/s);
  expect(verify("sha256", RAW.Message, pem, Buffer.from(first.Signature ?? []))).toBe(true);
});

test.each([
  ["a key that encrypts", { KeyId: "aws_kms_key.cipher" }, "NotFoundException"],
  ["no key", { KeyId: "aws_kms_key.none" }, "NotFoundException"],
  ["too long a message", { Message: Buffer.alloc(4097) }, "ValidationException"],
  ["another algorithm", { SigningAlgorithm: "RSASSA_PSS_SHA_256" as const }, "ValidationException"],
  ["a digest", { MessageType: "DIGEST" as const }, "ValidationException"],
])("%s signs nothing", async (_, other, name) => {
  const { kms } = adminClients(await temporaryEngine(stack()));
  await expect(kms.send(new SignCommand({ ...RAW, ...other }))).rejects.toMatchObject({ name });
});

test("another kind of key stops the engine", async () => {
  await expect(runStack(stack({ customer_master_key_spec: "ECC_NIST_P256" }))).rejects.toThrow(/RSA_2048/);
});

test("the next engine on the same data signs with the same key", async () => {
  const data = await mkdtemp(join(tmpdir(), "kms-"));
  onTestFinished(() => rm(data, { recursive: true }));
  const pems: (string | undefined)[] = [];
  for (let run = 0; run < 2; run++) {
    const engine = await runStack(stack(), { data });
    pems.push(engine.outputs.pem);
    await engine.stop();
  }
  expect(pems[0]).toBeTruthy();
  expect(pems[1]).toBe(pems[0]);
});
