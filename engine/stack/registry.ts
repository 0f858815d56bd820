/** Every type of resource that a stack may hold: what has an emulator on this machine, and what is left out and why. */

import * as gateway from "../services/api-gateway/resources.ts";
import * as distribution from "../services/cloudfront/distribution-resource.ts";
import * as edge from "../services/cloudfront/edge-resources.ts";
import * as users from "../services/cognito/resources.ts";
import * as table from "../services/dynamodb/resources.ts";
import * as iam from "../services/iam/resources.ts";
import * as lambda from "../services/lambda/resources.ts";
import * as s3 from "../services/s3/resources.ts";
import * as schedules from "../services/scheduler/resources.ts";
import * as queues from "../services/sqs-sns/resources.ts";
import * as states from "../services/step-functions/resources.ts";
import * as account from "./account.ts";
import { type Block, StackError } from "./read.ts";
import { emulated, leftOut, type Treatment } from "./resource.ts";

const NO_TEMPORARY_KEYS = "Users get no AWS credentials on this machine.";
const ONLY_CALLER = "Nobody else can reach this machine's engine.";

const resourceTypes: Record<string, Treatment> = {
  aws_s3_bucket: emulated(s3.bucket),
  aws_s3_bucket_versioning: emulated(s3.versioning),
  aws_s3_bucket_cors_configuration: emulated(s3.cors),
  aws_s3_bucket_notification: emulated(s3.notification),
  aws_s3_object: emulated(s3.object),
  aws_s3_bucket_public_access_block: leftOut(ONLY_CALLER),
  aws_s3_bucket_policy: emulated(s3.bucketPolicy),
  aws_s3_bucket_ownership_controls: leftOut("There is one account only."),
  aws_s3_bucket_server_side_encryption_configuration: leftOut("Objects are kept in memory."),
  aws_s3_bucket_lifecycle_configuration: leftOut("Nothing lives longer than the engine."),
  aws_s3_bucket_logging: leftOut("The engine shows what happens."),

  aws_sqs_queue: emulated(queues.queue),
  aws_sqs_queue_policy: emulated(queues.queuePolicy),
  aws_sqs_queue_redrive_allow_policy: leftOut("Only queues of the stack have dead letters here."),

  aws_sns_topic: emulated(queues.topic),
  aws_sns_topic_subscription: emulated(queues.subscription),
  aws_sns_topic_policy: emulated(queues.topicPolicy),

  aws_lambda_function: emulated(lambda.lambdaFunction),
  aws_lambda_layer_version: emulated(lambda.layer),
  aws_lambda_event_source_mapping: emulated(lambda.eventSourceMapping),
  aws_lambda_permission: emulated(lambda.permission),
  aws_lambda_function_event_invoke_config: leftOut("What the clock invokes is not invoked again here."),

  aws_apigatewayv2_api: emulated(gateway.api),
  aws_apigatewayv2_authorizer: emulated(gateway.authorizer),
  aws_apigatewayv2_integration: emulated(gateway.integration),
  aws_apigatewayv2_route: emulated(gateway.route),
  aws_apigatewayv2_stage: emulated(gateway.stage),

  aws_cloudfront_distribution: emulated(distribution.distribution),
  aws_cloudfront_function: emulated(edge.edgeFunction),
  aws_cloudfront_origin_access_control: emulated(edge.originAccessControl),
  aws_cloudfront_response_headers_policy: emulated(edge.responseHeadersPolicy),
  aws_route53_record: leftOut("Addresses of AWS are addresses of this machine here."),
  aws_wafv2_web_acl: leftOut(ONLY_CALLER, account.firewall),

  aws_cognito_user_pool: emulated(users.userPool),
  aws_cognito_user_pool_client: emulated(users.userPoolClient),
  aws_cognito_user_pool_domain: emulated(users.userPoolDomain),
  aws_cognito_identity_pool: leftOut(NO_TEMPORARY_KEYS, account.identityPool),
  aws_cognito_identity_pool_roles_attachment: leftOut(NO_TEMPORARY_KEYS),
  aws_cognito_identity_pool_provider_principal_tag: leftOut(NO_TEMPORARY_KEYS),

  aws_sfn_state_machine: emulated(states.stateMachine),
  aws_dynamodb_table: emulated(table.table),
  aws_cloudwatch_log_group: emulated(account.logGroup),

  aws_iam_role: emulated(iam.role),
  aws_iam_role_policy: emulated(iam.rolePolicy),
  aws_iam_role_policy_attachment: emulated(iam.attachment),
  aws_iam_policy: emulated(iam.policy),
  aws_kms_key: leftOut("Nothing is encrypted in memory.", account.key),
  aws_kms_alias: leftOut("Nothing is encrypted in memory.", account.key),

  aws_cloudwatch_log_delivery_source: leftOut("The engine shows what happens."),
  aws_cloudwatch_log_delivery_destination: leftOut("The engine shows what happens.", account.logDestination),
  aws_cloudwatch_log_delivery: leftOut("The engine shows what happens."),
  aws_scheduler_schedule: emulated(schedules.schedule),
  aws_cloudwatch_metric_alarm: leftOut("Whoever runs the engine sees what goes wrong.", account.alarm),
  aws_cloudwatch_dashboard: leftOut("The engine shows what happens."),
  aws_cloudtrail: leftOut(ONLY_CALLER),

  "data.aws_caller_identity": emulated(account.callerIdentity),
  "data.aws_region": emulated(account.region),
  "data.aws_partition": emulated(account.partition),
};

/** @throws StackError when nobody has decided yet what to do with that type. */
export function treatmentOf({ type, address }: Block): Treatment {
  const treatment = Object.hasOwn(resourceTypes, type) ? resourceTypes[type] : undefined;
  if (treatment) return treatment;
  throw new StackError(
    `The stack has ${address}, and this engine neither emulates ${type} nor leaves it out knowingly. Decide about it in engine/stack/registry.ts.`,
  );
}
