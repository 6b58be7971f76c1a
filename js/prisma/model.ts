import { ToklinkError } from '../errors.js';
import type { Store } from '../types.js';

/** Creates the error for a Prisma client without one of toklink's models; `file` is the model's file in the package's `prisma` folder. */
export function missingModel(model: string, file: string, part: keyof Store): ToklinkError {
  return ToklinkError.config([
    {
      variable: `store.${part}`,
      problem: `needs the model ${model}, which the Prisma client does not have`,
      fix:
        `copy it from prisma/${file}.prisma of the package toklink into your schema, apply prisma/${file}.sql and generate the client ` +
        `again, or set ${part} to 'memory'`,
    },
  ]);
}
