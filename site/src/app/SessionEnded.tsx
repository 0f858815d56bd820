import { Clock3 } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { useServices } from "../services.ts";
import { usePage } from "../ui/page.ts";
import { SignInButton } from "./SignIn.tsx";

/** The session could not be renewed. What was under way is named: files do not survive going to the sign-in page. */
export function SessionEnded() {
  const drafts = useServices().uploads.drafts.value;
  const heading = usePage("Your session has ended");
  useEffect(() => heading.current?.focus(), [heading]);
  return (
    <main id="main" tabIndex={-1} class="instead">
      <Clock3 class="empty-icon" aria-hidden="true" size={56} strokeWidth={1.25} />
      <h1 ref={heading} tabIndex={-1}>
        Your session has ended
      </h1>
      <p>Sign in again, and you are back on this page.</p>
      {drafts.length > 0 && (
        <div class="notice">
          <p>These were not sent. Choose them again after signing in:</p>
          <ul>
            {drafts.map(({ id, file }) => (
              <li key={id}>
                <bdi>{file.name}</bdi>
              </li>
            ))}
          </ul>
        </div>
      )}
      <SignInButton>Sign in again</SignInButton>
    </main>
  );
}
