import { LocationProvider, Route, Router } from "preact-iso/router";
import { GalleryPage } from "../gallery/GalleryPage.tsx";
import { ImagePage } from "../image/ImagePage.tsx";
import { usePolling } from "../progress/use-polling.ts";
import { Toasts } from "../ui/Toasts.tsx";
import { useStore } from "../ui/use-store.ts";
import { useServices } from "./context.ts";
import { DropAnywhere } from "./DropAnywhere.tsx";
import { Header } from "./Header.tsx";
import { Landing } from "./Landing.tsx";
import { NotFound } from "./NotFound.tsx";
import { OfflineBanner } from "./OfflineBanner.tsx";
import { SessionEndedPage } from "./SessionEndedPage.tsx";

export function App() {
  const { session } = useServices();
  const state = useStore(session.state);
  return (
    <LocationProvider>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <OfflineBanner />
      {state.status === "signedIn" && <SignedIn />}
      {state.status === "signedOut" && <Landing problem={state.problem} />}
      {state.status === "ended" && <SessionEndedPage />}
      <Toasts />
    </LocationProvider>
  );
}

function SignedIn() {
  usePolling();
  return (
    <>
      <main id="main" tabIndex={-1}>
        <Router>
          <Route path="/" component={GalleryPage} />
          <Route path="/images/:imageId" component={ImagePage} />
          <Route default component={NotFound} />
        </Router>
      </main>
      <DropAnywhere />
    </>
  );
}
