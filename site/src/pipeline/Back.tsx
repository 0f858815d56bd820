import { ArrowLeft } from "lucide-preact";
import { addressOf, type Selection } from "./selection.ts";

/** From what is chosen to what it was chosen from. */
export function Back({ to, children }: { to: Selection; children: string }) {
  return (
    <a class="panel-back" href={addressOf(to)}>
      <ArrowLeft aria-hidden="true" size={16} />
      {children}
    </a>
  );
}
