import { useState } from "preact/hooks";
import { useServices } from "./context.ts";
import { usePage } from "./use-page.ts";
import "./landing.css";

export function Landing({ problem }: { problem?: string | undefined }) {
  const heading = usePage("");
  return (
    <main id="main" tabIndex={-1} class="landing">
      <img class="landing-mark" src="/favicon.svg" alt="" width={72} height={72} />
      <h1 ref={heading} tabIndex={-1}>
        Photographs, ready for the web
      </h1>
      <p>
        Send a photograph, and get it back in every size and format that a web page needs: upright,
        watermarked, without its private data. You watch each step, and download what you need.
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <SignInButton>Sign in</SignInButton>
      <p class="quiet">New here? The next page lets you sign up.</p>
    </main>
  );
}

export function SignInButton({ children }: { children: string }) {
  const { session } = useServices();
  const [isGoing, setGoing] = useState(false);
  return (
    <button
      type="button"
      class="button primary large"
      aria-disabled={isGoing}
      onClick={() => {
        if (isGoing) return;
        setGoing(true);
        session.signIn().catch(() => setGoing(false));
      }}
    >
      {isGoing ? "One moment…" : children}
    </button>
  );
}
