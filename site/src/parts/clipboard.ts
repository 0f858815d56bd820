export class NoClipboard extends Error {
  override message = "It could not be copied: the browser does not allow it.";
}

/** The clipboard is asked before the text is there: Safari only lets it be written to in the click itself. */
export async function copy(text: Promise<string>): Promise<void> {
  try {
    const blob = text.then((content) => new Blob([content], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    const content = await text;
    await navigator.clipboard.writeText(content).catch((cause: unknown) => {
      throw new NoClipboard("", { cause });
    });
  }
}
