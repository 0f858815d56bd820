import { CircleAlert, CircleCheck, CircleX, Hourglass, LoaderCircle } from "lucide-preact";
import type { Status } from "../api/api.ts";

const looks = {
  PENDING: { label: "Waiting", Icon: Hourglass },
  PROCESSING: { label: "Processing", Icon: LoaderCircle },
  PROCESSED: { label: "Processed", Icon: CircleCheck },
  REJECTED: { label: "Rejected", Icon: CircleX },
  FAILED: { label: "Failed", Icon: CircleAlert },
} as const satisfies Record<Status, unknown>;

export function StatusBadge({ status }: { status: Status }) {
  const { label, Icon } = looks[status];
  return (
    <span class={`badge ${status.toLowerCase()}`}>
      <Icon aria-hidden="true" size={14} class={status === "PROCESSING" ? "spinning" : ""} />
      {label}
    </span>
  );
}
