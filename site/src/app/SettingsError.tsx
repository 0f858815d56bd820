import { Wrench } from "lucide-preact";

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
