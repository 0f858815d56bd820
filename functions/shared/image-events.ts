/**
 * Tells EventBridge's default bus what became of images, for rules of one's own: docs/events.md says what is in an event, and
 * how a webhook is made of one.
 */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { environmentVariable } from "./settings.ts";

/** Raised when a field goes, or comes to mean something else; not when one is added. */
export const EVENT_SCHEMA_VERSION = 1;

export const DETAIL_TYPES = {
  PROCESSED: "Image Processed",
  REJECTED: "Image Rejected",
  FAILED: "Image Failed",
  DELETED: "Image Deleted",
} as const;

/** What every event has, whatever else is in it. */
export interface ImageEvent {
  status: keyof typeof DETAIL_TYPES;
  imageId: string;
  original: { bucket: string; key: string };
  owner?: string | undefined;
}

const eventBridge = new EventBridgeClient();
const source = environmentVariable("EVENT_SOURCE");

/** @throws when the bus did not take it; it may have been taken then, too. */
export async function putEvent(event: ImageEvent): Promise<void> {
  const entry = {
    Source: source,
    DetailType: DETAIL_TYPES[event.status],
    Detail: JSON.stringify({ schemaVersion: EVENT_SCHEMA_VERSION, ...event }),
  };
  const { Entries } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  // An entry that is refused does not make an error of the request.
  const { ErrorCode, ErrorMessage } = Entries?.[0] ?? {};
  if (ErrorCode !== undefined)
    throw new Error(`EventBridge did not take an event: ${ErrorCode}: ${ErrorMessage}`);
}
