import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ASSUMED } from "../../tools/costs/assumptions.ts";
import { DEFAULT_KIND, linesFor, processing, THOUSAND, typical } from "../../tools/costs/image-tables.ts";
import { totalOf } from "../../tools/costs/lines.ts";
import { recorded } from "../../tools/costs/measured.ts";
import { resourcesOf } from "../fixtures/resources.ts";
import { projectFolder, synthesize } from "../fixtures/stack.ts";

const metricQuerySchema = z.array(
  z.object({
    id: z.string(),
    expression: z.string().optional(),
    metric: z
      .object({
        namespace: z.string(),
        metric_name: z.string(),
        stat: z.string(),
        dimensions: z.record(z.string(), z.string()),
      })
      .optional(),
  }),
);

const stack = synthesize({ IMAGE_PIPELINE_ALARMS: '{"email": "me@example.org"}' });
const { all, values, only } = resourcesOf(stack);

describe("alarms", () => {
  const names = [
    "api-errors",
    "dead-letters",
    "failed-images",
    "lambda-throttles",
    "nobody-told",
    "outcomes-not-recorded",
    "storage-metrics-missing",
    "table-throttles",
    "uploads-wait-too-long",
  ];

  const more = synthesize({
    IMAGE_PIPELINE_ALARMS: '{"storedGb": 500}',
    IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 100}',
    IMAGE_PIPELINE_CANARY: '{"everyMinutes": 15}',
    IMAGE_PIPELINE_RECOGNITION: '{"labels": true}',
  });

  it.each([
    ["of every stack", stack, names],
    [
      "with all that settings add",
      more,
      [...names, "canary-missing", "pictures-not-recognised", "storage-grows", "uploads-not-closed"].sort(),
    ],
  ])(
    "%s each tell the topic, also when it is over, and link to their place in the runbook",
    (_, of, names) => {
      const alarms = resourcesOf(of).values("aws_cloudwatch_metric_alarm");
      expect(alarms.map(({ alarm_name }) => alarm_name).sort()).toEqual(
        names.map((name) => `image-pipeline-dev-${name}`),
      );
      const file = join(projectFolder, "docs/runbook.md");
      expect(existsSync(file)).toBe(true);
      const runbook = readFileSync(file, "utf8");
      for (const { alarm_name, alarm_description, alarm_actions, ok_actions } of alarms) {
        const name = String(alarm_name).replace("image-pipeline-dev-", "");
        expect(alarm_description).toMatch(new RegExp(` What to do: docs/runbook\\.md#${name}$`));
        expect(runbook.match(new RegExp(`^## ${name.replaceAll("-", "[ -]")}$`, "im"))).not.toBeNull();
        expect(alarm_actions).toEqual([expect.stringContaining("aws_sns_topic.alarms")]);
        expect(ok_actions).toEqual(alarm_actions);
      }
    },
  );

  it("have no more metrics than CloudWatch takes, and one result", () => {
    for (const { metric_query, metric_name } of values("aws_cloudwatch_metric_alarm")) {
      expect([metric_query, metric_name].filter((value) => value !== undefined)).toHaveLength(1);
      if (!Array.isArray(metric_query)) continue;
      expect(metric_query.length).toBeLessThanOrEqual(10);
      expect(metric_query.filter(({ return_data }) => return_data)).toHaveLength(1);
    }
  });

  describe("on what goes wrong now and then are of a share, from a number on; on what is stored, of all buckets:", () => {
    /** Whether an alarm would ring, of what was measured in one period: by the metric's name and a part of its dimensions. */
    const rings = (name: string, measured: Record<string, number>): boolean => {
      const alarm = resourcesOf(more)
        .values("aws_cloudwatch_metric_alarm")
        .find(({ alarm_name }) => alarm_name === `image-pipeline-dev-${name}`);
      const [result, ...queries] = metricQuerySchema.parse(alarm?.metric_query);
      const values = queries.map(({ metric }) => {
        const of = JSON.stringify(metric?.dimensions);
        return Object.entries(measured).find(([what]) => {
          const [name, whose = ""] = what.split(" ");
          return metric?.metric_name === name && of.includes(whose);
        })?.[1];
      });
      const math = {
        FILL: (value: number | undefined, instead: number) => value ?? instead,
        SUM: (all: number[]) => all.reduce((sum, value) => sum + value, 0),
        MAX: (all: number[]) => Math.max(...all),
        IF: (is: boolean, yes: number, no: number) => (is ? yes : no),
      };
      const ids = queries.map(({ id }) => id);
      const percent = new Function(...Object.keys(math), ...ids, `return ${result?.expression}`);
      return percent(...Object.values(math), ...values) >= Number(alarm?.threshold);
    };

    it.each([
      ["failed-images", { "ImagesFailed record-metadata": 1, "ImagesProcessed record-metadata": 150 }, false],
      ["failed-images", { "ImagesFailed record-metadata": 1, "ImagesProcessed record-metadata": 80 }, true],
      ["failed-images", { "ImagesFailed reconcile": 1 }, true],
      ["outcomes-not-recorded", { "ImagesFailed reconcile": 2 }, false],
      [
        "outcomes-not-recorded",
        { "ImagesFailed reconcile": 3, "ImagesProcessed record-metadata": 400 },
        false,
      ],
      [
        "outcomes-not-recorded",
        { "ImagesFailed reconcile": 3, "ImagesProcessed record-metadata": 100 },
        true,
      ],
      ["outcomes-not-recorded", { "Errors reconcile": 2, "Invocations reconcile": 3 }, false],
      ["outcomes-not-recorded", { "Errors reconcile": 3, "Invocations reconcile": 3 }, true],
      ["pictures-not-recognised", { "Throttles recognise": 40, "Invocations recognise": 60 }, false],
      ["pictures-not-recognised", { "Throttles recognise": 40, "Invocations recognise": 30 }, true],
      ["pictures-not-recognised", { "Errors recognise": 5, "Invocations recognise": 5 }, true],
      ["lambda-throttles", { "Throttles resize": 200, "Invocations validate": 1000 }, false],
      ["lambda-throttles", { "Throttles resize": 99 }, false],
      [
        "lambda-throttles",
        { "Throttles resize": 200, "Throttles watermark": 100, "Invocations validate": 1000 },
        true,
      ],
      ["api-errors", { "5xx api": 4, "Count api": 10 }, false],
      ["api-errors", { "5xx api": 5, "Count api": 100 }, true],
      ["table-throttles", { "ThrottledRequests Query": 50, "SuccessfulRequestLatency GetItem": 5000 }, false],
      [
        "table-throttles",
        { "ThrottledRequests UpdateItem": 50, "SuccessfulRequestLatency UpdateItem": 500 },
        true,
      ],
      [
        "storage-grows",
        {
          "BucketSizeBytes original": 3e11,
          "BucketSizeBytes staging": 1e11,
          "BucketSizeBytes processed": 9e10,
        },
        false,
      ],
      [
        "storage-grows",
        {
          "BucketSizeBytes original": 3e11,
          "BucketSizeBytes staging": 1e11,
          "BucketSizeBytes processed": 1e11,
        },
        true,
      ],
    ])("%s, of %j: %j", (name, measured, expected) => {
      expect(rings(name, measured)).toBe(expected);
    });

    it("what has succeeded at the table is counted, whatever time it took", () => {
      const stats = values("aws_cloudwatch_metric_alarm").flatMap(({ metric_query }) =>
        Array.isArray(metric_query)
          ? metricQuerySchema
              .parse(metric_query)
              .flatMap(({ metric }) =>
                metric?.metric_name === "SuccessfulRequestLatency" ? metric.stat : [],
              )
          : [],
      );
      expect(stats).toEqual(Array(4).fill("SampleCount"));
    });
  });

  it("of nobody being told count the failures of both functions that tell", () => {
    const alarm = values("aws_cloudwatch_metric_alarm").find(
      ({ alarm_name }) => alarm_name === "image-pipeline-dev-nobody-told",
    );
    const metrics = metricQuerySchema.parse(alarm?.metric_query).flatMap(({ metric }) => metric ?? []);
    expect(metrics).toEqual(
      ["record-metadata", "reconcile"].map((service) => ({
        namespace: "image-pipeline-dev",
        metric_name: "NotificationsFailed",
        stat: "Sum",
        dimensions: { service },
      })),
    );
  });

  it("take missing data as bad only where that is what is wrong", () => {
    const bad = values("aws_cloudwatch_metric_alarm").filter(
      ({ treat_missing_data }) => treat_missing_data === "breaching",
    );
    expect(bad.map(({ alarm_name }) => alarm_name)).toEqual(["image-pipeline-dev-storage-metrics-missing"]);
  });

  it("are sent by e-mail to whoever is named", () => {
    expect(values("aws_sns_topic_subscription")).toEqual([
      expect.objectContaining({
        protocol: "email",
        endpoint: "me@example.org",
        topic_arn: expect.stringContaining("alarms"),
      }),
    ]);
  });
});

