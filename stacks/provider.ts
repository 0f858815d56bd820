/** The AWS provider: of AWS itself, or of an emulator on AWS_ENDPOINT_URL. */
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity/index.js";
import {
  AwsProvider,
  type AwsProviderConfig,
  type AwsProviderEndpoints,
} from "@cdktf/provider-aws/lib/provider/index.js";
import { LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import type { Settings } from "./settings.ts";

/** The services that the stack has resources of, as the provider names their endpoints. */
const SERVICES = [
  "apigatewayv2",
  "budgets",
  "cloudtrail",
  "cloudwatch",
  "cloudwatchlogs",
  "cognitoidentity",
  "cognitoidp",
  "dynamodb",
  "eventbridge",
  "iam",
  "kms",
  "lambda",
  "s3",
  "s3Control",
  "scheduler",
  "sfn",
  "sns",
  "sqs",
  "sts",
] as const satisfies (keyof AwsProviderEndpoints)[];

/** Configures the provider. @returns the id of the account that is deployed to. */
export function configureProvider(stack: TerraformStack, settings: Settings): { accountId: string } {
  const { endpointUrl, environment, region } = settings;
  // The bindings name the one version they were made from; any 6.x will do, from the one on that leaves what AWS says
  // of a bucket's encryption as it is; an index with a key_schema it does since 6.37:
  // https://github.com/hashicorp/terraform-provider-aws/issues/46335 and 46601
  stack.addOverride("terraform.required_providers.aws", { source: "hashicorp/aws", version: "~> 6.40" });
  const defaultTags = [{ tags: { Project: "image-pipeline", Environment: environment } }];
  if (endpointUrl === undefined) {
    new AwsProvider(stack, "aws", { region, defaultTags });
    if (settings.remoteState) keepStateIn(stack, settings, settings.remoteState);
  } else configureForEmulator(stack, endpointUrl, { region, defaultTags });
  return { accountId: new DataAwsCallerIdentity(stack, "account").accountId };
}

/** Locked by a file beside the state: no table is needed for that since Terraform 1.10. */
function keepStateIn(
  stack: TerraformStack,
  { environment, region }: Settings,
  { bucket, ...remote }: NonNullable<Settings["remoteState"]>,
): void {
  new S3Backend(stack, {
    bucket,
    key: remote.key ?? `${environment}/image-pipeline.tfstate`,
    region: remote.region ?? region,
    encrypt: true,
  });
  // The bindings are older than the argument.
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
}

function configureForEmulator(
  stack: TerraformStack,
  endpointUrl: string,
  config: Pick<AwsProviderConfig, "region" | "defaultTags">,
): void {
  const endpoints: AwsProviderEndpoints = Object.fromEntries(
    SERVICES.map((service) => [service, endpointUrl]),
  );
  new AwsProvider(stack, "aws", {
    ...config,
    // The emulator itself is asked for its account id, which the provider needs for the tags of buckets:
    // https://github.com/hashicorp/terraform-provider-aws/issues/45520
    accessKey: "test",
    secretKey: "test",
    s3UsePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRegionValidation: true,
    endpoints: [endpoints],
  });
  // What is in an emulator is not what is on AWS: neither state may be taken for the other's.
  new LocalBackend(stack, { path: `terraform.${stack.node.id}-emulator.tfstate` });
}
