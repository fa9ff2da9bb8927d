/** The process's environment variables, read once by `main` and passed on as an argument. */

export type Environment = Readonly<Record<string, string | undefined>>;

export function readEnvironment(): Environment {
  return { ...process.env };
}
