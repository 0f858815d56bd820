/** What is seen in the place of the pages: signed out, no longer signed in, or nothing set up to sign in to. */
import { Clock3, Wrench } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { useServices } from "../services.ts";
import { usePage } from "../ui/page.ts";

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

/** The session could not be renewed. What was under way is named: files do not survive going to the sign-in page. */
export function SessionEnded() {
  const drafts = useServices().uploads.drafts.value;
  const heading = usePage("Your session has ended");
  useEffect(() => heading.current?.focus(), [heading]);
  return (
    <main id="main" tabIndex={-1} class="landing">
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
    <main class="landing">
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

function SignInButton({ children }: { children: string }) {
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
