/** The AWS provider: of AWS itself, or of an emulator on AWS_ENDPOINT_URL. */
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity/index.js";
import { AwsProvider, type AwsProviderEndpoints } from "@cdktf/provider-aws/lib/provider/index.js";
import type { TerraformStack } from "cdktf";
import type { Settings } from "./settings.ts";

/** Emulators know one account. */
const EMULATOR_ACCOUNT_ID = "000000000000";

/** The services that the stack has resources of, as the provider names their endpoints. */
const SERVICES = ["cloudwatchlogs", "dynamodb", "iam", "lambda", "s3", "sfn", "sns", "sqs", "sts"] as const;

/** Configures the provider. @returns the id of the account that is deployed to. */
export function configureProvider(stack: TerraformStack, settings: Settings): { accountId: string } {
  const { endpointUrl, environment, region } = settings;
  // The bindings name the one version they were made from; any 6.x will do.
  stack.addOverride("terraform.required_providers.aws", { source: "hashicorp/aws", version: "~> 6.0" });
  const defaultTags = [{ tags: { Project: "image-pipeline", Environment: environment } }];
  if (endpointUrl === undefined) {
    new AwsProvider(stack, "aws", { region, defaultTags });
    return { accountId: new DataAwsCallerIdentity(stack, "account").accountId };
  }
  const endpoints: AwsProviderEndpoints = Object.fromEntries(
    SERVICES.map((service) => [service, endpointUrl]),
  );
  new AwsProvider(stack, "aws", {
    region,
    defaultTags,
    accessKey: "test",
    secretKey: "test",
    s3UsePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRegionValidation: true,
    skipRequestingAccountId: true,
    endpoints: [endpoints],
  });
  return { accountId: EMULATOR_ACCOUNT_ID };
}
