import { GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { EVERYTHING, type Fixture, policyOf, roleOf, runStack, temporaryEngine } from "./engine-support.ts";
import { allow, clientsOf, deny, IDENTITY, refusalOf } from "./iam-support.ts";

const role = roleOf("reader", "lambda.amazonaws.com");
const refused = (fixture: Fixture, message: RegExp) => expect(runStack(fixture)).rejects.toThrow(message);
const withPolicy = (policy: string, over: object = {}): Fixture => ({
  resource: {
    aws_iam_role: { reader: role },
    aws_iam_role_policy: { own: { role: "${aws_iam_role.reader.name}", policy, ...over } },
  },
});

describe("a stack is refused, with what is wrong,", () => {
  test("when a policy says what nothing here can be held against", async () => {
    const condition = { Condition: { DateLessThan: { "aws:CurrentTime": "2030-01-01" } } };
    await refused(
      withPolicy(policyOf({ ...EVERYTHING, ...condition })),
      /aws_iam_role_policy\.own.*aws:CurrentTime/s,
    );
  });

  test("when a role that is not there gets a policy", () =>
    refused(
      withPolicy(policyOf(EVERYTHING), { role: "writer" }),
      /aws_iam_role_policy\.own.*no role writer/,
    ));

  test("when a role has policies in itself", () =>
    refused(
      { resource: { aws_iam_role: { r: { ...role, managed_policy_arns: ["arn:aws:iam::aws:policy/X"] } } } },
      /managed_policy_arns|resources of their own/,
    ));

  test("when a role has a policy of AWS as its boundary", () =>
    refused(
      { resource: { aws_iam_role: { r: { ...role, permissions_boundary: "arn:aws:iam::aws:policy/X" } } } },
      /no policy arn:aws:iam::aws:policy\/X in the stack/,
    ));

  test("when Lambda may not take on the function's role", async () => {
    const aws_iam_role = { worker: roleOf("worker-role", "states.amazonaws.com") };
    const functions = { worker: { code: IDENTITY } };
    await refused(
      { functions, resource: { aws_iam_role } },
      /aws_lambda_function\.worker cannot be applied: The role defined for the function cannot be assumed by Lambda/,
    );
  });

  test("when Step Functions may not take on the machine's role for this account", async () => {
    const statement = JSON.parse(roleOf("", "states.amazonaws.com").assume_role_policy).Statement[0];
    const Condition = { StringEquals: { "aws:SourceAccount": "123456789012" } };
    const assume_role_policy = policyOf({ ...statement, Condition });
    const definition = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}';
    const resource = {
      aws_iam_role: { r: { name: "r", assume_role_policy } },
      aws_sfn_state_machine: { m: { name: "m", role_arn: "${aws_iam_role.r.arn}", definition } },
    };
    await refused(
      { resource },
      /aws_sfn_state_machine\.m cannot be applied: Neither the global service principal/,
    );
  });

  test.each(["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])(
    "when a function that is to get a queue's messages lacks %s",
    async (call) => {
      const queue = "${aws_sqs_queue.q.arn}";
      const worker = { code: IDENTITY, allowed: [allow("sqs:*", queue), deny(`sqs:${call}`, "*")] };
      const resource = {
        aws_sqs_queue: { q: { name: "q" } },
        aws_lambda_event_source_mapping: {
          q: { event_source_arn: queue, function_name: "${aws_lambda_function.worker.arn}" },
        },
      };
      const message = `The function execution role does not have permissions to call ${call} on SQS`;
      await refused({ functions: { worker }, resource }, new RegExp(message));
    },
  );
});

test("a boundary limits what a role's policies allow", async () => {
  const engine = await temporaryEngine({
    functions: { worker: { code: IDENTITY, allowed: [allow("dynamodb:*", "*")] } },
    resource: {
      aws_dynamodb_table: {
        t: { name: "records", hash_key: "id", attribute: [{ name: "id", type: "S" }] },
      },
      aws_iam_policy: {
        boundary: { name: "boundary", path: "/limits/", policy: policyOf(allow("dynamodb:*Item", "*")) },
      },
      aws_iam_role: {
        worker: {
          ...roleOf("worker-role", "lambda.amazonaws.com"),
          permissions_boundary: "${aws_iam_policy.boundary.arn}",
        },
      },
    },
  });
  const { dynamodb } = await clientsOf(engine, "worker");
  const Key = { id: { S: "1" } };
  expect(await refusalOf(dynamodb.send(new GetItemCommand({ TableName: "records", Key })))).toBeUndefined();
  expect((await refusalOf(dynamodb.send(new ScanCommand({ TableName: "records" }))))?.message).toContain(
    "because no permissions boundary allows the dynamodb:Scan action",
  );
});
