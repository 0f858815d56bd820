/** Where the focus goes when what had it is gone: the heading of what comes next. */
export function focusGallery(): void {
  document.getElementById("gallery-title")?.focus({ preventScroll: true });
}
