/** What is seen in the place of the pages: no longer signed in, or nothing set up to sign in to. */
import { Clock3, Wrench } from "lucide-preact";
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

/** Nothing can be done without settings; this is for whoever runs the page, and says so. */
export function SettingsError({ sentence }: { sentence: string }) {
  return (
    <main class="instead">
      <Wrench class="empty-icon" aria-hidden="true" size={56} strokeWidth={1.25} />
      <h1>This page is not set up</h1>
      <p role="alert">{sentence}</p>
      <p class="quiet">If you do not run this site, it is not your fault. Try again a little later.</p>
      <button type="button" class="button primary large" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}
