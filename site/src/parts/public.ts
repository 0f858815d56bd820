/** What is said wherever photographs can be made public: of one, and of many. */
export const WHAT_PUBLIC_MEANS =
  "The variants of what is public can be opened by anybody, without signing in, until you take it back. Originals stay yours alone.";
