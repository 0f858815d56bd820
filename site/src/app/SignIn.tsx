/** Leads to the sign-in pages. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useServices } from "../services.ts";

interface Props {
  /** The page for an account that is new. */
  isNew?: boolean;
  isPrimary?: boolean;
  children: ComponentChildren;
}

export function SignInButton({ isNew = false, isPrimary = true, children }: Props) {
  const { session } = useServices();
  const [isGoing, setGoing] = useState(false);
  return (
    <button
      type="button"
      class={`button large ${isPrimary ? "primary" : ""}`}
      aria-disabled={isGoing}
      onClick={() => {
        if (isGoing) return;
        setGoing(true);
        (isNew ? session.signUp() : session.signIn()).catch(() => setGoing(false));
      }}
    >
      {isGoing ? "One moment…" : children}
    </button>
  );
}
