/** The one list of services: what there is, in the order in which they are made, and who needs whom. */
import type { EngineContext } from "../context.ts";
import type { Service, ServiceDescription } from "../http/service.ts";
import { OTHER_RESOURCES } from "../stack/left-out.ts";
import type { ResourceTypes } from "../stack/resource.ts";
import { type ApiGateway, createApiGateway } from "./api-gateway/index.ts";
import { type Cloudfront, createCloudfront } from "./cloudfront/index.ts";
import { CLOUDWATCH, createCloudwatch } from "./cloudwatch/index.ts";
import { COGNITO, type Cognito, createCognito } from "./cognito/index.ts";
import { createDynamodb, DYNAMODB } from "./dynamodb/index.ts";
import { createEventbridge, EVENTBRIDGE } from "./eventbridge/index.ts";
import { IAM_RESOURCES } from "./iam/index.ts";
import { createKms, KMS } from "./kms/index.ts";
import { createLambda, LAMBDA, type Lambda } from "./lambda/index.ts";
import { createRekognition, REKOGNITION } from "./rekognition/index.ts";
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
  EVENTBRIDGE,
  KMS,
  LAMBDA,
  REKOGNITION,
  S3_API,
  SNS,
  SQS,
  STEP_FUNCTIONS,
  STS,
];

export interface Services {
  /** In the order in which they were made; each may need those before it. */
  all: Service[];
  /** Every type of resource that is decided about. */
  resources: ResourceTypes;
  lambda: Lambda;
  scheduler: Scheduler;
  cognito: Cognito;
  apiGateway: ApiGateway;
  cloudfront: Cloudfront;
}

/** Makes them all, before anything of a stack is in them. @param port of the endpoint: those that have one of their own get the next ones. */
export async function createServices(context: EngineContext, port: number): Promise<Services> {
  const iam = { apis: [], resources: IAM_RESOURCES };
  const sts = createSts(context);
  const kms = createKms(context);
  const rekognition = createRekognition();
  const sqsSns = await createSqsSns(context);
  const { queues } = sqsSns;
  const s3 = createS3(context, {
    sendToQueue: queues.send,
    mayNotify: (bucketArn, queueArn) => {
      const sender = context.permissions.service("s3.amazonaws.com", bucketArn);
      return sender.refusalOf({ action: "sqs:SendMessage", resource: queueArn }) === undefined;
    },
  });
  const dynamodb = createDynamodb(context);
  const cloudwatch = createCloudwatch(context);
  const lambda = createLambda(context, queues);
  const { invoke } = lambda;
  const scheduler = createScheduler({ invoke });
  const eventbridge = createEventbridge(context, { invoke, sendToQueue: queues.send });
  const stepFunctions = createStepFunctions(context, invoke);
  const cognito = createCognito(context, { port: portAfter(port, 2) });
  const { verifyToken } = cognito;
  const apiGateway = createApiGateway(context, { port: portAfter(port, 1), invoke, verifyToken });
  const { readObject } = s3;
  const cloudfront = createCloudfront(context, {
    port: portAfter(port, 3),
    readObject,
    apiUrlOf: apiGateway.urlOf,
  });
  const inMemory = [
    iam,
    sts,
    kms,
    rekognition,
    sqsSns,
    s3,
    dynamodb,
    cloudwatch,
    lambda,
    scheduler,
    eventbridge,
    stepFunctions,
  ];
  const all: Service[] = [...inMemory, cognito, apiGateway, cloudfront];
  const resources = Object.assign({}, OTHER_RESOURCES, ...all.map((service) => service.resources));
  return { all, resources, lambda, scheduler, cognito, apiGateway, cloudfront };
}

/** After any free port comes any other, and so it does after the last one. */
function portAfter(port: number, steps: number): number {
  return port === 0 || port + steps > 65_535 ? 0 : port + steps;
}
