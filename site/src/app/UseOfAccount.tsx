/** What somebody has used of what they may. */
import type { Use } from "../api/api.ts";
import { useMe } from "../parts/queries.ts";
import { bytesText } from "../ui/text.ts";
import "./use-of-account.css";

export function UseOfAccount() {
  const { data: me, isError } = useMe(0);
  if (isError) return <p class="quiet">What you have used cannot be told just now.</p>;
  return (
    <div class="use" aria-busy={!me}>
      <UseMeter label="Photographs sent today" use={me?.images} text={numberText} />
      <UseMeter label="Changes made today" use={me?.changes} text={numberText} />
      <UseMeter label="Stored originals" use={me?.bytes} text={bytesText} />
      {me?.isOperator && (
        <a class="button" href="/pipeline">
          Pipeline
        </a>
      )}
    </div>
  );
}

const numberText = (count: number) => count.toLocaleString("en");

interface UseMeterProps {
  label: string;
  /** Undefined until it is known. */
  use: Use | undefined;
  text: (quantity: number) => string;
}

function UseMeter({ label, use, text }: UseMeterProps) {
  const { used = 0, quota } = use ?? {};
  return (
    <div>
      <p>
        <span class="quiet">{label}</span>{" "}
        <span class="used">
          {use && (quota === undefined ? text(used) : `${text(used)} of ${text(quota)}`)}
        </span>
      </p>
      {quota !== undefined && (
        <meter
          aria-label={label}
          min={0}
          max={quota}
          high={quota * 0.9}
          optimum={0}
          value={Math.min(used, quota)}
        />
      )}
    </div>
  );
}
