import { ToklinkError } from '../errors.js';

/** Creates the error for a Prisma client without one of toklink's models; `file` is its name in the package's `prisma`. */
export function missingModel(model: string, file: string, left: string): ToklinkError {
  return new ToklinkError({
    code: 'CONFIG',
    message:
      `the Prisma client has no model ${model}: copy it from prisma/${file}.prisma of the package toklink into your ` +
      `schema, apply prisma/${file}.sql and generate the client again, or omit ${left}`,
  });
}