describe("the dashboard", () => {
  it("shows images, executions, steps, queue, functions, API, table, storage, downloads and cost", () => {
    const [dashboard] = values("aws_cloudwatch_dashboard");
    const { widgets } = JSON.parse(String(dashboard?.dashboard_body));
    const titles = widgets.map(({ properties }: { properties: { title: string } }) => properties.title);
    for (const wanted of [
      /alarms/i,
      /images by outcome/i,
      /duration.*p50/i,
      /duration.*p90/i,
      /duration.*p99/i,
      /wait/i,
      /age/i,
      /dead letters/i,
      /errors/i,
      /throttles/i,
      /concurrency/i,
      /requests/i,
      /latency/i,
      /bytes/i,
      /objects/i,
      /downloads/i,
      /cost per thousand images/i,
      /images, by user/i,
      /API, by user/i,
    ])
      expect(titles.filter((title: string) => wanted.test(title))).not.toEqual([]);
    for (const { width, properties } of widgets) {
      expect(width).toBeLessThanOrEqual(24);
      for (const metric of properties.metrics ?? []) {
        // Dimensions come in pairs, after namespace and name, before what is said about the line.
        const plain = metric.filter((part: unknown) => typeof part === "string");
        expect(plain.length % 2).toBe(0);
      }
    }
  });

  it("asks for users in logs that there are, and as the runbook's queries do", () => {
    const [dashboard] = values("aws_cloudwatch_dashboard");
    const { widgets } = JSON.parse(String(dashboard?.dashboard_body));
    const known = values("aws_cloudwatch_log_group").map(({ name }) => name);
    const queries = widgets.flatMap(
      ({ properties }: { properties: { query?: string } }) => properties.query ?? [],
    );
    expect(queries).toHaveLength(2);
    const [, dollars] = /attempts \* ([\d.]+) as dollars/.exec(queries[0]) ?? [];
    const lines = processing(linesFor(recorded, typical(recorded), DEFAULT_KIND, ASSUMED));
    expect(Number(dollars) * THOUSAND).toBeCloseTo(totalOf(lines, THOUSAND), 3);
    for (const query of queries) {
      const sources = [...query.matchAll(/SOURCE '([^']+)'/g)].map(([, name]) => name);
      expect(sources).not.toEqual([]);
      for (const source of sources) {
        const [, id = ""] =
          /^\/aws\/lambda\/\$\{aws_lambda_function\.([\w-]+)\.function_name\}$/.exec(source) ?? [];
        const [, lambda] = all("aws_lambda_function").find(([name]) => name === id) ?? [];
        expect(known).toContain(`/aws/lambda/${lambda?.function_name}`);
      }
      expect(query).toMatch(/stats count\(\*\) as \w+.* by user/);
      // Emulators give the dashboard back in XML as it was given to them.
      expect(query).not.toMatch(/[<&]/);
    }
  });

  it("estimates the cost with every function of the pipeline, at its own memory", () => {
    const [dashboard] = values("aws_cloudwatch_dashboard");
    const { widgets } = JSON.parse(String(dashboard?.dashboard_body));
    const cost = widgets.find(({ properties }: { properties: { title: string } }) =>
      properties.title.includes("cost per thousand"),
    ).properties.metrics;
    const [[{ expression }], ...metrics] = cost;
    const ids = metrics.map((metric: unknown[]) => (metric.at(-1) as { id: string }).id);
    for (const [id] of expression.matchAll(/\b([dn]\d+|processed|rejected|failed)\b/g))
      expect(ids).toContain(id);
    expect(ids.filter((id: string) => id.startsWith("d"))).toHaveLength(5);
    expect(expression.length).toBeLessThan(2048);
  });
});

it("storage metrics are collected every five minutes, by a role that may do nothing but that", () => {
  const schedule = only("aws_scheduler_schedule", "storage-metrics");
  expect(schedule).toMatchObject({
    schedule_expression: "rate(5 minutes)",
    flexible_time_window: { mode: "OFF" },
    target: { arn: expect.stringContaining("collect-storage-metrics") },
  });
  const [, policy] =
    Object.entries(stack.json.resource.aws_iam_role_policy ?? {}).find(([name]) =>
      name.startsWith("storage-metrics-schedule"),
    ) ?? [];
  expect(JSON.parse(String(policy?.policy)).Statement).toEqual([
    {
      Effect: "Allow",
      Action: ["lambda:InvokeFunction"],
      Resource: [expect.stringContaining("collect-storage-metrics")],
    },
  ]);
});
