/** A Lambda function of ours, with its own role, which may do nothing until it is allowed to, and its own log group. */
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { LambdaLayerVersion } from "@cdktf/provider-aws/lib/lambda-layer-version/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { ArchiveFiles } from "../assets/archive.ts";
import { bundleFunction } from "../assets/bundle.ts";
import type { Architecture } from "../assets/sharp-layer.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { IsolatedNetwork } from "./isolated-network.ts";
import { type Statement, trustInService } from "./policy.ts";
import { Role, type RoleDefaults } from "./role.ts";

export const RUNTIME = "nodejs24.x";

/** What all functions of a stack have in common. */
export type FunctionDefaults = RoleDefaults & {
  /** What names start with: `<namePrefix>-<function>`. */
  namePrefix: string;
  architecture: Architecture;
  logDays: number;
  /** Of logs; without it they are encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
  /** Of an emulator; undefined on AWS. */
  endpointUrl: string | undefined;
};

export type NodeFunctionOptions = FunctionDefaults & {
  /** The function's folder in `functions/`. */
  name: string;
  memoryMb: number;
  timeoutSeconds: number;
  environment: Record<string, string>;
  layers?: LambdaLayerVersion[];
  /** Files to lie beside the bundle. */
  files?: ArchiveFiles;
  /** Whether X-Ray has traces that begin with it; else it has those of whoever invokes it. */
  beginsTraces?: false;
  /** Every deployment that changes it makes a version, with its code and its settings, which stays as it is. */
  isVersioned?: true;
  /** Where it runs; without one, where everything can be reached. */
  network?: IsolatedNetwork | undefined;
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const MAX_ENVIRONMENT_BYTES = 4096;

export class NodeFunction extends Construct {
  readonly arn: string;
  /** Of the version that is deployed, where it has versions; else of whatever is deployed last. */
  readonly versionArn: string;
  readonly name: string;
  /** The function's folder in `functions/`. */
  readonly shortName: string;
  readonly memoryMb: number;
  /** What API Gateway integrates with. */
  readonly invokeArn: string;
  /** Depend on it where AWS checks, when something is created, what the function may do. */
  readonly policy: IamRolePolicy;
  readonly #role: Role;
  readonly #lambda: LambdaFunction;
  readonly #options: NodeFunctionOptions;

  constructor(scope: Construct, id: string, options: NodeFunctionOptions) {
    super(scope, id);
    this.#options = { ...options, environment: { ...options.environment } };
    this.shortName = options.name;
    this.memoryMb = options.memoryMb;
    const functionName = `${options.namePrefix}-${options.name}`;
    const logs = new CloudwatchLogGroup(this, "logs", {
      name: `/aws/lambda/${functionName}`,
      retentionInDays: options.logDays,
      ...(options.key && { kmsKeyId: options.key.arn }),
    });
    this.#role = new Role(this, {
      ...options,
      name: `${functionName}-role`,
      description: `What the function ${functionName} may do`,
      trust: [trustInService("lambda.amazonaws.com", options.accountId)],
    });
    this.policy = this.#role.policy;
    options.network?.admit(functionName, this.#role);
    const code = bundleFunction(options.name, options.files ?? {});
    const archive = new TerraformAsset(this, "code", { path: code.path, type: AssetType.FILE });
    const lambda = new LambdaFunction(this, "function", {
      functionName,
      role: this.#role.arn,
      runtime: RUNTIME,
      architectures: [options.architecture],
      handler: "index.handler",
      filename: archive.path,
      sourceCodeHash: code.sha256,
      memorySize: options.memoryMb,
      timeout: options.timeoutSeconds,
      layers: (options.layers ?? []).map(({ arn }) => arn),
      environment: { variables: environmentOf(options) },
      loggingConfig: { logFormat: "Text", logGroup: logs.name },
      tracingConfig: { mode: options.beginsTraces === false ? "PassThrough" : "Active" },
      ...(options.isVersioned && { publish: true }),
      ...(options.network && {
        vpcConfig: {
          subnetIds: options.network.subnetIds,
          securityGroupIds: [options.network.securityGroupId],
        },
      }),
      // Without its rights, the first invocations would fail.
      dependsOn: [this.policy],
    });
    this.#lambda = lambda;
    this.arn = lambda.arn;
    this.versionArn = options.isVersioned ? lambda.qualifiedArn : lambda.arn;
    this.name = lambda.functionName;
    this.invokeArn = lambda.invokeArn;
    this.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [`${logs.arn}:*`]);
    // X-Ray has no resources that could be named.
    this.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]);
  }

  /** Tells it more, of what is made after it. */
  addEnvironment(more: Record<string, string>): void {
    Object.assign(this.#options.environment, more);
    this.#lambda.putEnvironment({ variables: environmentOf(this.#options) });
  }

  get roleArn(): string {
    return this.#role.arn;
  }

  allow(actions: string[], resources: string[], condition?: Statement["Condition"]): void {
    this.#role.allow(actions, resources, condition);
  }
}

function environmentOf({ name, namePrefix, environment, endpointUrl }: NodeFunctionOptions) {
  const variables = {
    ...environment,
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: namePrefix,
    ...(endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > MAX_ENVIRONMENT_BYTES)
    throw new Error(
      `The settings of ${namePrefix}-${name} take ${bytes} bytes; Lambda gives a function ${MAX_ENVIRONMENT_BYTES}. Configure fewer variants, or shorter texts.`,
    );
  return variables;
}
