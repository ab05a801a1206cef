import { basename } from 'node:path';
import { isSea } from 'node:sea';

/** Whether Docker has called us as its credential helper: by a link of that name. */
export function isCredentialHelper(argv: readonly string[]): boolean {
  // The executable's argv[1] is the file itself, whatever the link's name that it was called by.
  const calledBy = isSea() ? process.argv0 : argv[1];
  return basename(calledBy ?? '') === 'docker-credential-proto-scaffold';
}
