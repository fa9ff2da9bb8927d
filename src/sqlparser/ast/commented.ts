/** What every statement has that is neither a query, INSERT, UPDATE or DELETE, nor part of a program. */

export interface Commented {
  /** The comments behind its first word, with their marks; of definitions, those behind the second too. */
  readonly comments: readonly string[];
}

/** A statement as its rule reads it: `parseStatement` adds the comments. */
export type Bare<S extends Commented> = S extends unknown ? Omit<S, "comments"> : never;
