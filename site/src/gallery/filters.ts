/** What the gallery can be narrowed to. */
import type { Status } from "../api/api.ts";

export const FILTERS = {
  all: { label: "All", statuses: ["PENDING", "PROCESSING", "PROCESSED", "REJECTED", "FAILED"] },
  processed: { label: "Processed", statuses: ["PROCESSED"] },
  "in-progress": { label: "In progress", statuses: ["PENDING", "PROCESSING"] },
  rejected: { label: "Rejected", statuses: ["REJECTED"] },
  failed: { label: "Failed", statuses: ["FAILED"] },
} as const satisfies Record<string, { label: string; statuses: Status[] }>;

export type Filter = keyof typeof FILTERS;

export const filterNames = Object.keys(FILTERS) as Filter[];

/** What is in the address: `?status=rejected`. */
export function filterOf(query: Record<string, string>): Filter {
  return filterNames.find((name) => name === query.status) ?? "all";
}

export function addressOf(filter: Filter): string {
  return filter === "all" ? "/" : `/?status=${filter}`;
}

export function isIn(filter: Filter, status: Status): boolean {
  const statuses: readonly Status[] = FILTERS[filter].statuses;
  return statuses.includes(status);
}
