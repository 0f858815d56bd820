import { useEffect, useState } from "preact/hooks";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { GalleryPage } from "../gallery/GalleryPage.tsx";
import { usePolling } from "../parts/queries.ts";
import { useServices } from "../services.ts";
import { useLoaded } from "../ui/loaded.ts";
import { OfflineBanner } from "../ui/online.tsx";
import { addressOfGallery } from "../ui/page.ts";
import { Toasts } from "../ui/toasts.tsx";
import { DropAnywhere } from "./DropAnywhere.tsx";
import { Header } from "./Header.tsx";
import { SessionEnded } from "./SessionEnded.tsx";
import { SignInButton } from "./SignIn.tsx";
import "./app.css";

const loadImagePage = () => import("../image/ImagePage.tsx");
// Whoever comes to it first does not wait for the settings and the session before it is even asked for.
if (location.pathname.startsWith("/images/")) loadImagePage().catch(() => undefined);

const loadLanding = () => import("./Landing.tsx");
// A new tab is most often of somebody new; other tabs are asked meanwhile.
if (sessionStorage.length === 0) loadLanding().catch(() => undefined);

const loadPipelinePage = () => import("../pipeline/PipelinePage.tsx");

export function App() {
  const state = useServices().session.state.value;
  return (
    <LocationProvider>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <OfflineBanner />
      {state.status === "signedIn" && <SignedIn />}
      {state.status === "signedOut" && <LoadedLanding problem={state.problem} />}
      {state.status === "ended" && <SessionEnded />}
      <Toasts />
    </LocationProvider>
  );
}

function SignedIn() {
  const { uploads } = useServices();
  usePolling();
  useEffect(() => {
    uploads.clearCutOff();
    // What is gone to next.
    loadImagePage().catch(() => undefined);
  }, [uploads]);
  return (
    <>
      <main id="main" tabIndex={-1}>
        <Router>
          <Route path="/" component={GalleryPage} />
          <Route path="/images/:imageId" component={LoadedImagePage} />
          <Route path="/pipeline" component={LoadedPipelinePage} />
          <Route default component={LoadedNotFound} />
        </Router>
      </main>
      <DropAnywhere />
    </>
  );
}

function LoadedLanding({ problem }: { problem: string | undefined }) {
  const [hasFailed, setFailed] = useState(false);
  const part = useLoaded(loadLanding, () => setFailed(true));
  if (part) return <part.Landing problem={problem} />;
  return (
    <main id="main" tabIndex={-1} class="instead" aria-busy={!hasFailed}>
      {hasFailed && <SignInButton>Sign in</SignInButton>}
    </main>
  );
}

function LoadedImagePage() {
  const { route } = useLocation();
  const part = useLoaded(loadImagePage, () => route(addressOfGallery(), true));
  return part ? <part.ImagePage /> : null;
}

/** There is no such photograph, or no such page. */
function LoadedNotFound() {
  const part = useLoaded(loadImagePage);
  return part ? <part.NotFound /> : null;
}

function LoadedPipelinePage() {
  const { route } = useLocation();
  const part = useLoaded(loadPipelinePage, () => route(addressOfGallery(), true));
  return part ? <part.PipelinePage /> : null;
}
