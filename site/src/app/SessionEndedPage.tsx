import { Clock3 } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { useStore } from "../ui/use-store.ts";
import { useServices } from "./context.ts";
import { SignInButton } from "./Landing.tsx";
import { usePage } from "./use-page.ts";
import "./landing.css";

/** The session could not be renewed. What was under way is named: files do not survive going to the sign-in pages. */
export function SessionEndedPage() {
  const { uploads } = useServices();
  const { unsent } = useStore(uploads.state);
  const heading = usePage("Your session has ended");
  useEffect(() => heading.current?.focus(), [heading]);
  return (
    <main id="main" tabIndex={-1} class="landing">
      <Clock3 class="empty-icon" aria-hidden="true" size={56} strokeWidth={1.25} />
      <h1 ref={heading} tabIndex={-1}>
        Your session has ended
      </h1>
      <p>Sign in again, and you are back on this page.</p>
      {unsent.length > 0 && (
        <div class="notice">
          <p>These were not sent. Choose them again after signing in:</p>
          <ul>
            {unsent.map((name, index) => (
              <li key={index}>{name}</li>
            ))}
          </ul>
        </div>
      )}
      <SignInButton>Sign in again</SignInButton>
    </main>
  );
}
