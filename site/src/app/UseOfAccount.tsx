/** What somebody has used of what they may. */
import { useQuery } from "@tanstack/preact-query";
import type { Use } from "../api/api.ts";
import { useServices } from "../services.ts";
import { bytesText } from "../ui/text.ts";

export function UseOfAccount() {
  const { api } = useServices();
  const { data: me, isError } = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => api.me(signal),
    staleTime: 0,
  });
  if (isError) return <p class="quiet">What you have used cannot be told just now.</p>;
  return (
    <div class="use" aria-busy={!me}>
      <UseMeter
        label="Photographs sent today"
        use={me?.images}
        text={(count) => count.toLocaleString("en")}
      />
      <UseMeter label="Stored originals" use={me?.bytes} text={bytesText} />
      {me?.isOperator && (
        <a class="button" href="/pipeline">
          Pipeline
        </a>
      )}
    </div>
  );
}

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
