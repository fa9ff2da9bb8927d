/** `npm run check`: types, lint, format and the architecture test. All run even when one fails; exits 0 when all pass. */
import { runChecks } from "./test/checks.ts";

process.exitCode = runChecks().failed.length === 0 ? 0 : 1;
