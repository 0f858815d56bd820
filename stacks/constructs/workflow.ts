/** The state machine, with its role, its logs and its traces. */
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target/index.js";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { SfnStateMachine } from "@cdktf/provider-aws/lib/sfn-state-machine/index.js";
import { Construct } from "constructs";
import { renderDefinition, type WorkflowType } from "../../statemachine/render.ts";
import type { Settings } from "../settings.ts";
import { LOG_DELIVERY_ACTIONS, TRACE_ACTIONS } from "./boundary.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";
import { trustInService } from "./policy.ts";
import { Role, type RoleDefaults } from "./role.ts";

export type WorkflowOptions = RoleDefaults & {
  namePrefix: string;
  region: string;
  type: WorkflowType;
  log: Settings["executionLog"];
  logDays: number;
  key: EncryptionKey | undefined;
  validate: NodeFunction;
  resize: NodeFunction;
  watermark: NodeFunction;
  recordMetadata: NodeFunction;
  /** Looks at pictures; undefined where nobody does. */
  recognise: NodeFunction | undefined;
};

export class Workflow extends Construct {
  readonly arn: string;
  readonly consoleUrl: string;
  readonly #executionArns: string;
  readonly #name: string;
  readonly #type: WorkflowType;

  constructor(scope: Construct, id: string, options: WorkflowOptions) {
    super(scope, id);
    const name = `${options.namePrefix}-workflow`;
    const logs = new CloudwatchLogGroup(this, "logs", {
      // This prefix keeps clear of the size limit of CloudWatch's resource policy:
      // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      name: `/aws/vendedlogs/states/${name}`,
      retentionInDays: options.logDays,
      ...(options.key && { kmsKeyId: options.key.arn }),
    });
    const role = new Role(this, {
      ...options,
      name: `${name}-role`,
      description: `What the state machine ${name} may do`,
      trust: [trustInService("states.amazonaws.com", options.accountId)],
    });
    const { validate, resize, watermark, recordMetadata, recognise } = options;
    const steps = [validate, resize, watermark, recordMetadata, ...(recognise ? [recognise] : [])];
    role.allow(
      ["lambda:InvokeFunction"],
      // An execution that began before a deployment ends with the versions that it began with.
      steps.map(({ arn }) => `${arn}:*`),
    );
    // Log delivery and X-Ray have no resources that could be named.
    role.allow([...LOG_DELIVERY_ACTIONS, ...TRACE_ACTIONS], ["*"]);
    const machine = new SfnStateMachine(this, "state-machine", {
      name,
      type: options.type,
      roleArn: role.arn,
      definition: renderDefinition(options.type, {
        validateArn: validate.versionArn,
        resizeArn: resize.versionArn,
        watermarkArn: watermark.versionArn,
        recordMetadataArn: recordMetadata.versionArn,
        ...(recognise && { recogniseArn: recognise.versionArn }),
      }),
      loggingConfiguration: {
        logDestination: `${logs.arn}:*`,
        includeExecutionData: true,
        level: options.log,
      },
      tracingConfiguration: { enabled: true },
      // Step Functions checks that it may write logs when the state machine is created.
      dependsOn: [role.policy],
    });
    this.arn = machine.arn;
    this.#name = name;
    this.#type = options.type;
    this.#executionArns = `arn:aws:states:${options.region}:${options.accountId}:execution:${name}:*`;
    this.consoleUrl = `https://${options.region}.console.aws.amazon.com/states/home?region=${options.region}#/statemachines/view/${machine.arn}`;
  }

  /** Lets a function start executions. */
  grantStart(starter: NodeFunction): void {
    starter.allow(["states:StartExecution"], [this.arn]);
  }

  /** Lets a function see what the state machine is made of. */
  grantDescribe(reader: NodeFunction): void {
    reader.allow(["states:DescribeStateMachine"], [this.arn]);
  }

  /** Invokes a function for each execution that ends badly. EXPRESS ones are none that EventBridge is told of. */
  tellOfBadEnds(listener: NodeFunction): void {
    if (this.#type === "EXPRESS") return;
    const rule = new CloudwatchEventRule(this, "bad-ends", {
      name: `${this.#name}-bad-ends`,
      description: `Executions of ${this.#name} that ended badly`,
      eventPattern: JSON.stringify({
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: { stateMachineArn: [this.arn], status: ["FAILED", "TIMED_OUT", "ABORTED"] },
      }),
    });
    new LambdaPermission(this, "bad-ends-permission", {
      action: "lambda:InvokeFunction",
      functionName: listener.name,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "bad-ends-target", { rule: rule.name, arn: listener.arn });
  }

  /** Lets a function do something with executions that were started. */
  grantOnExecutions(user: NodeFunction, ...actions: ("DescribeExecution" | "GetExecutionHistory")[]): void {
    user.allow(
      actions.map((action) => `states:${action}`),
      [this.#executionArns],
    );
  }
}
