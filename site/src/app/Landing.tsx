/** What is seen by whoever is not signed in: what becomes of a photograph, and the way in. */
import type { SignUp } from "../config.ts";
import { useServices } from "../services.ts";
import { usePage } from "../ui/page.ts";
import { Crop, Marked, Sizes } from "./LandingPictures.tsx";
import { SignInButton } from "./SignIn.tsx";
import "./landing.css";

export function Landing({ problem }: { problem?: string | undefined }) {
  const { signUp } = useServices().config;
  const heading = usePage("");
  return (
    <main id="main" tabIndex={-1} class="landing">
      <div class="landing-words">
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
        <WayIn signUp={signUp} />
      </div>
      <Marked />
      <Sizes />
      <Crop />
    </main>
  );
}

function WayIn({ signUp }: { signUp: SignUp }) {
  if (signUp === "invited")
    return (
      <>
        <div class="landing-buttons">
          <SignInButton>Sign in</SignInButton>
        </div>
        <p class="quiet">Accounts are by invitation. Whoever runs this site can send you one.</p>
      </>
    );
  return (
    <>
      <div class="landing-buttons">
        <SignInButton isNew>Sign up</SignInButton>
        <SignInButton isPrimary={false}>Sign in</SignInButton>
      </div>
      {signUp !== "open" && (
        <p class="quiet">Whoever has an e-mail address of {anyOf(signUp.domains)} can sign up.</p>
      )}
    </>
  );
}

const anyOf = (texts: string[]) =>
  new Intl.ListFormat("en", { type: "disjunction", style: "long" }).format(texts);
