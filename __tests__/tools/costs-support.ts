import { perStep } from "../../tools/costs/measured.ts";
import type { Usage } from "../../tools/costs/usage.ts";

/** Round figures, to be calculated with by hand. */
export const usage: Usage = {
  lambda: perStep(() => ({ memoryMb: 1024, invokeMs: 100, initMs: 0 })),
  transitions: 8,
  expressGbHours: 0.001,
  queueRequests: 3,
  s3: { puts: 10, gets: 20 },
  stored: { original: 0.002, processed: 0.001, accessLogs: 0 },
  dynamodb: { reads: 2, writes: 4, storedGb: 0 },
  logsGb: { functions: 0.00001, expressHistory: 0.0001 },
  published: 1,
  traces: 2,
};
