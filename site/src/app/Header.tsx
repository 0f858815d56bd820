import { CircleUserRound, LogOut } from "lucide-preact";
import { useState } from "preact/hooks";
import { useServices } from "../services.ts";
import { useLoaded } from "../ui/loaded.ts";

export function Header() {
  const state = useServices().session.state.value;
  return (
    <header class="header">
      <a class="product" href="/">
        <img src="/favicon.svg" alt="" width={28} height={28} />
        Image pipeline
      </a>
      {state.status === "signedIn" && <Account email={state.email} />}
    </header>
  );
}

function Account({ email }: { email: string | undefined }) {
  const { session } = useServices();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="account-button" popovertarget="account">
        <CircleUserRound aria-hidden="true" size={22} strokeWidth={1.75} />
        <span>Account</span>
      </button>
      <div
        id="account"
        popover="auto"
        class="account"
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        <p class="quiet">Signed in as</p>
        <p class="email">{email ?? "somebody without an e-mail address"}</p>
        {isOpen && <LoadedUse />}
        <button type="button" class="button" onClick={() => session.signOut()}>
          <LogOut aria-hidden="true" size={16} />
          Sign out
        </button>
      </div>
    </>
  );
}

const loadUse = () => import("./UseOfAccount.tsx");

function LoadedUse() {
  const part = useLoaded(loadUse);
  return part ? <part.UseOfAccount /> : null;
}
