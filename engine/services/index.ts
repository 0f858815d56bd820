/** The one list of services: what there is, in the order in which they are made, and who needs whom. */
import type { EngineContext } from "../context.ts";
import type { Service, ServiceDescription } from "../http/service.ts";
import { type ApiGateway, createApiGateway } from "./api-gateway/index.ts";
import { type Cloudfront, createCloudfront } from "./cloudfront/index.ts";
import { CLOUDWATCH, createCloudwatch } from "./cloudwatch/index.ts";
import { COGNITO, type Cognito, createCognito } from "./cognito/index.ts";
import { createDynamodb, DYNAMODB } from "./dynamodb/index.ts";
import { IAM_RESOURCES } from "./iam/index.ts";
import { createLambda, LAMBDA, type Lambda } from "./lambda/index.ts";
import { createS3, S3_API } from "./s3/index.ts";
import { createScheduler, type Scheduler } from "./scheduler/index.ts";
import { createSqsSns, SNS, SQS } from "./sqs-sns/index.ts";
import { createStepFunctions, STEP_FUNCTIONS } from "./step-functions/index.ts";
import { createSts, STS } from "./sts/index.ts";

/** What the endpoint answers. */
export const SERVICES: readonly ServiceDescription[] = [
  CLOUDWATCH,
  COGNITO,
  DYNAMODB,
  LAMBDA,
  S3_API,
  SNS,
  SQS,
  STEP_FUNCTIONS,
  STS,
];

export interface Services {
  /** In the order in which they were made; each may need those before it. */
  all: Service[];
  lambda: Lambda;
  scheduler: Scheduler;
  cognito: Cognito;
  apiGateway: ApiGateway;
  cloudfront: Cloudfront;
}

export interface Ports {
  api: number;
  signIn: number;
  site: number;
}

/** Makes them all, before anything of a stack is in them. */
export async function createServices(context: EngineContext, ports: Ports): Promise<Services> {
  const { retryScale, events } = context;
  const sqsSns = await createSqsSns(context);
  const s3 = createS3(context, {
    sendToQueue: sqsSns.queues.send,
    mayNotify: (bucketArn, queueArn) => {
      const s3 = context.permissions.service("s3.amazonaws.com", bucketArn);
      return s3.authorize({ action: "sqs:SendMessage", resource: queueArn }).allowed;
    },
  });
  const dynamodb = createDynamodb(context);
  const cloudwatch = createCloudwatch();
  events.on("log", ({ line }) => cloudwatch.collect(line));
  const lambda = createLambda(context, sqsSns.queues);
  const scheduler = createScheduler(lambda);
  const stepFunctions = createStepFunctions({
    ...context,
    retryScale,
    invoke: lambda.invoke,
    publish: sqsSns.topics.publish,
    onEvent: (event) => events.emit("execution", event),
  });
  const cognito = createCognito(context, { port: ports.signIn });
  const { invoke } = lambda;
  const { verifyToken } = cognito;
  const apiGateway = createApiGateway(context, { port: ports.api, invoke, verifyToken });
  const { readObject } = s3;
  const { urlOf } = apiGateway;
  const cloudfront = createCloudfront(context, { port: ports.site, readObject, apiUrlOf: urlOf });
  const sts = createSts(context);
  const iam = { apis: [], resources: IAM_RESOURCES };
  return {
    all: [
      iam,
      sts,
      sqsSns,
      s3,
      dynamodb,
      cloudwatch,
      lambda,
      scheduler,
      stepFunctions,
      cognito,
      apiGateway,
      cloudfront,
    ],
    lambda,
    scheduler,
    cognito,
    apiGateway,
    cloudfront,
  };
}
