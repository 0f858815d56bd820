/** The group in the user pool of those who may see the pipeline, with what everybody sends. */
export const OPERATORS = "operators";
