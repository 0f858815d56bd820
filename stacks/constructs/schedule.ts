/** Invokes a function again and again. */
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { Construct } from "constructs";
import type { NodeFunction } from "./node-function.ts";
import { trustInService } from "./policy.ts";
import { Role, type RoleDefaults } from "./role.ts";

export type ScheduleOptions = RoleDefaults & {
  name: string;
  everyMinutes: number;
  target: NodeFunction;
  /** Whether Lambda tries twice more, in the minutes after, what has failed. */
  isTriedAgain?: true;
};

export class Schedule extends Construct {
  constructor(scope: Construct, id: string, options: ScheduleOptions) {
    super(scope, id);
    const { name, everyMinutes, target, accountId, boundaryArn, isTriedAgain } = options;
    const role = new Role(this, {
      name: `${name}-schedule-role`,
      description: `Lets the schedule ${name} invoke its function`,
      trust: [trustInService("scheduler.amazonaws.com", accountId)],
      accountId,
      boundaryArn,
    });
    role.allow(["lambda:InvokeFunction"], [target.arn]);
    // The scheduler hands over and forgets; Lambda would try again by itself.
    if (!isTriedAgain)
      new LambdaFunctionEventInvokeConfig(this, "no-retries", {
        functionName: target.name,
        maximumRetryAttempts: 0,
        maximumEventAgeInSeconds: 60,
      });
    new SchedulerSchedule(this, "schedule", {
      name,
      description: `Invokes ${target.name}`,
      scheduleExpression: everyMinutes === 1 ? "rate(1 minute)" : `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: target.arn,
        roleArn: role.arn,
        // The next time comes soon enough.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
      dependsOn: [role.policy],
    });
  }
}
